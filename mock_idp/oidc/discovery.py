"""OpenID Provider metadata and the JWKS: the two documents that anyone may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, request

from mock_idp.oidc.exchange import Exchange, RefusedError
from mock_idp.oidc.refusals import as_json
from mock_idp.personalities.oidc_problems import Problem


def metadata(exchange: Exchange) -> Response:
    """The discovery document (OIDC Discovery section 4)."""
    exchange.tenant.journal.record(
        "oidc.discovery", summary=f"The discovery document of {exchange.server.name} was read."
    )
    document = exchange.tenant.for_programs(exchange.server.discovery(exchange.org))
    return exchange.json(_edited(document, exchange.tenant.settings.discovery))


def _edited(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The document with `changes`; null removes a member, while a null of the vendor's own stays."""
    removed = {name for name, value in changes.items() if value is None}
    return {name: value for name, value in {**document, **changes}.items() if name not in removed}


def instance(exchange: Exchange) -> Response:
    """What Microsoft's libraries ask first: where the document of an authorization endpoint is."""
    asked = request.args.get("authorization_endpoint", "")
    base, found, rest = asked.partition("/oauth2/")
    if not found:
        error = RefusedError(Problem.PARAMETER_MISSING, parameter="authorization_endpoint")
        return as_json(exchange, error, None)
    version = "/v2.0" if rest.startswith("v2.0/") else ""
    exchange.tenant.journal.record("oidc.instance", summary=f"Instance discovery of {asked} was read.")
    document = f"{base}{version}/.well-known/openid-configuration"
    return exchange.json({"tenant_discovery_endpoint": document, **exchange.server.instance_metadata})


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
    named = {"kid": tenant.settings.key_id} if tenant.settings.key_id else {}
    changes = {**named, **tenant.settings.jwk}
    return exchange.json({"keys": [_edited(server.jwk(key, place), changes) for key, place in listed]})
