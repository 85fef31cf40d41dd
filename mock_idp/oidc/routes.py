"""The URLs of the OpenID Connect plane: every server of every personality, below `/t/<tenant>`."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from mock_idp.oidc import authorization, discovery, logout, refusals, tokens, userinfo
from mock_idp.oidc.exchange import Exchange, RefusedError, new_trace
from mock_idp.personalities import PERSONALITIES
from mock_idp.personalities.oidc_base import AuthorizationServer, Endpoint, Org, Problem
from mock_idp.web import find_tenant

METHODS = {Endpoint.TOKEN: ["POST"]}
PAGES = (Endpoint.AUTHORIZE, Endpoint.LOGOUT)
"""Endpoints that a person's browser visits, so that an error there is a page and not JSON."""


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
    org = Org(place.tenant, place.base_url, place.directory_id, authority)
    trace = new_trace(found, request.headers.get("client-request-id"))
    exchange = Exchange(found, server, org, endpoint, trace)
    if server.address_problem(org, endpoint) is Problem.UNKNOWN_TENANT:
        return _unknown_authority(exchange)
    return _answer(exchange)


def _answer(exchange: Exchange) -> ResponseReturnValue:
    values = request.values.to_dict()
    if exchange.endpoint is Endpoint.AUTHORIZE:
        return authorization.authorize(exchange, values)
    if exchange.endpoint is Endpoint.TOKEN:
        return tokens.token(exchange, request.form.to_dict(), request.authorization)
    if exchange.endpoint is Endpoint.USERINFO:
        return userinfo.userinfo(exchange, request.form.to_dict(), request.authorization)
    if exchange.endpoint is Endpoint.LOGOUT:
        return logout.logout(exchange, values)
    if exchange.endpoint is Endpoint.KEYS:
        return discovery.keys(exchange)
    return discovery.metadata(exchange)


def _unknown_authority(exchange: Exchange) -> ResponseReturnValue:
    error = RefusedError(Problem.UNKNOWN_TENANT)
    if exchange.endpoint in PAGES:
        return refusals.as_page(exchange, error, request.values.get("state"))
    return refusals.as_json(exchange, error, None)
