"""From a redeemed grant to the token response: minting, the armed fault, the journal entry. No checks."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace

from flask import Response

from mock_idp.clock import instant_ms
from mock_idp.faults.model import FaultCannotApplyError
from mock_idp.faults.oidc_drafts import IdTokenDraft
from mock_idp.oidc import id_token, jws
from mock_idp.oidc.exchange import Exchange, Grant
from mock_idp.oidc.grants import Grants
from mock_idp.personalities.oidc_base import Issued, Login
from mock_idp.personas import Persona

REFRESH_TOKEN_LIFETIME = 90 * 24 * 3600
"""Seconds; both vendors' default is ninety days."""


def token_response(
    exchange: Exchange, grant: Grant, persona: Persona, form: Mapping[str, str], *, refresh_token: str | bool
) -> Response:
    """Issue the tokens of `grant` and answer with them.

    `refresh_token` is one to hand out again, True for a new one, False for none.
    """
    tenant, server = exchange.tenant, exchange.server
    now = tenant.clock.timestamp()
    login = grant.login(exchange.person(persona), now)
    lifetime = server.lifetime()
    access_token = jws.sign_access_token(
        server.access_token(
            exchange.org, login, tenant.keys, lifetime=lifetime, refreshable=refresh_token is not False
        )
    )
    Grants(tenant).keep_access_token(access_token, replace(grant, expires=now + lifetime))
    token, detail = _id_token(exchange, grant, login, access_token)
    issued = Issued(
        access_token=access_token,
        id_token=token,
        refresh_token=_refresh_token(exchange, grant, refresh_token, now),
        scopes=grant.scopes,
        lifetime=lifetime,
    )
    tenant.journal.record(
        "oidc.token_response",
        summary=f"Tokens were issued for {persona.id}.",
        attempt=grant.attempt,
        app=grant.app,
        persona=persona.id,
        detail={"scope": " ".join(grant.scopes), "refresh_token": refresh_token is not False, **detail},
    )
    return exchange.json(server.token_response(exchange.org, login, issued, form))


def _refresh_token(exchange: Exchange, grant: Grant, wanted: str | bool, now: int) -> str | None:
    if isinstance(wanted, str):
        return wanted
    if not wanted:
        return None
    fresh = exchange.server.new_refresh_token(exchange.org, grant.client_id)
    Grants(exchange.tenant).keep_refresh_token(fresh, replace(grant, expires=now + REFRESH_TOKEN_LIFETIME))
    return fresh


def _id_token(
    exchange: Exchange, grant: Grant, login: Login, access_token: str
) -> tuple[str | None, dict[str, object]]:
    """The ID token, and what the journal says about it: `sent`, and `control` where a fault changed it.

    Without the scope openid there is none, and the journal's detail is empty.
    """
    if "openid" not in grant.scopes:
        return None, {}
    keys = exchange.tenant.keys
    draft = IdTokenDraft(*exchange.server.id_token(exchange.org, login, keys.active, access_token))
    control = id_token.as_text(draft)
    armed = exchange.fault(grant.attempt, envelope=False)
    detail: dict[str, object] = {}
    if armed is not None:
        faulty = deepcopy(draft)
        try:
            changed = armed.apply(faulty, at=instant_ms(exchange.tenant.clock.now()))
        except FaultCannotApplyError as error:
            detail = {"fault": armed.fault.name, "not_applied": str(error)}
        else:
            draft = faulty
            detail = {"fault": armed.fault.name, "changed": changed, "control": control}
    return id_token.mint(draft, keys), {"sent": id_token.as_text(draft), **detail}
