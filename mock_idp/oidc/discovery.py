"""OpenID Provider metadata and the JWKS: the two documents that anyone may read."""

from __future__ import annotations

from dataclasses import replace

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
    tenant, server, org = exchange.tenant, exchange.server, exchange.org
    app = tenant.oidc_app(org.appid)
    if app and app.signing_key == "app":
        listed = [(key, org) for key in tenant.keys_of(app).published]
    else:
        listed = [
            (key, replace(org, authority=signer or org.authority))
            for signer in server.signers(org)
            for key in tenant.keys_of_authority(signer).published
        ]
    exchange.tenant.journal.record(
        "oidc.jwks",
        summary=f"The keys of {exchange.server.name} were read.",
        detail={"kids": [key.kid for key, _ in listed]},
    )
    return exchange.json({"keys": [server.jwk(key, place) for key, place in listed]})
