"""Entra's tokens: claims and their order as captured, for the v2.0 and the v1.0 endpoint."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from uuid import UUID

from mock_idp.keys import SigningKey
from mock_idp.personalities.oidc_base import AccessTokenDraft, Issued, Login, base64url

BACK_DATED = 300
"""Seconds by which iat and nbf lie in the past (measured: Date header minus iat)."""
ID_TOKEN_SPAN = 3900
"""Seconds from iat to exp, so that an ID token lives sixty minutes from now."""
GRAPH = "00000003-0000-0000-c000-000000000000"
"""Application id of Microsoft Graph, the audience of access tokens unless another resource is asked for."""


def id_token_v2(
    issuer: str, tenant_id: str, login: Login, key: SigningKey
) -> tuple[dict[str, object], dict[str, object]]:
    """aud, iss, iat, nbf, exp, then the rest by alphabet.

    `email` needs the scope and a mail attribute; oid, name and preferred_username need the scope `profile`;
    there is never an email_verified.
    """
    person = login.person
    profile = "profile" in login.scopes
    rest: dict[str, object | None] = {
        "email": person.email if "email" in login.scopes else None,
        "name": person.display_name if profile else None,
        "nonce": login.nonce,
        "oid": person.user_id if profile else None,
        "preferred_username": person.login if profile else None,
        "rh": f"0.{ticket_prefix(tenant_id, login.client_id)}.",
        "sub": pairwise(tenant_id, login.client_id, person.user_id),
        "tid": tenant_id,
        "uti": secrets.token_urlsafe(16),
        "ver": "2.0",
    }
    header: dict[str, object] = {"typ": "JWT", "alg": "RS256", "kid": key.kid}
    return header, {**_envelope(issuer, login), **_present(rest)}


def id_token_v1(
    issuer: str, tenant_id: str, login: Login, key: SigningKey
) -> tuple[dict[str, object], dict[str, object]]:
    """The older claims, among them upn and unique_name.

    pwd_exp and pwd_url of the captures are left out: they announce a password that expires soon.
    """
    person = login.person
    rest: dict[str, object | None] = {
        "amr": ["pwd"],
        "family_name": person.family_name,
        "given_name": person.given_name,
        "ipaddr": "127.0.0.1",
        "name": person.display_name,
        "nonce": login.nonce,
        "oid": person.user_id,
        "sub": pairwise(tenant_id, login.client_id, person.user_id),
        "tid": tenant_id,
        "unique_name": person.login,
        "upn": person.login,
        "ver": "1.0",
    }
    header: dict[str, object] = {"typ": "JWT", "alg": "RS256", "x5t": key.kid, "kid": key.kid}
    return header, {**_envelope(issuer, login), **_present(rest)}


def access_token(tenant_id: str, login: Login, key: SigningKey, *, lifetime: int) -> AccessTokenDraft:
    """A token for Graph: a v1.0 token from either endpoint, since the resource decides the format.

    Its header carries a nonce, and the signature covers the SHA-256 of that nonce in its place: nobody but
    the resource can verify it, although the kid is published.
    """
    person = login.person
    nonce = secrets.token_urlsafe(32)
    header: dict[str, object] = {
        "typ": "JWT",
        "nonce": nonce,
        "alg": "RS256",
        "x5t": key.kid,
        "kid": key.kid,
    }
    start = login.now - BACK_DATED
    claims: dict[str, object | None] = {
        "aud": GRAPH,
        "iss": f"https://sts.windows.net/{tenant_id}/",
        "iat": start,
        "nbf": start,
        "exp": login.now + lifetime,
        "acct": 0,
        "acr": "1",
        "amr": ["pwd"],
        "appid": login.client_id,
        "appidacr": "1",
        "family_name": person.family_name,
        "given_name": person.given_name,
        "idtyp": "user",
        "ipaddr": "127.0.0.1",
        "name": person.display_name,
        "oid": person.user_id,
        "rh": f"0.{ticket_prefix(tenant_id, login.client_id)}.",
        "scp": " ".join(resource_scopes(login.scopes)),
        "sub": pairwise(tenant_id, GRAPH, person.user_id),
        "tid": tenant_id,
        "unique_name": person.login,
        "upn": person.login,
        "uti": secrets.token_urlsafe(16),
        "ver": "1.0",
    }
    covered = {**header, "nonce": base64url(hashlib.sha256(nonce.encode("ascii")).digest())}
    return AccessTokenDraft(header, _present(claims), key, signed_header=covered)


def token_response_v2(
    tenant_id: str, login: Login, issued: Issued, asked: Mapping[str, str]
) -> dict[str, object]:
    """Captured member order; numbers are numbers; client_info only when it was asked for."""
    client_info = None
    if asked.get("client_info") == "1":
        identity = {"uid": login.person.user_id, "utid": tenant_id}
        client_info = base64url(json.dumps(identity, separators=(",", ":")).encode())
    return _present(
        {
            "token_type": "Bearer",
            "scope": " ".join(resource_scopes(issued.scopes)),
            "expires_in": issued.lifetime,
            "ext_expires_in": issued.lifetime,
            "access_token": issued.access_token,
            "refresh_token": issued.refresh_token,
            "id_token": issued.id_token,
            "client_info": client_info,
        }
    )


def token_response_v1(
    tenant_id: str, login: Login, issued: Issued, asked: Mapping[str, str]
) -> dict[str, object]:
    """The older response: times are strings, and it names the resource."""
    del tenant_id
    return _present(
        {
            "token_type": "Bearer",
            "scope": " ".join(resource_scopes(issued.scopes)),
            "expires_in": str(issued.lifetime),
            "ext_expires_in": str(issued.lifetime),
            "expires_on": str(login.now + issued.lifetime),
            "not_before": str(login.now - BACK_DATED),
            "resource": asked.get("resource", GRAPH),
            "access_token": issued.access_token,
            "refresh_token": issued.refresh_token,
            "id_token": issued.id_token,
        }
    )


def userinfo(tenant_id: str, login: Login) -> dict[str, object]:
    """Documented members; the exact bytes of Graph's answer are not confirmed."""
    person = login.person
    profile = "profile" in login.scopes
    return _present(
        {
            "sub": pairwise(tenant_id, login.client_id, person.user_id),
            "name": person.display_name if profile else None,
            "family_name": person.family_name if profile else None,
            "given_name": person.given_name if profile else None,
            "picture": "https://graph.microsoft.com/v1.0/me/photo/$value" if profile else None,
            "email": person.email if "email" in login.scopes else None,
        }
    )


def resource_scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """What the response calls `scope`: Graph's own come with every login, offline_access is never listed."""
    listed = tuple(scope for scope in scopes if scope != "offline_access")
    return listed if "User.Read" in listed else ("User.Read", *listed)


def pairwise(tenant_id: str, client_id: str, object_id: str) -> str:
    """The subject of one person at one application: 43 base64url characters, stable."""
    return base64url(hashlib.sha256(f"{tenant_id}|{client_id}|{object_id}".encode()).digest())


def ticket_prefix(tenant_id: str, client_id: str) -> str:
    """What in `rh`, codes and refresh tokens names tenant and application, decoded from a capture."""
    try:
        application = UUID(client_id).bytes_le
    except ValueError:
        application = hashlib.sha256(client_id.encode()).digest()[
            :16
        ]  # a client id given by hand need not be a GUID
    return base64url(b"\x01\x81\x00" + UUID(tenant_id).bytes_le + application + b"\x81\x00\xcc")


def _envelope(issuer: str, login: Login) -> dict[str, object]:
    start = login.now - BACK_DATED
    return {"aud": login.client_id, "iss": issuer, "iat": start, "nbf": start, "exp": start + ID_TOKEN_SPAN}


def _present(members: Mapping[str, object | None]) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}
