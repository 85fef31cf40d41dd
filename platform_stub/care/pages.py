"""Customer Care's pages: sign in with the operator's token, then the same acts as in the API."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from flask import Flask, Response, abort, make_response, redirect, render_template, request

from platform_stub import audit, csrf
from platform_stub.admin import clients as admin
from platform_stub.care.api import client_named, is_operator_token
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.sso_state import effective
from platform_stub.store import Surface
from platform_stub.urls import login_url

_COOKIE = "care_operator"
_ROOT = "/care"
_SESSION = timedelta(hours=8)


@dataclass(frozen=True)
class _Operator:
    """A signed-in operator's browser."""

    csrf_token: str
    until: datetime


Operators = dict[str, _Operator]
"""Hash of the cookie → operator. In memory: after a restart the operators sign in again."""


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the pages and forms."""
    operators: Operators = {}
    one = f"{_ROOT}/clients/<code>"
    app.add_url_rule("/", "care_root", lambda: redirect(_ROOT))
    app.add_url_rule(_ROOT, "care_clients", partial(_clients, ctx, operators))
    app.add_url_rule(one, "care_client", partial(_client, ctx, operators))
    for rule, view in (
        (f"{_ROOT}/sign-in", _sign_in),
        (f"{_ROOT}/sign-out", _sign_out),
        (f"{_ROOT}/clients", _create),
        (f"{one}/flag", _flag),
        (f"{one}/disable", _disable),
        (f"{one}/delete", _delete),
    ):
        app.add_url_rule(rule, f"care{view.__name__}", partial(view, ctx, operators), methods=["POST"])


def _operator(ctx: PlatformContext, operators: Operators) -> _Operator:
    """Return who is signed in; a POST must come from their own page. Without anybody: back to the start."""
    operator = operators.get(audit.digest(request.cookies.get(_COOKIE, "")))
    if operator is None or operator.until < ctx.clock.now():
        abort(make_response(redirect(_ROOT, 303)))
    if request.method == "POST":
        csrf.check(ctx, operator.csrf_token)
    return operator


def _clients(ctx: PlatformContext, operators: Operators) -> Response:
    operator = operators.get(audit.digest(request.cookies.get(_COOKIE, "")))
    if operator is None or operator.until < ctx.clock.now():
        return make_response(render_template("care_sign_in.html", wrong=False))
    return _list_page(ctx, operator)


def _sign_in(ctx: PlatformContext, operators: Operators) -> Response:
    csrf.check_origin(ctx)
    right = is_operator_token(ctx, request.form.get("token", "").strip())
    audit.record(
        ctx,
        client=None,
        actor=audit.CUSTOMER_CARE if right else audit.NOBODY,
        action="operator.sign-in",
        result="ok" if right else "refused",
        reason="" if right else "bad-credentials",
    )
    if not right:
        return make_response(render_template("care_sign_in.html", wrong=True), 403)
    cookie = secrets.token_urlsafe(32)
    operators[audit.digest(cookie)] = _Operator(secrets.token_urlsafe(24), ctx.clock.now() + _SESSION)
    response = make_response(redirect(_ROOT, 303))
    response.set_cookie(_COOKIE, cookie, path=_ROOT, httponly=True, samesite="Strict")
    return response


def _sign_out(ctx: PlatformContext, operators: Operators) -> Response:
    _operator(ctx, operators)
    del operators[audit.digest(request.cookies[_COOKIE])]
    response = make_response(redirect(_ROOT, 303))
    response.delete_cookie(_COOKIE, path=_ROOT, httponly=True, samesite="Strict")
    return response


def _create(ctx: PlatformContext, operators: Operators) -> Response:
    operator = _operator(ctx, operators)
    form = {name: request.form.get(name, "").strip() for name in ("code", "name", "login", "email")}
    sysadmin = {"login": form["login"], "email": form["email"], "password": request.form.get("password", "")}
    try:
        created = admin.create(ctx, form["code"], form["name"], sysadmin)
    except RejectedError as error:
        return _list_page(ctx, operator, error=error, form=form)
    return _client_page(ctx, operator, created.client.code, lv_access=created.lv_access)


def _client(ctx: PlatformContext, operators: Operators, code: str) -> Response:
    return _client_page(ctx, _operator(ctx, operators), code)


def _flag(ctx: PlatformContext, operators: Operators, code: str) -> Response:
    _operator(ctx, operators)
    admin.set_flag(ctx, client_named(ctx, code), on=request.form.get("on") == "true")
    return make_response(redirect(f"{_ROOT}/clients/{code}", 303))


def _disable(ctx: PlatformContext, operators: Operators, code: str) -> Response:
    _operator(ctx, operators)
    admin.disable_single_sign_on(ctx, client_named(ctx, code))
    return make_response(redirect(f"{_ROOT}/clients/{code}", 303))


def _delete(ctx: PlatformContext, operators: Operators, code: str) -> Response:
    operator = _operator(ctx, operators)
    client = client_named(ctx, code)
    if request.form.get("confirm", "").strip() != code:
        error = RejectedError("not-confirmed", f"Type the Client Code “{code}” to remove the client.")
        return _client_page(ctx, operator, code, error=error)
    admin.delete(ctx, client)
    return make_response(redirect(_ROOT, 303))


def _list_page(
    ctx: PlatformContext,
    operator: _Operator,
    *,
    error: RejectedError | None = None,
    form: dict[str, str] | None = None,
) -> Response:
    with ctx.store.read() as tx:
        clients = tx.clients.all()
    page = render_template(
        "care_clients.html",
        csrf_token=operator.csrf_token,
        clients=clients,
        weaknesses=ctx.settings.weaknesses,
        error=error,
        form=form or dict.fromkeys(("code", "name", "login", "email"), ""),
    )
    return make_response(page, error.status if error else 200)


def _client_page(
    ctx: PlatformContext,
    operator: _Operator,
    code: str,
    *,
    lv_access: str = "",
    error: RejectedError | None = None,
) -> Response:
    client = client_named(ctx, code)
    with ctx.store.read() as tx:
        entries = tx.audit.latest(client.id)
    page = render_template(
        "care_client.html",
        csrf_token=operator.csrf_token,
        client=client,
        config=effective(ctx, client),
        entries=entries,
        lv_access=lv_access,
        error=error,
        logins=[(surface.value, login_url(ctx, client, surface)) for surface in Surface],
    )
    return make_response(page, error.status if error else 200)
