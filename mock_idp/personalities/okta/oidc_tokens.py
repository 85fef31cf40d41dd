"""Okta's tokens: claims and their order, as captured between 2020 and 2026."""

from __future__ import annotations

import secrets

from mock_idp.keys import KeyRing, SigningKey
from mock_idp.personalities.oidc_base import AccessTokenDraft, Issued, Login, left_half_hash

TOKEN_LIFETIME = 3600


def id_token(
    issuer: str, org_id: str, login: Login, key: SigningKey, access_token: str
) -> tuple[dict[str, object], dict[str, object]]:
    """Header and claims of the thin ID token.

    An ID token that comes with an access token carries e-mail and name but never email_verified, given_name,
    family_name or locale: those are at userinfo. It is dated now, unlike Entra's.
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
        "jti": f"ID.{secrets.token_urlsafe(32)}",
        "amr": ["pwd"],
        "idp": org_id,
        "nonce": login.nonce,
        "preferred_username": person.login if profile else None,
        "auth_time": login.auth_time,
        "at_hash": left_half_hash(access_token),
    }
    return _header(key.kid), {name: value for name, value in claims.items() if value is not None}


def access_token(
    issuer: str, audience: str | None, login: Login, keys: KeyRing, *, lifetime: int, refreshable: bool
) -> AccessTokenDraft:
    """A JWT in both cases; `audience` None means the org server, whose tokens are opaque by contract.

    `sub` is the login name here and not the user id of the ID token.
    """
    jti = f"AT.{secrets.token_urlsafe(32)}"
    if refreshable:
        jti += f".oar{secrets.token_hex(9)[:17]}"
    claims: dict[str, object] = {
        "ver": 1,
        "jti": jti,
        "iss": issuer,
        "aud": audience or issuer,
        "iat": login.now,
        "exp": login.now + lifetime,
        "cid": login.client_id,
        "uid": login.person.user_id,
        "scp": list(login.scopes),
        "auth_time": login.auth_time,
        "sub": login.person.login,
    }
    # The captures of the org server show two kids in one response, the access token's not being in /keys.
    key = keys.foreign if audience is None else keys.active
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
    return {name: value for name, value in body.items() if value is not None}


def userinfo(login: Login) -> dict[str, object]:
    """Claims by scope in the captured order; `updated_at` is a number, groups only with scope `groups`.

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
        "groups": list(person.groups) if "groups" in login.scopes and person.groups else None,
    }
    return {name: value for name, value in claims.items() if value is not None}


def _header(kid: str) -> dict[str, object]:
    return {"kid": kid, "alg": "RS256"}  # kid first and no typ since 2020
