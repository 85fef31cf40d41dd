"""Customer Care's JSON API, with the operator's token as a Bearer token."""

import hmac
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from flask import Flask, Response, jsonify, request

from platform_stub import json_body, sessions, weaknesses
from platform_stub.admin import clients as admin
from platform_stub.api.sso import after_seq, audit_json
from platform_stub.clock import TestClock
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.policy import KNOBS
from platform_stub.store import Client, MetadataMode, Method, Surface

_TWENTY_YEARS = 20 * 366 * 24 * 3600
_SYSADMIN: dict[str, type] = {
    "login": str,
    "password": str,
    "email": str,
    "first_name": str,
    "last_name": str,
}


def register(app: Flask, ctx: PlatformContext, stop: Callable[[], None]) -> None:
    """Add the routes; all but /health need the operator's token."""
    one = "/api/clients/<code>"
    app.add_url_rule("/health", "health", partial(_health, ctx))
    app.add_url_rule("/api/weaknesses", "weaknesses", partial(_weaknesses, ctx))
    app.add_url_rule("/api/clients", "create_client", partial(_create, ctx), methods=["POST"])
    app.add_url_rule("/api/clients", "list_clients", partial(_list, ctx))
    app.add_url_rule(one, "get_client", partial(_get, ctx))
    app.add_url_rule(one, "delete_client", partial(_delete, ctx), methods=["DELETE"])
    app.add_url_rule(f"{one}/single-sign-on-flag", "set_flag", partial(_flag, ctx), methods=["PUT"])
    app.add_url_rule(
        f"{one}/metadata-mode", "set_metadata_mode", partial(_metadata_mode, ctx), methods=["PUT"]
    )
    app.add_url_rule(f"{one}/knobs", "set_knobs", partial(_knobs, ctx), methods=["PUT"])
    if isinstance(ctx.clock, TestClock):
        app.add_url_rule(f"{one}/clock", "set_clock", partial(_run_ahead, ctx, ctx.clock), methods=["PUT"])
    app.add_url_rule(f"{one}/disable-single-sign-on", "disable", partial(_disable, ctx), methods=["POST"])
    app.add_url_rule(f"{one}/audit", "client_audit", partial(_audit, ctx))
    app.add_url_rule("/shutdown", "shutdown", partial(_shutdown, ctx, stop), methods=["POST"])


def is_operator_token(ctx: PlatformContext, token: str) -> bool:
    """Return whether this is the operator's token, in a time that tells nothing about it."""
    return hmac.compare_digest(token.encode(), ctx.settings.operator_token.encode())


def client_named(ctx: PlatformContext, code: str) -> Client:
    """Return the client with this Client Code; raises RejectedError ``unknown-client`` (404)."""
    with ctx.store.read() as tx:
        client = tx.clients.by_code(code)
    if client is None:
        raise RejectedError("unknown-client", f"There is no client “{code}”.", status=404)
    return client


