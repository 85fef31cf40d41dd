"""Recovery on screen: making the codes, and the page where one of them opens the Security tab."""

from functools import partial

from flask import Flask, Response, make_response, render_template, request

from platform_stub import csrf, sessions
from platform_stub.clients import client_or_404
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.roles import Permission
from platform_stub.safe_mode import recovery, require_on
from platform_stub.screens.visit import enter
from platform_stub.store import Client, Method, Surface
from platform_stub.urls import client_path, recovery_path

_TAB = "/configure/client/security"


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the pages and forms."""
    app.add_url_rule("/<code>/recovery", "recovery", partial(_show, ctx))
    app.add_url_rule("/<code>/recovery", "recover", partial(_recover, ctx), methods=["POST"])
    app.add_url_rule(
        f"/<code>{_TAB}/recovery-codes", "make_recovery_codes", partial(_make, ctx), methods=["POST"]
    )


def _make(ctx: PlatformContext, code: str) -> Response:
    """Make new codes and show them, this once."""
    visit = enter(ctx, code, Permission.MAKE_RECOVERY_CODES, Surface.USER)
    codes = recovery.generate(ctx, visit.client, visit.session.account)
    return visit.page(
        "recovery_codes.html",
        tab="client",
        subtab="security",
        codes=codes,
        address=ctx.settings.base_url + recovery_path(visit.client),
    )


def _show(ctx: PlatformContext, code: str) -> Response:
    client = client_or_404(ctx, code)
    require_on(ctx, client)
    return _page(client)


def _recover(ctx: PlatformContext, code: str) -> Response:
    client = client_or_404(ctx, code)
    csrf.check_origin(ctx)
    try:
        account = recovery.redeem(ctx, client, request.form.get("code", ""))
    except RejectedError as error:
        if error.status == 404:
            raise
        return _page(client, error)
    target = client_path(client) + _TAB
    return sessions.sign_in(ctx, client, account, Surface.USER, Method.RECOVERY, deep_link=target)


def _page(client: Client, error: RejectedError | None = None) -> Response:
    page = render_template("recovery.html", client=client, error=error, action=recovery_path(client))
    return make_response(page, error.status if error else 200)
