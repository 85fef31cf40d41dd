"""The URLs of the OpenID Connect plane: every server of every personality, below `/t/<tenant>`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Authorization

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
    place = found.place
    org = Org(
        place.tenant, place.base_url, place.directory_id, authority, _asked_app(endpoint), found.settings
    )
    trace = new_trace(found, request.headers.get("client-request-id"))
    exchange = Exchange(found, server.as_set(found.settings), org, endpoint, trace)
    for name, how in found.settings.trouble.items():
        if name == endpoint:
            return trouble.failing(exchange, how, _answer)
    problem = exchange.server.address_problem(org, endpoint)
    if problem is not None:
        return _at_once(exchange, RefusedError(problem))
    return _answer(exchange)


def _asked_app(endpoint: Endpoint) -> str:
    """The client ID whose own keys a document is to name: `appid` at Entra, `client_id` at Okta."""
    if endpoint not in (Endpoint.DISCOVERY, Endpoint.KEYS):
        return ""
    return request.args.get("appid") or request.args.get("client_id") or ""


def _answer(exchange: Exchange) -> ResponseReturnValue:
    posted = request.method != "GET"
    form = request.form.to_dict() if posted else {}  # read in any case: a body can be too long
    if exchange.endpoint in CLOSED:
        abort(*CLOSED[exchange.endpoint])
    if exchange.endpoint in ONCE and (twice := _twice(posted=posted)):
        return _at_once(exchange, RefusedError(Problem.PARAMETER_TWICE, parameter=twice))
    if exchange.endpoint in FORMS:
        return FORMS[exchange.endpoint](exchange, form, request.authorization)
    if exchange.endpoint in VISITS:
        values = request.values if posted else request.args
        return VISITS[exchange.endpoint](exchange, values.to_dict())
    return DOCUMENTS.get(exchange.endpoint, discovery.metadata)(exchange)


def _twice(*, posted: bool) -> str | None:
    """The name of a parameter that is repeated in the query or in the form (RFC 6749 section 3.1)."""
    query = (request.args,) if request.query_string else ()
    for values in (*query, request.form) if posted else query:
        for name, given in values.lists():
            if len(given) > 1:
                return str(name)
    return None


def _at_once(exchange: Exchange, error: RefusedError) -> ResponseReturnValue:
    """Refuse before anything in the request is trusted, its redirect URI included."""
    if exchange.endpoint in VISITS:
        return refusals.as_page(exchange, error, request.values.get("state"))
    return refusals.as_json(exchange, error, None)
