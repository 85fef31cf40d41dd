"""The URLs of the OpenID Connect plane: every server of every personality, below `/t/<tenant>`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import cast

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Authorization

from mock_idp.lean import Fields, LeanRequest
from mock_idp.oidc import (
    authorization,
    check_session,
    device,
    discovery,
    introspection,
    logout,
    pushed,
    refusals,
    tokens,
    trouble,
    userinfo,
)
from mock_idp.oidc.exchange import Exchange, RefusedError, new_trace
from mock_idp.personalities import PERSONALITIES
from mock_idp.personalities.oidc_base import AuthorizationServer, Endpoint, Org
from mock_idp.personalities.oidc_problems import Problem
from mock_idp.web import find_tenant

METHODS = {
    endpoint: ["POST"]
    for endpoint in (Endpoint.TOKEN, Endpoint.INTROSPECT, Endpoint.REVOKE, Endpoint.DEVICE, Endpoint.PUSHED)
}
VISITS: Mapping[Endpoint, Callable[[Exchange, Mapping[str, str]], ResponseReturnValue]] = {
    Endpoint.AUTHORIZE: authorization.authorize,
    Endpoint.LOGOUT: logout.logout,
    Endpoint.CHECK_SESSION: check_session.check_session,
}
"""Endpoints that a person's browser visits, so that an error there is a page and not JSON."""
FORMS: Mapping[Endpoint, Callable[[Exchange, Mapping[str, str], Authorization | None], Response]] = {
    Endpoint.TOKEN: tokens.token,
    Endpoint.USERINFO: userinfo.userinfo,
    Endpoint.INTROSPECT: introspection.introspect,
    Endpoint.REVOKE: introspection.revoke,
    Endpoint.DEVICE: device.start,
    Endpoint.PUSHED: pushed.push,
}
"""Endpoints that a program calls with a form and credentials."""

ONCE = (Endpoint.AUTHORIZE, Endpoint.TOKEN, Endpoint.PUSHED)
"""Endpoints whose parameters must not be repeated. Where a repeated one leads Okta is unconfirmed."""
AUTHORIZATION = "HTTP_AUTHORIZATION"
CLOSED: Mapping[Endpoint, tuple[int, str]] = {
    Endpoint.REGISTRATION: (401, "Applications are registered by an administrator, at the control API."),
    Endpoint.KERBEROS: (400, "There is no Kerberos here."),
}
"""Endpoints that metadata names and that let nobody in, with the status and the reason."""
DOCUMENTS: Mapping[Endpoint, Callable[[Exchange], Response]] = {
    Endpoint.KEYS: discovery.keys,
    Endpoint.INSTANCE: discovery.instance,
}
"""Documents apart from the metadata, which all other endpoints serve."""


def blueprint() -> Blueprint:
    """The routes of every server; whose tenants they serve is known to `web.find_tenant`."""
    routes = Blueprint("oidc", __name__)
    for personality in PERSONALITIES:
        for server in personality.oidc.servers:
            for endpoint, rule in server.routes.items():
                routes.add_url_rule(
                    f"/t/<tenant>{rule}",
                    endpoint=f"{server.vendor}-{server.name}-{endpoint}".replace(".", "_"),
                    view_func=partial(_serve, server, endpoint),
                    methods=METHODS.get(endpoint, ["GET", "POST"]),
                )
    return routes


def _serve(
    server: AuthorizationServer, endpoint: Endpoint, tenant: str, authority: str = ""
) -> ResponseReturnValue:
    found = find_tenant(tenant, server.vendor)
    came = cast(LeanRequest, request._get_current_object())  # type: ignore[attr-defined]  # of the proxy
    place = found.place
    appid = _asked_app(endpoint, came)
    issuer = found.issuer_url if found.settings.custom_domain else ""
    org = Org(place.tenant, place.base_url, place.directory_id, authority, appid, found.settings, issuer)
    trace = new_trace(found, came.environ.get("HTTP_CLIENT_REQUEST_ID"))
    exchange = Exchange(found, server.as_set(found.settings), org, endpoint, trace)
    for name, how in found.settings.trouble.items():
        if name == endpoint:
            return trouble.failing(exchange, how, lambda asked: _answer(asked, came))
    problem = exchange.server.address_problem(org, endpoint)
    if problem is not None:
        return _at_once(exchange, RefusedError(problem), came)
    return _answer(exchange, came)


def _asked_app(endpoint: Endpoint, came: LeanRequest) -> str:
    """The client ID whose own keys a document is to name: `appid` at Entra, `client_id` at Okta."""
    if endpoint not in (Endpoint.DISCOVERY, Endpoint.KEYS):
        return ""
    return came.args.get("appid") or came.args.get("client_id") or ""


def _answer(exchange: Exchange, came: LeanRequest) -> ResponseReturnValue:
    endpoint = exchange.endpoint
    form = came.form_fields() if came.method == "POST" else []  # read in any case: a body can be too long
    query = came.query_fields()
    if endpoint in CLOSED:
        abort(*CLOSED[endpoint])
    if endpoint in ONCE:
        twice = _twice(query) or _twice(form)
        if twice:
            return _at_once(exchange, RefusedError(Problem.PARAMETER_TWICE, parameter=twice), came)
    if endpoint in FORMS:
        return FORMS[endpoint](
            exchange, _by_name(form), came.authorization if AUTHORIZATION in came.environ else None
        )
    if endpoint in VISITS:
        asked = _by_name(query)
        return VISITS[endpoint](exchange, _by_name(form) | asked if form else asked)
    return DOCUMENTS.get(endpoint, discovery.metadata)(exchange)


def _twice(fields: Fields) -> str | None:
    """The name of the first parameter that is repeated (RFC 6749 section 3.1)."""
    if len(dict(fields)) == len(fields):
        return None
    counted = Counter(name for name, _ in fields)
    return next(name for name, count in counted.items() if count > 1)


def _by_name(fields: Fields) -> dict[str, str]:
    """The parameters by name; of a repeated one the first value."""
    by_name = dict(fields)
    if len(by_name) < len(fields):
        by_name |= dict(reversed(fields))
    return by_name


def _at_once(exchange: Exchange, error: RefusedError, came: LeanRequest) -> ResponseReturnValue:
    """Refuse before anything in the request is trusted, its redirect URI included."""
    if exchange.endpoint in VISITS:
        return refusals.as_page(exchange, error, came.values.get("state"))
    return refusals.as_json(exchange, error, None)
