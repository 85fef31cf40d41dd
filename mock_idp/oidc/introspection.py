"""Introspection (RFC 7662) and revocation (RFC 7009) of tokens, which of the two vendors only Okta has."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response
from werkzeug.datastructures import Authorization

from mock_idp.oidc import client_auth, refusals
from mock_idp.oidc.exchange import Exchange, Grant, RefusedError
from mock_idp.oidc.grants import Grants
from mock_idp.personalities.oidc_problems import Problem


def introspect(exchange: Exchange, form: Mapping[str, str], header: Authorization | None) -> Response:
    """What a token stands for, or `{"active":false}` for one that is worthless here."""
    try:
        token = _token(exchange, form, header)
    except RefusedError as error:
        return refusals.as_json(exchange, error, None)
    grants = Grants(exchange.tenant)
    grant = grants.access_token(token) or grants.refresh_token(token)
    body = _body(exchange, grant) or {"active": False}
    exchange.tenant.journal.record(
        "oidc.introspection",
        summary=f"A token was looked up; it is {'' if body['active'] else 'not '}active.",
        attempt=grant.attempt if grant else None,
        detail={"body": body},
    )
    return exchange.json(body)


def revoke(exchange: Exchange, form: Mapping[str, str], header: Authorization | None) -> Response:
    """Make a token worthless: 200 and an empty body, also for a token that never was (RFC 7009, 2.2).

    With a refresh token the access tokens of the same login go too.
    """
    try:
        token = _token(exchange, form, header)
    except RefusedError as error:
        return refusals.as_json(exchange, error, None)
    grants = Grants(exchange.tenant)
    is_refresh_token = grants.refresh_token(token) is not None
    grant = grants.forget_token(token)
    if grant is not None and is_refresh_token:
        grants.revoke_family(grant)
    exchange.tenant.journal.record(
        "oidc.revocation",
        summary="A token was revoked." if grant else "An unknown token was to be revoked.",
        attempt=grant.attempt if grant else None,
    )
    return Response("", 200, exchange.headers())


def _token(exchange: Exchange, form: Mapping[str, str], header: Authorization | None) -> str:
    client_auth.authenticate(exchange, form, header)
    if not form.get("token"):
        raise RefusedError(Problem.PARAMETER_MISSING, parameter="token")
    return form["token"]


def _body(exchange: Exchange, grant: Grant | None) -> dict[str, object] | None:
    """The documented members of an active token's answer; their order is unconfirmed."""
    tenant = exchange.tenant
    persona = tenant.personas.get(grant.persona_id) if grant else None
    if grant is None or persona is None or grant.expires <= tenant.clock.timestamp():
        return None
    if grant.server != exchange.server.name:
        return None
    return {
        "active": True,
        "scope": " ".join(grant.scopes),
        "username": persona.login,
        "exp": grant.expires,
        "sub": persona.login,
        "iss": exchange.server.issuer(exchange.org),
        "client_id": grant.client_id,
        "uid": exchange.person(persona).user_id,
        "token_type": "Bearer",
    }
