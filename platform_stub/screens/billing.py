"""Configure > Client > Billing: shows the Single Sign On flag, which only Customer Care can change."""

from functools import partial

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from platform_stub.admin import clients as admin
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.roles import Permission
from platform_stub.screens.visit import enter, note_denied
from platform_stub.store import Surface

_ROOT = "/<code>/configure/client/billing"


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the page and the form that is not on it."""
    app.add_url_rule(_ROOT, "billing", partial(_show, ctx))
    app.add_url_rule(_ROOT, "billing_change", partial(_change, ctx), methods=["POST"])
    app.add_url_rule("/<code>/configure/client", "client_tab", _first_tab)


def _first_tab(code: str) -> AnyResponse:
    return redirect(f"/{code}/configure/client/billing")


def _show(ctx: PlatformContext, code: str) -> Response:
    visit = enter(ctx, code, Permission.READ_CLIENT, Surface.USER)
    return visit.page("billing.html", tab="client", subtab="billing")


def _change(ctx: PlatformContext, code: str) -> Response:
    """Refuse a forged change: no page offers it, and the client's own people may not."""
    visit = enter(ctx, code, Permission.READ_CLIENT, Surface.USER)
    if not ctx.policy.flag_changeable_by_client:
        note_denied(visit, "flag-read-only")
        raise RejectedError(
            "flag-read-only", "Only Customer Care can change the Single Sign On flag.", status=403
        )
    admin.set_flag(ctx, visit.client, on=request.form.get("single_sign_on") == "on", actor=visit.login)
    return visit.go("/configure/client/billing", "flag-changed")
