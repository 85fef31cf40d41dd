"""Okta's tokens: claims and their order, as captured between 2020 and 2026."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from mock_idp.keys import KeyRing, SigningKey
from mock_idp.personalities.oidc_base import (
    AccessTokenDraft,
    Beside,
    Issued,
    Login,
    left_half_hash,
    present,
    random_base64url,
)

TOKEN_LIFETIME = 3600


@dataclass(frozen=True)
class AudienceOf:
    """Who issues access tokens for whom; without an audience it is the org server, for itself."""

    issuer: str
    audience: str | None


def id_token(
    issuer: str, org_id: str, login: Login, key: SigningKey, *, beside: Beside, groups: dict[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Header and claims of the ID token. It is dated now, unlike Entra's.

    One that comes with an access token, or with the code for one, is thin: it carries e-mail and name but
    never email_verified, given_name, family_name or locale, which are at userinfo. One that comes alone is
    full (documented; where its further claims stand is unconfirmed).
    """
    person = login.person
    profile = "profile" in login.scopes
    claims: dict[str, object | None] = {
        "sub": person.user_id,
        "name": person.display_name if profile else None,
        "email": person.email if "email" in login.scopes else None,
        "ver": 1,
        "iss": issuer,
        "aud": login.client_id,
        "iat": login.now,
        "exp": login.now + TOKEN_LIFETIME,
        "jti": f"ID.{random_base64url(32)}",
        "amr": list(login.app.amr),
        "idp": login.idp or org_id,
        "nonce": login.nonce,
        "preferred_username": person.login if profile else None,
        "auth_time": login.auth_time,
        "at_hash": left_half_hash(beside.access_token) if beside.access_token else None,
        "c_hash": left_half_hash(beside.code) if beside.front_channel and beside.code else None,
    }
    alone = not beside.access_token and not beside.code
    further = userinfo(login) if alone else {}
    claims |= {name: value for name, value in further.items() if name not in claims}
    claims |= {**groups, **login.app.custom_claims}
    return _header(key.kid), present(claims)


def access_token(
    audience: AudienceOf,
    login: Login,
    keys: KeyRing,
    groups: dict[str, object],
    *,
    lifetime: int,
    refreshable: bool,
) -> AccessTokenDraft:
    """A JWT in both cases; tokens of the org server are opaque by contract.

    `sub` is the login name here and not the user id of the ID token; custom claims stand before it.
    """
    jti = f"AT.{random_base64url(32)}"
    if refreshable:
        jti += f".oar{secrets.token_hex(9)[:17]}"
    claims: dict[str, object] = {
        "ver": 1,
        "jti": jti,
        "iss": audience.issuer,
        "aud": audience.audience or audience.issuer,
        "iat": login.now,
        "exp": login.now + lifetime,
        "cid": login.client_id,
        "uid": login.person.user_id,
        "scp": list(login.scopes),
        "auth_time": login.auth_time,
        **groups,
        "sub": login.person.login,
    }
    # The captures of the org server show two kids in one response, the access token's not being in /keys.
    key = keys.foreign if audience.audience is None else keys.active
    return AccessTokenDraft(_header(key.kid), claims, key)


def token_response(issued: Issued) -> dict[str, object]:
    """Members in the order of every capture since 2020; optional ones are left out, not null."""
    body: dict[str, object | None] = {
        "token_type": "Bearer",
        "expires_in": issued.lifetime,
        "access_token": issued.access_token,
        "scope": " ".join(issued.scopes),
        "refresh_token": issued.refresh_token,
        "id_token": issued.id_token,
    }
    return present(body)


def userinfo(login: Login) -> dict[str, object]:
    """Claims by scope in the captured order; `updated_at` is a number.

    A directory profile has no date of change here, so `updated_at` is the time of sign-in.
    """
    person = login.person
    profile = "profile" in login.scopes
    email = "email" in login.scopes and person.email is not None
    claims: dict[str, object | None] = {
        "sub": person.user_id,
        "name": person.display_name if profile else None,
        "locale": "en-US" if profile else None,
        "email": person.email if email else None,
        "preferred_username": person.login if profile else None,
        "given_name": person.given_name if profile else None,
        "family_name": person.family_name if profile else None,
        "zoneinfo": "America/Los_Angeles" if profile else None,
        "updated_at": login.auth_time if profile else None,
        "email_verified": person.email_verified is not False if email else None,
    }
    return present(claims)


def _header(kid: str) -> dict[str, object]:
    return {"kid": kid, "alg": "RS256"}  # kid first and no typ since 2020
