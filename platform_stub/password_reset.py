"""A new password by a link that an administrator hands out. It changes the password and opens no session.

The product documents no such link (the pages of users have a password to type in); its shape is ours.
"""

import hashlib
import hmac
from datetime import timedelta
from functools import partial
from typing import Final
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, make_response, render_template, request

from platform_stub import audit, csrf, sessions, urls
from platform_stub.admin import accounts as admin
from platform_stub.api.accounts import PERMISSION, account_named
from platform_stub.api.caller import require
from platform_stub.clients import client_or_404
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.roles import SYSADMIN
from platform_stub.store import Account, Client, Method, Surface

_LIFETIME: Final = timedelta(hours=1)
_DIGITS: Final = 12  # of a moment in seconds, with thousands of years to spare
_PATH: Final = "password-reset"


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the API's route that makes a link, and the page behind the link."""
    for kind in Surface:
        route = f"/api/configuration/{kind}s/<login>/{_PATH}"
        app.add_url_rule(route, f"api_reset_{kind}", partial(_make, ctx, kind), methods=["POST"])
    app.add_url_rule(f"/<code>/{_PATH}", "password_reset", partial(_show, ctx))
    app.add_url_rule(f"/<code>/{_PATH}", "password_reset_set", partial(_set, ctx), methods=["POST"])


def _make(ctx: PlatformContext, kind: Surface, login: str) -> tuple[Response, int]:
    caller = require(ctx, PERMISSION[kind])
    account = account_named(ctx, caller, kind, login)
    admin.require_rank(caller.role, account.role)
    ends = int((ctx.clock.now() + _LIFETIME).timestamp())
    told = {"kind": kind.value, "login": account.login, "ends": ends, "token": _token(ctx, account, ends)}
    audit.record(
        ctx,
        client=caller.client,
        actor=caller.login,
        action=f"{kind}.reset-link",
        result="ok",
        detail={"login": account.login},
    )
    link = f"{ctx.settings.base_url}{urls.client_path(caller.client)}/{_PATH}?{urlencode(told)}"
    return jsonify(link=link, ends=ends), 201


def _show(ctx: PlatformContext, code: str) -> Response:
    client = client_or_404(ctx, code)
    account = _account(ctx, client)
    page = render_template("password_reset.html", client=client, account=account, done=False, login="")
    return make_response(page)


def _set(ctx: PlatformContext, code: str) -> Response:
    client = client_or_404(ctx, code)
    csrf.check_origin(ctx)
    account = _account(ctx, client)
    password = {"password": request.form.get("password", "")}
    changed = admin.change(ctx, client, account, password, actor=account.login, actor_role=SYSADMIN)
    if "reset-opens-nothing" not in ctx.policy.lifecycle_rules:
        return sessions.sign_in(ctx, client, changed, changed.kind, Method.PASSWORD)
    login = urls.login_path(client, account.kind)
    page = render_template("password_reset.html", client=client, account=changed, done=True, login=login)
    return make_response(page)


def _account(ctx: PlatformContext, client: Client) -> Account:
    """Return whose password this request's link sets; raises RejectedError `reset-link-invalid` (403)."""
    given = request.args
    kind, ends = given.get("kind", ""), given.get("ends", "")
    with ctx.store.read() as tx:
        known = kind in set(Surface)
        account = tx.accounts.by_login(client.id, Surface(kind), given.get("login", "")) if known else None
    fits = (
        account is not None
        and ends.isdecimal()
        and len(ends) <= _DIGITS
        and hmac.compare_digest(_token(ctx, account, int(ends)).encode(), given.get("token", "").encode())
        and int(ends) > ctx.clock.now().timestamp()
    )
    if account is None or not fits:
        raise RejectedError(
            "reset-link-invalid",
            "This link is no longer valid: it was used, or is older than an hour. Ask for a new one.",
            status=403,
        )
    return account


def _token(ctx: PlatformContext, account: Account, ends: int) -> str:
    """Return the proof in a link. It is bound to the password that it replaces, so it works once."""
    message = f"{account.id}\n{account.password_hash}\n{ends}"
    return hmac.new(ctx.settings.operator_token.encode(), message.encode(), hashlib.sha256).hexdigest()
