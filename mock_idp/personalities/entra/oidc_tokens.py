"""Entra's tokens: claims and their order as captured, for the v2.0 and the v1.0 endpoint."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from uuid import UUID

from mock_idp.compact import compact_ascii
from mock_idp.keys import SigningKey
from mock_idp.personalities.entra.oidc_groups import group_claims
from mock_idp.personalities.entra.oidc_optional import optional_claims
from mock_idp.personalities.oidc_base import (
    Beside,
    Issued,
    Login,
    Org,
    base64url,
    left_half_hash,
    present,
    random_base64url,
)
from mock_idp.personalities.place import stable_guid

BACK_DATED = 300
"""Seconds by which iat and nbf lie in the past (measured: Date header minus iat)."""
ID_TOKEN_SPAN = 3900
"""Seconds from iat to exp, so that an ID token lives sixty minutes from now."""
GRAPH = "00000003-0000-0000-c000-000000000000"
"""Application id of Microsoft Graph, the audience of access tokens unless another resource is asked for."""
CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of personal Microsoft accounts."""


def id_token_v2(
    issuer: str, org: Org, login: Login, key: SigningKey, beside: Beside
) -> tuple[dict[str, object], dict[str, object]]:
    """aud, iss, iat, nbf, exp, then the rest by alphabet.

    `email` needs the scope and a mail attribute, or comes for a guest; oid, name and preferred_username need
    the scope `profile`; there is never an email_verified.
    """
    person, tenant_id = login.person, token_tenant(org, login)
    profile = "profile" in login.scopes
    rest: dict[str, object | None] = {
        "email": person.email if "email" in login.scopes or person.guest else None,
        "idp": identity_provider(org, login),
        "name": person.display_name if profile else None,
        "nonce": login.nonce,
        "oid": person.user_id if profile else None,
        "preferred_username": person.login if profile else None,
        "rh": f"0.{ticket_prefix(tenant_id, login.client_id)}.",
        "sub": pairwise(tenant_id, login.client_id, person.user_id),
        "tid": tenant_id,
        "uti": random_base64url(16),
        "ver": "2.0",
        **_common(org, login, beside),
    }
    header: dict[str, object] = {"typ": "JWT", "alg": "RS256", "kid": key.kid}
    return header, {**envelope(issuer, login), **_by_alphabet(rest)}


def id_token_v1(
    issuer: str, org: Org, login: Login, key: SigningKey, beside: Beside
) -> tuple[dict[str, object], dict[str, object]]:
    """The older claims, among them upn and unique_name; a guest has no upn but an e-mail.

    pwd_exp and pwd_url announce a password that expires soon, and are optional claims here.
    """
    person, tenant_id = login.person, token_tenant(org, login)
    rest: dict[str, object | None] = {
        "amr": list(login.app.amr),
        "email": person.email if person.guest else None,
        "family_name": person.family_name,
        "given_name": person.given_name,
        "idp": identity_provider(org, login),
        "ipaddr": "127.0.0.1",
        "name": person.display_name,
        "nonce": login.nonce,
        "oid": person.user_id,
        "sub": pairwise(tenant_id, login.client_id, person.user_id),
        "tid": tenant_id,
        "unique_name": unique_name(login),
        "upn": None if person.guest else person.login,
        "ver": "1.0",
        **_common(org, login, beside),
    }
    header: dict[str, object] = {"typ": "JWT", "alg": "RS256", "x5t": key.kid, "kid": key.kid}
    return header, {**envelope(issuer, login), **_by_alphabet(rest)}


def _common(org: Org, login: Login, beside: Beside) -> dict[str, object | None]:
    """Hashes (only in tokens that the browser carries, as captured), groups, optional and custom claims."""
    front = beside.front_channel
    return {
        "at_hash": left_half_hash(beside.access_token) if front and beside.access_token else None,
        "c_hash": left_half_hash(beside.code) if front and beside.code else None,
        **group_claims(token_tenant(org, login), login, implicit=front),
        **optional_claims(login, org.tenant),
        **login.app.custom_claims,
    }


