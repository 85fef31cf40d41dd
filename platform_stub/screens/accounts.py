"""The users editor and the agents editor: two lists and two forms with the same shape."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Flask, Response, abort, request

from platform_stub.admin import accounts as admin
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.roles import ROLES, Permission
from platform_stub.screens.visit import Visit, enter
from platform_stub.store import Account, Surface

_PERMISSION = {Surface.USER: Permission.EDIT_USERS, Surface.AGENT: Permission.EDIT_AGENTS}
_TEXT_FIELDS = ("login", "email", "first_name", "last_name")


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the pages and forms."""
    for kind in Surface:
        every = f"/<code>/configure/{kind}s"
        one = f"{every}/<int:account_id>"
        app.add_url_rule(every, f"{kind}s", partial(_list, ctx, kind))
        app.add_url_rule(f"{every}/new", f"new_{kind}", partial(_new, ctx, kind))
        app.add_url_rule(every, f"create_{kind}", partial(_create, ctx, kind), methods=["POST"])
        app.add_url_rule(one, f"edit_{kind}", partial(_edit, ctx, kind))
        app.add_url_rule(one, f"change_{kind}", partial(_change, ctx, kind), methods=["POST"])
        app.add_url_rule(f"{one}/delete", f"delete_{kind}", partial(_delete, ctx, kind), methods=["POST"])


def _list(ctx: PlatformContext, kind: Surface, code: str) -> Response:
    visit = enter(ctx, code, _PERMISSION[kind], Surface.USER)
    with ctx.store.read() as tx:
        found = tx.accounts.all(visit.client.id, kind)
    return visit.page("accounts.html", tab=f"{kind}s", kind=kind, accounts=found)


def _new(ctx: PlatformContext, kind: Surface, code: str) -> Response:
    visit = enter(ctx, code, _PERMISSION[kind], Surface.USER)
    return _form_page(visit, kind, None, {"active": True})


def _create(ctx: PlatformContext, kind: Surface, code: str) -> Response:
    visit = enter(ctx, code, _PERMISSION[kind], Surface.USER)
    values = {**_submitted(kind), "password": request.form.get("password", "")}
    try:
        admin.create(ctx, visit.client, kind, values, actor=visit.login, actor_role=visit.role)
    except RejectedError as error:
        return _form_page(visit, kind, None, values, error)
    return visit.go(f"/configure/{kind}s", "created")


def _edit(ctx: PlatformContext, kind: Surface, code: str, account_id: int) -> Response:
    visit = enter(ctx, code, _PERMISSION[kind], Surface.USER)
    account = _account(visit, kind, account_id)
    return _form_page(visit, kind, account, _values(account))


def _change(ctx: PlatformContext, kind: Surface, code: str, account_id: int) -> Response:
    visit = enter(ctx, code, _PERMISSION[kind], Surface.USER)
    account = _account(visit, kind, account_id)
    values = _submitted(kind)
    if request.form.get("password"):
        values["password"] = request.form["password"]
    if account.locked:
        values["locked"] = "unlock" not in request.form
    try:
        admin.change(
            ctx,
            visit.client,
            account,
            values,
            actor=visit.login,
            actor_role=visit.role,
            session_key=visit.session.key,
        )
    except RejectedError as error:
        return _form_page(visit, kind, account, values, error)
    return visit.go(f"/configure/{kind}s", "changed")


def _delete(ctx: PlatformContext, kind: Surface, code: str, account_id: int) -> Response:
    visit = enter(ctx, code, _PERMISSION[kind], Surface.USER)
    account = _account(visit, kind, account_id)
    admin.delete(ctx, visit.client, account, actor=visit.login, actor_role=visit.role)
    return visit.go(f"/configure/{kind}s", "deleted")


def _account(visit: Visit, kind: Surface, account_id: int) -> Account:
    with visit.ctx.store.read() as tx:
        account = tx.accounts.get(account_id)
    if account is None or account.client_id != visit.client.id or account.kind is not kind:
        abort(404, f"There is no such {kind} here.")
    return account


def _submitted(kind: Surface) -> dict[str, Any]:
    values: dict[str, Any] = {name: request.form.get(name, "").strip() for name in _TEXT_FIELDS}
    values["active"] = "active" in request.form
    values["password_expired"] = "password_expired" in request.form
    if kind is Surface.USER:
        values["role"] = request.form.get("role", "")
    return values


def _values(account: Account) -> dict[str, Any]:
    return {name: getattr(account, name) for name in (*_TEXT_FIELDS, "role", "active", "password_expired")}


def _form_page(
    visit: Visit,
    kind: Surface,
    account: Account | None,
    values: Mapping[str, Any],
    error: RejectedError | None = None,
) -> Response:
    empty = {**dict.fromkeys((*_TEXT_FIELDS, "role"), ""), "password_expired": False}
    return visit.page(
        "account.html",
        status=error.status if error else 200,
        tab=f"{kind}s",
        kind=kind,
        account=account,
        values={**empty, **values},
        roles=ROLES,
        error=error,
        problems=error.fields if error else {},
    )
