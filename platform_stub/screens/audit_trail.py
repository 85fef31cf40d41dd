"""The audit trail as a page, newest first."""

from functools import partial

from flask import Flask, Response

from platform_stub.context import PlatformContext
from platform_stub.roles import Permission
from platform_stub.screens.visit import enter
from platform_stub.store import Surface


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the page."""
    app.add_url_rule("/<code>/configure/audit", "audit", partial(_show, ctx))


def _show(ctx: PlatformContext, code: str) -> Response:
    visit = enter(ctx, code, Permission.READ_AUDIT, Surface.USER)
    with ctx.store.read() as tx:
        entries = tx.audit.latest(visit.client.id)
    return visit.page("audit.html", tab="audit", entries=entries)
