"""The API's users and agents."""

from functools import partial
from typing import Any

from flask import Flask, Response, jsonify

from platform_stub import json_body
from platform_stub.admin import accounts as admin
from platform_stub.api.caller import Caller, require
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.roles import Permission
from platform_stub.store import Account, Surface

_BODY: dict[str, type] = {
    "login": str,
    "password": str,
    "email": str,
    "role": str,
    "first_name": str,
    "last_name": str,
    "active": bool,
    "locked": bool,
    "password_expired": bool,
}
PERMISSION = {Surface.USER: Permission.EDIT_USERS, Surface.AGENT: Permission.EDIT_AGENTS}
"""Who may see and change the accounts of a kind."""


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the routes."""
    for kind in Surface:
        every, one = f"/api/configuration/{kind}s", f"/api/configuration/{kind}s/<login>"
        app.add_url_rule(every, f"api_list_{kind}s", partial(_list, ctx, kind))
        app.add_url_rule(every, f"api_create_{kind}", partial(_create, ctx, kind), methods=["POST"])
        app.add_url_rule(one, f"api_get_{kind}", partial(_get, ctx, kind))
        app.add_url_rule(one, f"api_change_{kind}", partial(_change, ctx, kind), methods=["PUT"])
        app.add_url_rule(one, f"api_delete_{kind}", partial(_delete, ctx, kind), methods=["DELETE"])
    app.add_url_rule(
        "/api/configuration/accounts", "api_create_accounts", partial(_create_all, ctx), methods=["POST"]
    )


def account_json(account: Account) -> dict[str, Any]:
    """Return the account as the API shows it; never its password."""
    shown: dict[str, Any] = {
        "id": account.id,
        "login": account.login,
        "email": account.email,
        "first_name": account.first_name,
        "last_name": account.last_name,
        "active": account.active,
        "locked": account.locked,
        "password_expired": account.password_expired,
        "last_login_at": account.last_login_at.isoformat() if account.last_login_at else None,
    }
    if account.kind is Surface.USER:
        shown["role"] = account.role
    return shown


def _list(ctx: PlatformContext, kind: Surface) -> Response:
    caller = require(ctx, PERMISSION[kind])
    with ctx.store.read() as tx:
        found = tx.accounts.all(caller.client.id, kind)
    return jsonify({f"{kind}s": [account_json(account) for account in found]})


def _create(ctx: PlatformContext, kind: Surface) -> tuple[Response, int]:
    caller = require(ctx, PERMISSION[kind])
    body = json_body.read(_BODY, required=("login", "password"))
    account = admin.create(ctx, caller.client, kind, body, actor=caller.login, actor_role=caller.role)
    return jsonify(account_json(account)), 201


def _create_all(ctx: PlatformContext) -> tuple[Response, int]:
    """Ours: users and agents together, all or none."""
    callers = [require(ctx, permission) for permission in PERMISSION.values()]
    body = json_body.read({f"{kind}s": list for kind in Surface})
    wanted = [
        (kind, json_body.checked_item(item, _BODY, required=("login", "password"), within=f"{kind}s.{place}"))
        for kind in Surface
        for place, item in enumerate(body.get(f"{kind}s", ()))
    ]
    caller = callers[0]
    made = admin.create_all(ctx, caller.client, wanted, actor=caller.login, actor_role=caller.role)
    return jsonify({"created": made}), 201


def _get(ctx: PlatformContext, kind: Surface, login: str) -> Response:
    return jsonify(account_json(account_named(ctx, require(ctx, PERMISSION[kind]), kind, login)))


def _change(ctx: PlatformContext, kind: Surface, login: str) -> Response:
    caller = require(ctx, PERMISSION[kind])
    body = json_body.read(_BODY)
    account = admin.change(
        ctx,
        caller.client,
        account_named(ctx, caller, kind, login),
        body,
        actor=caller.login,
        actor_role=caller.role,
        session_key=caller.session.key,
    )
    return jsonify(account_json(account))


def _delete(ctx: PlatformContext, kind: Surface, login: str) -> tuple[str, int]:
    caller = require(ctx, PERMISSION[kind])
    account = account_named(ctx, caller, kind, login)
    admin.delete(ctx, caller.client, account, actor=caller.login, actor_role=caller.role)
    return "", 204


def account_named(ctx: PlatformContext, caller: Caller, kind: Surface, login: str) -> Account:
    """Return the account of the caller's client with this login; raises RejectedError (404)."""
    with ctx.store.read() as tx:
        account = tx.accounts.by_login(caller.client.id, kind, login)
    if account is None:
        raise RejectedError("unknown-account", f"There is no {kind} “{login}”.", status=404)
    return account