def token_tenant(org: Org, login: Login) -> str:
    """The tenant that a token is about: that of the account, except that a guest acts in this one."""
    return login.person.home_tenant_id if login.person.is_foreign else org.directory_id


def identity_provider(org: Org, login: Login) -> str | None:
    """The claim `idp`, which only guests have: the home tenant's issuer, or the word for other accounts."""
    person = login.person
    if not person.guest:
        return None
    if person.identity_provider != "entra":
        return person.identity_provider
    home = person.home_tenant_id or stable_guid("entra", person.login.rpartition("@")[2])
    return f"https://sts.windows.net/{home}/"


def unique_name(login: Login) -> str:
    """v1.0: the login, with the provider before it for guests without an Entra account (`mail#…`)."""
    person = login.person
    foreign_kind = person.guest and person.identity_provider != "entra"
    return f"{person.identity_provider}#{person.login}" if foreign_kind else person.login


def token_response_v2(
    tenant_id: str, login: Login, issued: Issued, asked: Mapping[str, str]
) -> dict[str, object]:
    """Captured member order; numbers are numbers; client_info only when it was asked for."""
    client_info = None
    if asked.get("client_info") == "1":
        identity = {"uid": login.person.user_id, "utid": tenant_id}
        client_info = base64url(compact_ascii(identity).encode())
    return present(
        {
            "token_type": "Bearer",
            "scope": listed_scopes(login, issued.scopes),
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
    return present(
        {
            "token_type": "Bearer",
            "scope": listed_scopes(login, issued.scopes),
            "expires_in": str(issued.lifetime),
            "ext_expires_in": str(issued.lifetime),
            "expires_on": str(login.now + issued.lifetime),
            "not_before": str(login.now - BACK_DATED),
            "resource": asked.get("resource") or _resource(login),
            "access_token": issued.access_token,
            "refresh_token": issued.refresh_token,
            "id_token": issued.id_token,
        }
    )


def _resource(login: Login) -> str:
    """The API that the access token is for: the application's own, or Graph."""
    api = f"api://{login.client_id}"
    return (
        api if any(scope.startswith((f"{api}/", f"{login.client_id}/")) for scope in login.scopes) else GRAPH
    )


def userinfo(tenant_id: str, login: Login) -> dict[str, object]:
    """Documented members; the exact bytes of Graph's answer are not confirmed.

    For a personal Microsoft account it has been the subject alone (azure-docs#28317).
    """
    person = login.person
    profile = "profile" in login.scopes
    if person.home_tenant_id == CONSUMERS:
        return {"sub": pairwise(tenant_id, login.client_id, person.user_id)}
    return present(
        {
            "sub": pairwise(tenant_id, login.client_id, person.user_id),
            "name": person.display_name if profile else None,
            "family_name": person.family_name if profile else None,
            "given_name": person.given_name if profile else None,
            "picture": "https://graph.microsoft.com/v1.0/me/photo/$value" if profile else None,
            "email": person.email if "email" in login.scopes else None,
        }
    )


def listed_scopes(login: Login, scopes: tuple[str, ...]) -> str:
    """What responses and access tokens call `scope` or `scp`."""
    return " ".join(resource_scopes(scopes) if login.app.granted_scopes is None else login.app.granted_scopes)


def resource_scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """What the response calls `scope`: Graph's own come with every login, offline_access is never listed."""
    listed = tuple(scope for scope in scopes if scope != "offline_access")
    graph = "User.Read" in listed or any("/" in scope for scope in listed)
    return listed if graph else ("User.Read", *listed)


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


def envelope(issuer: str, login: Login) -> dict[str, object]:
    """The first five claims of an ID token."""
    start = login.now - BACK_DATED
    return {"aud": login.client_id, "iss": issuer, "iat": start, "nbf": start, "exp": start + ID_TOKEN_SPAN}


def _by_alphabet(members: Mapping[str, object | None]) -> dict[str, object]:
    return {name: members[name] for name in sorted(members) if members[name] is not None}
