"""The API of safe mode: readiness report, test sign-ins, recovery codes, and the login by such a code."""

from functools import partial
from typing import Any

from flask import Flask, Response, jsonify

from platform_stub import json_body, sessions
from platform_stub.api.caller import Caller, client_of_access_token
from platform_stub.api.sso import licensed
from platform_stub.context import PlatformContext
from platform_stub.roles import Permission
from platform_stub.safe_mode import gate, recovery, require_on, trials
from platform_stub.store import Method

_ROOT = "/api/configuration/sso"


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the routes."""
    codes = f"{_ROOT}/recovery-codes"
    app.add_url_rule(f"{_ROOT}/readiness", "api_readiness", partial(_readiness, ctx))
    app.add_url_rule(f"{_ROOT}/tests", "api_tests", partial(_offer, ctx), methods=["POST"])
    app.add_url_rule(codes, "api_recovery_codes", partial(_codes, ctx))
    app.add_url_rule(codes, "api_make_recovery_codes", partial(_make_codes, ctx), methods=["POST"])
    app.add_url_rule("/api/session/recover", "api_recover", partial(_recover, ctx), methods=["POST"])


def _guarded(ctx: PlatformContext, permission: Permission) -> Caller:
    caller = licensed(ctx, permission)
    require_on(ctx, caller.client)
    return caller


def _readiness(ctx: PlatformContext) -> Response:
    """Say what the gate would say to this caller."""
    caller = _guarded(ctx, Permission.READ_SSO)
    with ctx.store.read() as tx:
        config = tx.configurations.current(caller.client)
        report = gate.assess(ctx, tx, caller.client, config, caller.session.account)
    return jsonify(gate.as_json(report))


def _offer(ctx: PlatformContext) -> tuple[Response, int]:
    """Make a link that tests one surface; whoever opens it signs in at the identity provider."""
    caller = _guarded(ctx, Permission.CHANGE_SSO)
    surface = json_body.read({"surface": str}, required=("surface",))["surface"]
    token, trial = trials.offer(ctx, caller.client, caller.login, surface)
    expires = trial.asked_at + ctx.settings.trial_lifetime
    shown = {
        "url": ctx.settings.base_url + trials.link(caller.client, token),
        "surface": surface,
        "revision": trial.revision,
        "expires_at": expires.isoformat(),
    }
    return jsonify(shown), 201


def _codes(ctx: PlatformContext) -> Response:
    """Say how many codes the caller has left; the codes themselves were shown once."""
    caller = _guarded(ctx, Permission.MAKE_RECOVERY_CODES)
    account = caller.session.account
    with ctx.store.read() as tx:
        left = tx.recovery_codes.left_of_account(account.id)
    told: dict[str, Any] = {"left": left}
    readable = recovery.stored(ctx, account)
    return jsonify({**told, "codes": readable} if readable else told)


def _make_codes(ctx: PlatformContext) -> tuple[Response, int]:
    caller = _guarded(ctx, Permission.MAKE_RECOVERY_CODES)
    return jsonify(codes=recovery.generate(ctx, caller.client, caller.session.account)), 201


def _recover(ctx: PlatformContext) -> Response:
    """Open a session of 15 minutes that may read and change the single sign-on configuration."""
    body = json_body.read({"clientName": str, "recoveryCode": str}, required=("clientName", "recoveryCode"))
    client = client_of_access_token(ctx, body["clientName"])
    account = recovery.redeem(ctx, client, body["recoveryCode"])
    session_id = sessions.open_api_session(ctx, client, account, Method.RECOVERY)
    return jsonify(sessionId=session_id, clientId=client.id, userId=account.id)
