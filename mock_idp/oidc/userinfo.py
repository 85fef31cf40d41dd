"""The userinfo endpoint (OIDC Core section 5.3): GET or POST with a bearer token."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response
from werkzeug.datastructures import Authorization

from mock_idp.oidc.exchange import Exchange
from mock_idp.oidc.grants import Grants
from mock_idp.oidc.issuing import login_of
from mock_idp.personas import with_own_claims


def userinfo(exchange: Exchange, form: Mapping[str, str], header: Authorization | None) -> Response:
    """The claims of the token's person, or the vendor's refusal of the token."""
    token = header.token if header is not None and header.type == "bearer" else form.get("access_token")
    tenant = exchange.tenant
    grant = Grants(tenant).access_token(token or "")
    persona = tenant.personas.get(grant.persona_id) if grant else None
    valid = grant is not None and persona is not None and grant.expires > tenant.clock.timestamp()
    here = grant is not None and grant.server == exchange.server.name and tenant.oidc_app(grant.client_id)
    if grant is None or persona is None or not valid or not here:
        return _refused(exchange, grant.attempt if grant else None, missing_scope=False)
    if not exchange.server.is_for_userinfo(login_of(exchange, grant, persona)):
        return _refused(exchange, grant.attempt, missing_scope=False)
    if not {"openid", "profile", "email", "address", "phone"} & set(grant.scopes):
        return _refused(exchange, grant.attempt, missing_scope=True)
    claims = with_own_claims(
        exchange.server.userinfo(exchange.org, login_of(exchange, grant, persona)), persona
    )
    tenant.journal.record(
        "oidc.userinfo",
        summary=f"The claims of {persona.id} were read.",
        attempt=grant.attempt,
        app=grant.app,
        persona=persona.id,
        detail={"claims": claims},
    )
    return exchange.json(claims)


def _refused(exchange: Exchange, attempt: str | None, *, missing_scope: bool) -> Response:
    status, headers, body = exchange.server.invalid_bearer(missing_scope=missing_scope)
    reason = "lacks the scopes" if missing_scope else "is not valid here"
    exchange.tenant.journal.record(
        "oidc.refused", summary=f"Userinfo was refused: the access token {reason}.", attempt=attempt
    )
    usual = exchange.headers()
    usual.update(headers)
    return Response(body, status, usual)