def require_operator(ctx: PlatformContext) -> None:
    """Refuse a request without the operator's token: RejectedError ``operator-token-required`` (401)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not is_operator_token(ctx, token):
        raise RejectedError(
            "operator-token-required",
            "Send the operator's token: Authorization: Bearer TOKEN. The platform prints it when it starts.",
            status=401,
        )


def _health(ctx: PlatformContext) -> Response:
    return jsonify(status="ok", version=_version(), weaknesses=list(ctx.settings.weaknesses))


def _version() -> str:
    try:
        return version("sso-conformance")
    except PackageNotFoundError:  # run from a source tree that was not installed
        return "unknown"


def _weaknesses(ctx: PlatformContext) -> Response:
    require_operator(ctx)
    return jsonify(weaknesses.catalogue())


def _create(ctx: PlatformContext) -> tuple[Response, int]:
    require_operator(ctx)
    body = json_body.read({"code": str, "name": str, "sysadmin": dict}, required=("code", "sysadmin"))
    sysadmin = json_body.checked(
        body["sysadmin"], _SYSADMIN, required=("login", "password"), within="sysadmin."
    )
    created = admin.create(ctx, body["code"], body.get("name", ""), sysadmin)
    session = sessions.open_api_session(ctx, created.client, created.sysadmin, Method.PASSWORD)
    shown = {
        "code": created.client.code,
        "id": created.client.id,
        "lv_access": created.lv_access,
        "session": session,
    }
    return jsonify(shown), 201


def _list(ctx: PlatformContext) -> Response:
    require_operator(ctx)
    with ctx.store.read() as tx:
        found = tx.clients.all()
    return jsonify({"clients": [_client_json(ctx, client) for client in found]})


def _get(ctx: PlatformContext, code: str) -> Response:
    require_operator(ctx)
    return jsonify(_client_json(ctx, client_named(ctx, code)))


def _delete(ctx: PlatformContext, code: str) -> tuple[str, int]:
    require_operator(ctx)
    admin.delete(ctx, client_named(ctx, code))
    return "", 204


def _flag(ctx: PlatformContext, code: str) -> Response:
    require_operator(ctx)
    body = json_body.read({"on": bool}, required=("on",))
    return jsonify(_client_json(ctx, admin.set_flag(ctx, client_named(ctx, code), on=body["on"])))


def _metadata_mode(ctx: PlatformContext, code: str) -> Response:
    require_operator(ctx)
    mode = json_body.read({"mode": str}, required=("mode",))["mode"]
    if mode not in set(MetadataMode):
        allowed = ", ".join(MetadataMode)
        raise RejectedError("invalid-request", f"“{mode}” is no metadata mode; expected one of {allowed}.")
    admin.set_metadata_mode(ctx, client_named(ctx, code), MetadataMode(mode))
    return jsonify(_client_json(ctx, client_named(ctx, code)))


def _knobs(ctx: PlatformContext, code: str) -> Response:
    """Turn knobs of the policy for one client; a weakness of the platform stays where no knob is turned."""
    require_operator(ctx)
    turned = json_body.read(dict.fromkeys(KNOBS, str))
    admin.set_knobs(ctx, client_named(ctx, code), turned)
    return jsonify(_client_json(ctx, client_named(ctx, code)))


def _run_ahead(ctx: PlatformContext, clock: TestClock, code: str) -> Response:
    """Move one client's clock; there only with `serve --test-clock`, which needs a loopback address.

    `keeps_session` is an LV-Session that somebody kept in use meanwhile: it does not end by the jump.
    """
    require_operator(ctx)
    body = json_body.read({"ahead_seconds": int, "keeps_session": str}, required=("ahead_seconds",))
    seconds = body["ahead_seconds"]
    if not 0 <= seconds <= _TWENTY_YEARS:
        raise RejectedError(
            "invalid-request", f"“ahead_seconds” is {seconds}; expected 0 to {_TWENTY_YEARS} (twenty years)."
        )
    clock.run_ahead(client_named(ctx, code).id, timedelta(seconds=seconds))
    if "keeps_session" in body:
        sessions.keep_open(ctx, body["keeps_session"], clock.now() + timedelta(seconds=seconds))
    return jsonify(ahead_seconds=seconds)


def _disable(ctx: PlatformContext, code: str) -> Response:
    require_operator(ctx)
    client = client_named(ctx, code)
    admin.disable_single_sign_on(ctx, client)
    return jsonify(_client_json(ctx, client_named(ctx, code)))


def _audit(ctx: PlatformContext, code: str) -> Response:
    require_operator(ctx)
    client = client_named(ctx, code)
    with ctx.store.read() as tx:
        entries = tx.audit.entries(client.id, after=after_seq())
    return jsonify({"entries": [audit_json(entry) for entry in entries]})


def _shutdown(ctx: PlatformContext, stop: Callable[[], None]) -> tuple[Response, int]:
    require_operator(ctx)
    stop()
    return jsonify(status="stopping"), 202


def _client_json(ctx: PlatformContext, client: Client) -> dict[str, Any]:
    with ctx.store.read() as tx:
        config = tx.configurations.current(client)
        counts = {f"{kind}s": tx.accounts.count(client.id, kind) for kind in Surface}
    return {
        "code": client.code,
        "id": client.id,
        "name": client.name,
        "single_sign_on_flag": client.single_sign_on_flag,
        "enabled": config.enabled,
        "authentication_standard": config.authentication_standard.value,
        "revision": config.revision,
        "metadata_mode": client.metadata_mode.value,
        "knobs": dict(client.knobs),
        **counts,
    }
