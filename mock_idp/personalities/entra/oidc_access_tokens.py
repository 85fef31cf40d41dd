"""Entra's access tokens. The resource decides the format, not the endpoint that issued the token."""

from __future__ import annotations

import hashlib

from mock_idp.keys import KeyRing, SigningKey
from mock_idp.personalities.entra.oidc_tokens import (
    BACK_DATED,
    GRAPH,
    listed_scopes,
    pairwise,
    ticket_prefix,
    token_tenant,
    unique_name,
)
from mock_idp.personalities.oidc_base import (
    AccessTokenDraft,
    Login,
    Org,
    base64url,
    present,
    random_base64url,
)

DEFAULT_USER_ROLE = "b79fbf4d-3ef9-4689-8143-76b194e85509"
"""Every member of a tenant has this role in the claim `wids`."""
TENANT_CREATED = 1_544_574_363
"""When the tenant was created, for `xms_tcdt`; epoch seconds."""


def own_api_scopes(client_id: str, scopes: tuple[str, ...]) -> tuple[str, ...]:
    """The scopes that address the application's own API, without the address."""
    starts = (f"api://{client_id}/", f"{client_id}/")
    return tuple(scope.removeprefix(start) for scope in scopes for start in starts if scope.startswith(start))


def access_token(org: Org, login: Login, keys: KeyRing, *, lifetime: int) -> AccessTokenDraft:
    """A token for the application's own API where such a scope was granted, else one for Graph."""
    own = own_api_scopes(login.client_id, login.scopes)
    if not own:
        return _for_graph(org, login, keys.active, lifetime)
    if login.app.access_token_version == 1:
        audience = f"api://{login.client_id}"
        claims = _v1_claims(org, login, audience, " ".join(own), lifetime)
        return AccessTokenDraft(_v1_header(keys.active), claims, keys.active)
    header: dict[str, object] = {"typ": "JWT", "alg": "RS256", "kid": keys.active.kid}
    return AccessTokenDraft(header, _v2_claims(org, login, " ".join(own), lifetime), keys.active)


def _for_graph(org: Org, login: Login, key: SigningKey, lifetime: int) -> AccessTokenDraft:
    """A v1.0 token whose header carries a nonce; the signature covers that nonce's SHA-256 in its place.

    Nobody but the resource can verify it, although the kid is published."""
    nonce = random_base64url(32)
    header: dict[str, object] = {
        "typ": "JWT",
        "nonce": nonce,
        "alg": "RS256",
        "x5t": key.kid,
        "kid": key.kid,
    }
    scopes = listed_scopes(login, login.scopes)
    covered = {**header, "nonce": base64url(hashlib.sha256(nonce.encode("ascii")).digest())}
    claims = _graph_claims(org, login, scopes, lifetime)
    return AccessTokenDraft(header, claims, key, signed_header=covered)


def _graph_claims(org: Org, login: Login, scopes: str, lifetime: int) -> dict[str, object]:
    """The claims of Graph's own tokens and those that the application's settings add, by alphabet.

    Clients must not look into them (documented). Follows the capture entra-idtoken-claims-6."""
    claims = _v1_claims(org, login, GRAPH, scopes, lifetime)
    person = login.person
    further: dict[str, object] = {
        "aio": random_base64url(39),
        "app_displayname": login.app.name,
        "platf": "3",
        "puid": hashlib.sha256(person.user_id.encode()).hexdigest()[:16].upper(),
        "signin_state": ["kmsi"],
        "wids": [DEFAULT_USER_ROLE],
        "xms_st": {"sub": pairwise(token_tenant(org, login), login.client_id, person.user_id)},
        "xms_tcdt": TENANT_CREATED,
        **login.app.access_token_claims,
    }
    first = ("aud", "iss", "iat", "nbf", "exp")
    rest = {name: claim for name, claim in claims.items() if name not in first} | further
    return {name: claims[name] for name in first} | {name: rest[name] for name in sorted(rest)}


def _v1_header(key: SigningKey) -> dict[str, object]:
    return {"typ": "JWT", "alg": "RS256", "x5t": key.kid, "kid": key.kid}


def _v1_claims(org: Org, login: Login, audience: str, scopes: str, lifetime: int) -> dict[str, object]:
    person, tenant_id = login.person, token_tenant(org, login)
    claims: dict[str, object | None] = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant_id}/",
        **_times(login, lifetime),
        "acct": int(person.guest),
        "acr": "1",
        "amr": list(login.app.amr),
        "appid": login.client_id,
        "appidacr": "0" if login.app.is_public else "1",
        "family_name": person.family_name,
        "given_name": person.given_name,
        "idtyp": "user",
        "ipaddr": "127.0.0.1",
        "name": person.display_name,
        "oid": person.user_id,
        "rh": f"0.{ticket_prefix(tenant_id, login.client_id)}.",
        "scp": scopes,
        "sub": pairwise(tenant_id, audience, person.user_id),
        "tid": tenant_id,
        "unique_name": unique_name(login),
        "upn": None if person.guest else person.login,
        "uti": random_base64url(16),
        "ver": "1.0",
    }
    return present(claims)


def _v2_claims(org: Org, login: Login, scopes: str, lifetime: int) -> dict[str, object]:
    """The documented claims of the newer format, in the alphabetical order of Entra's other tokens."""
    person, tenant_id = login.person, token_tenant(org, login)
    return {
        "aud": login.client_id,
        "iss": f"{org.base_url}/{tenant_id}/v2.0",
        **_times(login, lifetime),
        "azp": login.client_id,
        "azpacr": "0" if login.app.is_public else "1",
        "name": person.display_name,
        "oid": person.user_id,
        "preferred_username": person.login,
        "rh": f"0.{ticket_prefix(tenant_id, login.client_id)}.",
        "scp": scopes,
        "sub": pairwise(tenant_id, login.client_id, person.user_id),
        "tid": tenant_id,
        "uti": random_base64url(16),
        "ver": "2.0",
    }


def _times(login: Login, lifetime: int) -> dict[str, object]:
    start = login.now - BACK_DATED
    return {"iat": start, "nbf": start, "exp": login.now + lifetime}
