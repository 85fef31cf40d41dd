"""Requests that arrive before the browser does: pushed authorization requests (RFC 9126)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from flask import Response
from werkzeug.datastructures import Authorization

from mock_idp.oidc import client_auth, refusals
from mock_idp.oidc.exchange import Exchange, RefusedError
from mock_idp.personalities.oidc_problems import Problem

URI_PREFIX = "urn:okta:"  # followed by random characters, as in Okta's documentation
SECRETS = ("client_secret", "client_assertion", "client_assertion_type")
LIFETIME = 300  # seconds, as there


def push(exchange: Exchange, form: Mapping[str, str], header: Authorization | None) -> Response:
    """Keep the parameters of an authorization request, which a `request_uri` then stands for."""
    try:
        app = client_auth.authenticate(exchange, form, header)
    except RefusedError as error:
        return refusals.as_json(exchange, error, form.get("state"))
    if "request_uri" in form:  # RFC 9126 section 2.1
        return refusals.as_json(exchange, RefusedError(Problem.REQUEST_URI_UNKNOWN), form.get("state"))
    uri = URI_PREFIX + secrets.token_urlsafe(32)
    kept = {name: value for name, value in form.items() if name not in SECRETS}
    kept["client_id"] = app.client_id
    exchange.tenant.grants.put(f"pushed:{uri}", (exchange.tenant.clock.timestamp() + LIFETIME, kept))
    exchange.tenant.journal.record(
        "oidc.pushed_request",
        summary=f"{app.name} pushed an authorization request.",
        attempt=form.get("state"),
        app=app.name,
        detail={"parameters": kept, "request_uri": uri},
    )
    return exchange.json({"request_uri": uri, "expires_in": LIFETIME}, 201)


def pulled(exchange: Exchange, parameters: Mapping[str, str]) -> Mapping[str, str]:
    """The parameters that the request's `request_uri` stands for, once; others as they are.

    Raises RefusedError."""
    uri = parameters.get("request_uri")
    if uri is None or not uri.startswith(URI_PREFIX):
        return parameters
    found = exchange.tenant.grants.pop(f"pushed:{uri}")
    if found is None or found[0] <= exchange.tenant.clock.timestamp():
        raise RefusedError(Problem.REQUEST_URI_UNKNOWN)
    kept: Mapping[str, str] = found[1]
    if kept["client_id"] != parameters.get("client_id"):
        raise RefusedError(Problem.REQUEST_URI_UNKNOWN)
    return kept
