"""OpenID Provider metadata and the JWKS: the two documents that anyone may read."""

from __future__ import annotations

from flask import Response

from mock_idp.oidc.exchange import Exchange


def metadata(exchange: Exchange) -> Response:
    """The discovery document (OIDC Discovery section 4)."""
    exchange.tenant.journal.record(
        "oidc.discovery", summary=f"The discovery document of {exchange.server.name} was read."
    )
    return exchange.json(exchange.server.discovery(exchange.org))


def keys(exchange: Exchange) -> Response:
    """The published keys, the active one first (RFC 7517 section 5).

    Where the request names an application with keys of its own, these and no others (MEM).
    """
    app = exchange.tenant.oidc_app(exchange.org.appid)
    published = (exchange.tenant.keys_of(app) if app else exchange.tenant.keys).published
    exchange.tenant.journal.record(
        "oidc.jwks",
        summary=f"The keys of {exchange.server.name} were read.",
        detail={"kids": [key.kid for key in published]},
    )
    return exchange.json({"keys": [exchange.server.jwk(key, exchange.org) for key in published]})
