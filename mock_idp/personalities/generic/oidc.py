"""An OpenID Provider as OpenID Connect Core and Discovery 1.0, RFC 6749 and RFC 7636 describe it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlencode

from mock_idp.apps import OidcApp
from mock_idp.keys import KeyRing, SigningKey, base64url_uint
from mock_idp.personalities.generic import oidc_errors
from mock_idp.personalities.oidc_base import (
    AccessTokenDraft,
    Beside,
    Endpoint,
    Issued,
    Login,
    Org,
    Parameters,
    Trace,
    left_half_hash,
    present,
    random_base64url,
)
from mock_idp.personalities.oidc_problems import ErrorText, Problem
from mock_idp.personalities.oidc_profile import OidcProfile
from mock_idp.tenant_settings import TenantSettings

SCOPES = ("openid", "profile", "email", "groups", "offline_access")
PROMPTS = frozenset({"none", "login", "consent", "select_account", "create"})
"""OpenID Connect Core section 3.1.2.1, and Initiating User Registration 1.0."""
LIFETIME = 3600
HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"}


@dataclass(frozen=True)
class StandardServer:
    """A server below `root`. What another standard IdP does otherwise, it overrides."""

    name: str = "default"
    vendor: str = "generic"
    root: str = "/op"
    paths: Mapping[Endpoint, str] = field(
        default_factory=lambda: {
            Endpoint.DISCOVERY: "/.well-known/openid-configuration",
            Endpoint.KEYS: "/jwks",
            Endpoint.AUTHORIZE: "/authorize",
            Endpoint.TOKEN: "/token",
            Endpoint.USERINFO: "/userinfo",
            Endpoint.LOGOUT: "/logout",
            Endpoint.INTROSPECT: "/introspect",
            Endpoint.REVOKE: "/revoke",
        }
    )
    scopes: tuple[str, ...] = SCOPES
    code_lifetime: int = 60
    token_lifetime: int = LIFETIME
    response_modes: tuple[str, ...] = ("query", "fragment", "form_post")
    pkce_methods: tuple[str, ...] = ("plain", "S256")
    prompts: frozenset[str] = PROMPTS
    rotates_refresh_tokens: bool = True
    requires_state: bool = False
    page_problems: frozenset[Problem] = frozenset()
    refusal_tail: str = ""
    strict_logout: bool = True
    instance_metadata: Mapping[str, object] = field(default_factory=dict)

    def as_set(self, settings: TenantSettings) -> Self:
        """The same: the standards know no earlier wire."""
        del settings
        return self

    def root_at(self, org: Org) -> str:
        """The path of the issuer below the tenant's base URL; one without what varies by tenant here."""
        del org
        return self.root

    @property
    def routes(self) -> Mapping[Endpoint, str]:
        """Endpoint to path below the tenant's base URL."""
        return {endpoint: self.root + path for endpoint, path in self.paths.items()}

    def address_problem(self, org: Org, endpoint: Endpoint, app: OidcApp | None = None) -> Problem | None:
        """None: there is one address."""
        del org, endpoint, app
        return None

    def sign_in_problem(self, org: Org, login: Login) -> Problem | None:
        """A consent that was declined, where the tenant is set up so."""
        del login
        return Problem.CONSENT_DECLINED if org.settings.consent == "declined" else None

    def token_problem(self, org: Org, login: Login, *, interactive: bool) -> Problem | None:
        """None: what was granted stays granted."""
        del org, login, interactive
        return None

    def password_problem(self, org: Org) -> Problem | None:
        """None: a password is enough."""
        del org
        return None

    def scopes_of_resource(self, resource: str) -> tuple[str, ...]:
        """None: applications are the only audience."""
        del resource
        return ()

    def post_logout_uris(self, app: OidcApp) -> tuple[str, ...]:
        """The URIs registered for it (OpenID Connect RP-Initiated Logout section 3)."""
        return app.post_logout_redirect_uris

    def url(self, endpoint: Endpoint, org: Org) -> str:
        """Absolute URL of `endpoint` at `org`."""
        return org.base_url + self.root_at(org) + self.paths[endpoint]

    def issuer(self, org: Org) -> str:
        """The URL to which the discovery document's path is appended."""
        return org.base_url + self.root_at(org)

    def discovery(self, org: Org) -> dict[str, object]:
        """The members of OpenID Connect Discovery section 3 in its order, then those of later documents."""
        return {
            "issuer": self.issuer(org),
            "authorization_endpoint": self.url(Endpoint.AUTHORIZE, org),
            "token_endpoint": self.url(Endpoint.TOKEN, org),
            "userinfo_endpoint": self.url(Endpoint.USERINFO, org),
            "jwks_uri": self.url(Endpoint.KEYS, org),
            "scopes_supported": self.scopes,
            "response_types_supported": ("code", "id_token", "code id_token"),
            "response_modes_supported": self.response_modes,
            "grant_types_supported": ("authorization_code", "refresh_token"),
            "subject_types_supported": ("public",),
            "id_token_signing_alg_values_supported": ("RS256",),
            "token_endpoint_auth_methods_supported": ("client_secret_basic", "client_secret_post"),
            "claims_supported": ("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "name", "email"),
            "code_challenge_methods_supported": self.pkce_methods,
            "end_session_endpoint": self.url(Endpoint.LOGOUT, org),
            "introspection_endpoint": self.url(Endpoint.INTROSPECT, org),
            "revocation_endpoint": self.url(Endpoint.REVOKE, org),
        }

    def jwk(self, key: SigningKey, org: Org) -> dict[str, object]:
        """RFC 7517 section 4, then RFC 7518 section 6.3."""
        del org
        numbers = key.private_key.public_key().public_numbers()
        named: dict[str, object] = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": key.kid}
        return {**named, "n": base64url_uint(numbers.n), "e": base64url_uint(numbers.e)}

    def granted_scopes(self, requested: Sequence[str], app: OidcApp) -> tuple[str, ...]:
        """The scopes as they were asked for; `LookupError` names one that there is not."""
        del app
        for scope in requested:
            if scope not in self.scopes:
                raise LookupError(scope)
        return tuple(dict.fromkeys(requested))

    def new_code(self, org: Org, client_id: str) -> str:
        """43 base64url characters."""
        del org, client_id
        return random_base64url(32)

    def new_refresh_token(self, org: Org, client_id: str) -> str:
        """43 base64url characters."""
        del org, client_id
        return random_base64url(32)

    def lifetime(self) -> int:
        """Seconds, always the same."""
        return self.token_lifetime

    def access_token(
        self, org: Org, login: Login, keys: KeyRing, *, lifetime: int, refreshable: bool
    ) -> AccessTokenDraft:
        """A JWT as in RFC 9068."""
        del refreshable
        claims: dict[str, object] = {
            "iss": self.issuer(org),
            "sub": login.person.user_id,
            "aud": login.client_id,
            "exp": login.now + lifetime,
            "iat": login.now,
            "jti": random_base64url(16),
            "client_id": login.client_id,
            "scope": " ".join(login.scopes),
        }
        header: dict[str, object] = {"alg": "RS256", "typ": "at+jwt", "kid": keys.active.kid}
        return AccessTokenDraft(header, claims, keys.active)

    def id_token(
        self, org: Org, login: Login, key: SigningKey, beside: Beside
    ) -> tuple[dict[str, object], dict[str, object]]:
        """OpenID Connect Core section 2, and the claims of the scopes (section 5.4)."""
        claims: dict[str, object | None] = {
            "iss": self.issuer(org),
            "sub": login.person.user_id,
            "aud": login.client_id,
            "exp": login.now + LIFETIME,
            "iat": login.now,
            "auth_time": login.auth_time,
            "nonce": login.nonce,
            "at_hash": left_half_hash(beside.access_token) if beside.access_token else None,
            "c_hash": left_half_hash(beside.code) if beside.front_channel and beside.code else None,
            **claims_of(login),
            **login.app.custom_claims,
        }
        return {"alg": "RS256", "typ": "JWT", "kid": key.kid}, present(claims)

    def token_response(
        self, org: Org, login: Login, issued: Issued, asked: Mapping[str, str]
    ) -> dict[str, object]:
        """RFC 6749 section 5.1 and OpenID Connect Core section 3.1.3.3."""
        del org, login, asked
        return present(
            {
                "access_token": issued.access_token,
                "token_type": "Bearer",
                "expires_in": issued.lifetime,
                "refresh_token": issued.refresh_token,
                "id_token": issued.id_token,
                "scope": " ".join(issued.scopes),
            }
        )

    def userinfo(self, org: Org, login: Login) -> dict[str, object]:
        """OpenID Connect Core section 5.3.2."""
        del org
        return present({"sub": login.person.user_id, **claims_of(login)})

    def success_parameters(self, issued: Issued, state: str | None, session_id: str) -> list[tuple[str, str]]:
        """RFC 6749 section 4.1.2 and OpenID Connect Core section 3.3.2.5."""
        del session_id
        parameters = {"code": issued.code, "id_token": issued.id_token, "state": state}
        return list(present(parameters).items())

    def error_parameters(
        self, problem: Problem, details: Mapping[str, str], state: str | None, trace: Trace
    ) -> list[tuple[str, str]]:
        """RFC 6749 section 4.1.2.1."""
        del trace
        text = self.describe(problem, details)
        end = [("state", state)] if state is not None else []
        return [("error", text.error), ("error_description", text.text), *end]

    def encode(self, parameters: Parameters) -> str:
        """application/x-www-form-urlencoded."""
        return urlencode(parameters)

    def describe(self, problem: Problem, details: Mapping[str, str]) -> ErrorText:
        """The standard's code."""
        del details
        return oidc_errors.describe(problem)

    def error_body(self, problem: Problem, details: Mapping[str, str], trace: Trace) -> dict[str, object]:
        """RFC 6749 section 5.2."""
        del trace
        text = self.describe(problem, details)
        return {"error": text.error, "error_description": text.text}

    def headers(self, endpoint: Endpoint, trace: Trace, *, error_number: int | None = None) -> dict[str, str]:
        """JSON that is not cached."""
        del endpoint, trace, error_number
        return dict(HEADERS)

    def signer(self, login: Login) -> str:
        """The tenant's keys sign for everybody."""
        del login
        return ""

    def signers(self, org: Org) -> tuple[str, ...]:
        """The tenant's keys and no others."""
        del org
        return ("",)

    def front_channel_logout(self, org: Org, app: OidcApp, session_id: str) -> str | None:
        """The registered URL as it is (Front-Channel Logout 1.0 section 2; `iss` and `sid` are optional)."""
        del org, session_id
        return app.front_channel_logout_uri

    def cookies(self, endpoint: Endpoint, trace: Trace) -> tuple[str, ...]:
        """No cookies but the session's."""
        del endpoint, trace
        return ()

    def is_for_userinfo(self, login: Login) -> bool:
        """Every access token of this server is."""
        del login
        return True

    def invalid_bearer(self, *, missing_scope: bool) -> tuple[int, dict[str, str], str]:
        """RFC 6750 section 3."""
        status, error = (403, "insufficient_scope") if missing_scope else (401, "invalid_token")
        return status, {"WWW-Authenticate": f'Bearer error="{error}"'}, ""


def claims_of(login: Login) -> dict[str, object | None]:
    """What the scopes profile, email and groups give (OpenID Connect Core section 5.4)."""
    person = login.person
    profile, email = "profile" in login.scopes, "email" in login.scopes and person.email is not None
    return {
        "name": person.display_name if profile else None,
        "given_name": person.given_name if profile else None,
        "family_name": person.family_name if profile else None,
        "preferred_username": person.login if profile else None,
        "email": person.email if email else None,
        "email_verified": person.email_verified is not False if email else None,
        "groups": list(person.groups) if "groups" in login.scopes and person.groups else None,
    }


PROFILE = OidcProfile(servers=(StandardServer(),))
