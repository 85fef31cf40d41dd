"""Keycloak's OpenID Connect: URLs below the realm, token and discovery shapes, and its words for errors.

The order of members follows discovery documents and tokens of version 26 that are published in many
repositories; where only memory stands behind it, MEM says so.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from mock_idp.apps import OidcApp
from mock_idp.keys import KeyRing, SigningKey, base64url_uint
from mock_idp.personalities.generic.oidc import StandardServer, claims_of
from mock_idp.personalities.keycloak import oidc_metadata as metadata
from mock_idp.personalities.keycloak.oidc_errors import TEXTS
from mock_idp.personalities.oidc_base import (
    AccessTokenDraft,
    Beside,
    Endpoint,
    Issued,
    Login,
    Org,
    left_half_hash,
    present,
    random_base64url,
)
from mock_idp.personalities.oidc_problems import ErrorText, Problem
from mock_idp.personalities.oidc_profile import OidcProfile
from mock_idp.personalities.place import stable_guid

ID_TOKEN_LIFETIME = 300
REFRESH_TOKEN_LIFETIME = 1800
PROTOCOL = "/protocol/openid-connect"


@dataclass(frozen=True)
class KeycloakServer(StandardServer):
    """The one server of a realm."""

    name: str = "realm"
    vendor: str = "keycloak"
    root: str = "/realms/<authority>"
    paths: Mapping[Endpoint, str] = field(
        default_factory=lambda: {
            Endpoint.DISCOVERY: "/.well-known/openid-configuration",
            Endpoint.KEYS: f"{PROTOCOL}/certs",
            Endpoint.AUTHORIZE: f"{PROTOCOL}/auth",
            Endpoint.TOKEN: f"{PROTOCOL}/token",
            Endpoint.USERINFO: f"{PROTOCOL}/userinfo",
            Endpoint.LOGOUT: f"{PROTOCOL}/logout",
            Endpoint.INTROSPECT: f"{PROTOCOL}/token/introspect",
            Endpoint.REVOKE: f"{PROTOCOL}/revoke",
            Endpoint.DEVICE: f"{PROTOCOL}/auth/device",
            Endpoint.CHECK_SESSION: f"{PROTOCOL}/login-status-iframe.html",
            Endpoint.REGISTRATION: "/clients-registrations/openid-connect",
        }
    )
    scopes: tuple[str, ...] = metadata.SCOPES
    token_lifetime: int = ID_TOKEN_LIFETIME
    strict_logout: bool = False

    def root_at(self, org: Org) -> str:
        """The realm is named like the tenant."""
        return f"/realms/{org.tenant}"

    def address_problem(self, org: Org, endpoint: Endpoint, app: OidcApp | None = None) -> Problem | None:
        """There is one realm."""
        del endpoint, app
        return None if org.authority in ("", org.tenant) else Problem.UNKNOWN_TENANT

    def discovery(self, org: Org) -> dict[str, object]:
        """The members of version 26 in its order."""
        return metadata.document(self.issuer(org), {each: self.url(each, org) for each in self.paths})

    def jwk(self, key: SigningKey, org: Org) -> dict[str, object]:
        """The realm's key with its certificate; the order of members is MEM."""
        del org
        numbers = key.private_key.public_key().public_numbers()
        return {
            "kid": key.kid,
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "x5c": [key.token_certificate.one_line],
            "x5t": key.token_certificate.sha1_thumbprint,
            "n": base64url_uint(numbers.n),
            "e": base64url_uint(numbers.e),
        }

    def new_code(self, org: Org, client_id: str) -> str:
        """Three GUIDs with dots between: code, session and client."""
        return f"{uuid.uuid4()}.{uuid.uuid4()}.{stable_guid(org.directory_id, client_id)}"

    def access_token(
        self, org: Org, login: Login, keys: KeyRing, *, lifetime: int, refreshable: bool
    ) -> AccessTokenDraft:
        """A bearer token for the audience `account`, with the realm's roles."""
        del refreshable
        claims = {
            "exp": login.now + lifetime,
            "iat": login.now,
            "auth_time": login.auth_time,
            "jti": str(uuid.uuid4()),
            "iss": self.issuer(org),
            "aud": "account",
            "sub": login.person.user_id,
            "typ": "Bearer",
            "azp": login.client_id,
            "sid": _session(org, login),
            "acr": "1",
            "realm_access": {"roles": _roles(org, login)},
            "scope": " ".join(login.scopes),
            **claims_of(login),
        }
        return AccessTokenDraft(_header(keys.active), present(claims), keys.active)

    def id_token(
        self, org: Org, login: Login, key: SigningKey, beside: Beside
    ) -> tuple[dict[str, object], dict[str, object]]:
        """Times first, then who and for whom, then the claims of the scopes."""
        claims: dict[str, object | None] = {
            "exp": login.now + ID_TOKEN_LIFETIME,
            "iat": login.now,
            "auth_time": login.auth_time,
            "jti": str(uuid.uuid4()),
            "iss": self.issuer(org),
            "aud": login.client_id,
            "sub": login.person.user_id,
            "typ": "ID",
            "azp": login.client_id,
            "nonce": login.nonce,
            "sid": _session(org, login),
            "at_hash": left_half_hash(beside.access_token) if beside.access_token else None,
            "c_hash": left_half_hash(beside.code) if beside.front_channel and beside.code else None,
            "acr": "1",
            **claims_of(login),
            **login.app.custom_claims,
        }
        return _header(key), present(claims)

    def token_response(
        self, org: Org, login: Login, issued: Issued, asked: Mapping[str, str]
    ) -> dict[str, object]:
        """The realm's policy of not-before rides along, and the session."""
        del asked
        return present(
            {
                "access_token": issued.access_token,
                "expires_in": issued.lifetime,
                "refresh_expires_in": REFRESH_TOKEN_LIFETIME if issued.refresh_token else 0,
                "refresh_token": issued.refresh_token,
                "token_type": "Bearer",
                "id_token": issued.id_token,
                "not-before-policy": 0,
                "session_state": _session(org, login),
                "scope": " ".join(issued.scopes),
            }
        )

    def success_parameters(self, issued: Issued, state: str | None, session_id: str) -> list[tuple[str, str]]:
        """`state` and `session_state` before the code; the `iss` of RFC 9207 is left out here."""
        parameters = {
            "state": state,
            "session_state": session_id,
            "code": issued.code,
            "id_token": issued.id_token,
        }
        return list(present(parameters).items())

    def describe(self, problem: Problem, details: Mapping[str, str]) -> ErrorText:
        """Keycloak's words where they are known (MEM), else the standard's code."""
        return TEXTS.get(problem) or super().describe(problem, details)

    def new_refresh_token(self, org: Org, client_id: str) -> str:
        """Opaque here; Keycloak's is a JWT that only it can read."""
        del org, client_id
        return random_base64url(64)


def _header(key: SigningKey) -> dict[str, object]:
    return {"alg": "RS256", "typ": "JWT", "kid": key.kid}


def _session(org: Org, login: Login) -> str:
    return stable_guid(org.directory_id, login.session_id, login.person.user_id)


def _roles(org: Org, login: Login) -> list[str]:
    return [f"default-roles-{org.tenant}", "offline_access", "uma_authorization", *login.person.groups]


PROFILE = OidcProfile(servers=(KeycloakServer(),))
