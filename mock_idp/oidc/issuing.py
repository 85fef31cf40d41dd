"""From a redeemed grant to the token response: minting, the armed fault, the journal entry. No checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import Response

from mock_idp import forger
from mock_idp.apps import OidcApp
from mock_idp.clock import instant_ms
from mock_idp.faults.model import FaultCannotApplyError
from mock_idp.faults.oidc.drafts import IdTokenDraft
from mock_idp.keys import KeyRing, SigningKey
from mock_idp.oidc import id_token, jws
from mock_idp.oidc.exchange import Exchange, Grant, RefusedError
from mock_idp.oidc.grants import Grants
from mock_idp.personalities.oidc_base import Beside, Issued, Login
from mock_idp.personalities.oidc_problems import Problem
from mock_idp.personas import Persona, with_own_claims
from mock_idp.web import tenant_store

TOKEN_STAGES = ("token", "header", "signature", "after-signing")
"""The stages of faults in an ID token."""
REFRESH_TOKEN_LIFETIME = 90 * 24 * 3600
"""Seconds; both vendors' default is ninety days."""


def token_response(
    exchange: Exchange,
    grant: Grant,
    persona: Persona,
    login: Login,
    form: Mapping[str, str],
    *,
    refresh_token: str | bool,
) -> Response:
    """Issue the tokens of `grant` and answer with them. Raises RefusedError where the vendor cannot.

    `login` is the grant's, which `check_login` let pass. `refresh_token` is one to hand out again, True for a
    new one, False for none.
    """
    tenant, server = exchange.tenant, exchange.server
    refreshable = refresh_token is not False
    token, lifetime = _access_token(exchange, grant, login, refreshable=refreshable)
    id_token, detail = _id_token(exchange, grant, persona, login, Beside(access_token=token))
    issued = Issued(
        access_token=token,
        id_token=id_token,
        refresh_token=_refresh_token(exchange, grant, refresh_token, login.now),
        scopes=grant.scopes,
        lifetime=lifetime,
    )
    tenant.journal.record(
        "oidc.token_response",
        summary=f"Tokens were issued for {persona.id}.",
        attempt=grant.attempt,
        app=grant.app,
        persona=persona.id,
        detail={"scope": " ".join(grant.scopes), "refresh_token": refreshable, **detail},
    )
    return exchange.json(server.token_response(exchange.org, login, issued, form))


def front_channel(
    exchange: Exchange,
    grant: Grant,
    persona: Persona,
    login: Login,
    *,
    wanted: Sequence[str],
    code: str | None,
) -> tuple[Issued, dict[str, object]]:
    """What the browser carries of a response type's words (OIDC Core sections 3.2.2.5 and 3.3.2.5).

    Beside it the journal's detail of the ID token, empty where there is none.
    """
    token, lifetime = None, 0
    if "token" in wanted:
        token, lifetime = _access_token(exchange, grant, login, refreshable=False)
    id_token: str | None = None
    detail: dict[str, object] = {}
    if "id_token" in wanted:
        beside = Beside(access_token=token, code=code, front_channel=True)
        id_token, detail = _id_token(exchange, grant, persona, login, beside)
    return Issued(token, id_token, None, grant.scopes, lifetime, code), detail


def login_of(exchange: Exchange, grant: Grant, persona: Persona) -> Login:
    """The grant as a token's subject matter, now. Raises RefusedError when its application is gone."""
    app = exchange.tenant.oidc_app(grant.client_id)
    if app is None:
        raise RefusedError(Problem.UNKNOWN_CLIENT, client_id=grant.client_id)
    if grant.second_factor and app.amr == OidcApp.amr:
        app = replace(app, amr=exchange.tenant.personality.oidc.second_factor_amr)
    return grant.login(exchange.person(persona), app, exchange.tenant.clock.timestamp())


def check_login(exchange: Exchange, grant: Grant, login: Login, *, interactive: bool) -> None:
    """Raise RefusedError where the vendor issues no token for this login."""
    problem = exchange.server.token_problem(exchange.org, login, interactive=interactive)
    if problem is not None:
        claim = login.app.groups_claim.name if login.app.groups_claim else "groups"
        raise RefusedError(problem, claim=claim, **exchange.problem_details(grant, login.person))


def _access_token(exchange: Exchange, grant: Grant, login: Login, *, refreshable: bool) -> tuple[str, int]:
    """A fresh access token, which userinfo will know, and its lifetime in seconds."""
    lifetime = exchange.server.lifetime()
    keys = exchange.keys(login)
    token = jws.sign_access_token(
        exchange.server.access_token(exchange.org, login, keys, lifetime=lifetime, refreshable=refreshable)
    )
    Grants(exchange.tenant).keep_access_token(token, grant.until(login.now + lifetime))
    return token, lifetime


def _refresh_token(exchange: Exchange, grant: Grant, wanted: str | bool, now: int) -> str | None:
    if isinstance(wanted, str):
        return wanted
    if not wanted:
        return None
    fresh = exchange.server.new_refresh_token(exchange.org, grant.client_id)
    Grants(exchange.tenant).keep_refresh_token(fresh, grant.until(now + REFRESH_TOKEN_LIFETIME))
    return fresh


def _keys_of(base_url: str) -> KeyRing:
    """The keys of another provider. Raises LookupError."""
    return tenant_store().keys_of(base_url)


def _id_token(
    exchange: Exchange, grant: Grant, persona: Persona, login: Login, beside: Beside
) -> tuple[str | None, dict[str, object]]:
    """The ID token, and what the journal says about it: `sent`, and `control` where a fault changed it.

    Without the scope openid there is none, and the journal's detail is empty.
    """
    if "openid" not in grant.scopes:
        return None, {}
    keys = exchange.keys(login)

    def parts(key: SigningKey) -> tuple[dict[str, object], dict[str, object]]:
        header, claims = exchange.server.id_token(exchange.org, login, key, beside)
        named = exchange.tenant.settings.key_id
        return {**header, "kid": named} if named else header, with_own_claims(claims, persona)

    draft = IdTokenDraft(
        *parts(keys.active),
        keys=keys,
        now=login.now,
        retired_header=lambda: parts(keys.retired)[0],
        access_token=beside.access_token or "",
        forger_url=forger.url(exchange.tenant),
        keys_of=_keys_of,
    )
    armed = exchange.fault(grant.attempt, *TOKEN_STAGES)
    detail: dict[str, object] = {}
    if armed is not None:
        faulty, control = draft.copy(), id_token.shown(draft)
        try:
            changed = armed.apply(faulty, at=instant_ms(exchange.tenant.clock.now()))
        except FaultCannotApplyError as error:
            detail = {"fault": armed.fault.name, "not_applied": str(error)}
        else:
            draft = faulty
            detail = {"fault": armed.fault.name, "changed": changed, "control": control}
    return id_token.mint(draft), {"sent": id_token.shown(draft), **detail}
