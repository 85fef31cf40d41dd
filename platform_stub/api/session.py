"""API sessions by password: login and validation. Login with an ID token is in ``platform_stub.oidc.api``."""

from functools import partial

from flask import Flask, Response, jsonify, request

from platform_stub import json_body, refusals, sessions
from platform_stub.api.caller import client_of_access_token, require_session
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.login import check_password
from platform_stub.refusals import RefusalError
from platform_stub.sso_state import effective
from platform_stub.store import Client, Method, Surface


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the routes."""
    app.add_url_rule("/api/session/login", "api_login", partial(_login, ctx), methods=["POST"])
    app.add_url_rule("/api/session", "api_whoami", partial(_whoami, ctx))
    app.add_url_rule("/api/session/validate", "api_validate_query", partial(_validate, ctx))
    app.add_url_rule("/api/session/validate/<session_id>", "api_validate", partial(_validate, ctx))


def _login(ctx: PlatformContext) -> Response:
    body = json_body.read(
        {"clientName": str, "userName": str, "password": str, "isAgent": bool},
        required=("clientName", "userName", "password"),
    )
    client = client_of_access_token(ctx, body["clientName"])
    kind = Surface.AGENT if body.get("isAgent", False) else Surface.USER
    try:
        _require_passwords(ctx, client, kind)
        account = check_password(ctx, client, kind, body["userName"], body["password"])
    except RefusalError as error:
        refusals.note(ctx, client, error, actor=body["userName"])
        raise RejectedError(error.code, error.sentence, status=401) from error
    session_id = sessions.open_api_session(ctx, client, account, Method.PASSWORD)
    return jsonify(sessionId=session_id, clientId=client.id, userId=account.id)


def _require_passwords(ctx: PlatformContext, client: Client, kind: Surface) -> None:
    closed = ctx.policy_of(client).api_password_when_sso == "deny"  # noqa: S105 - a knob, not a password
    if closed and effective(ctx, client).enabled:
        raise RefusalError(
            "password-login-closed",
            "A password was sent to the API while single sign-on is on.",
            sentence="Passwords are not accepted while single sign-on is on. Use the SSO login method.",
            surface=kind,
            action="login.api",
        )


def _whoami(ctx: PlatformContext) -> Response:
    """Say whose session LV-Session names (ours: nothing of the kind is documented)."""
    caller = require_session(ctx)
    account = caller.session.account
    return jsonify(
        client=caller.client.code,
        kind=account.kind.value,
        login=account.login,
        email=account.email,
        role=account.role,
        method=caller.session.method.value,
    )


def _validate(ctx: PlatformContext, session_id: str = "") -> tuple[str, int]:
    session_id = session_id or request.args.get("sessionId", "")
    return "", 204 if sessions.api_session(ctx, session_id) else 404
