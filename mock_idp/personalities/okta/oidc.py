"""Okta's authorization servers: the org one and the custom `default` one, with URLs and discovery documents.

Fixed lists are in `oidc_metadata`, wording in `oidc_errors`, tokens in `oidc_tokens`. Facts without a mark
were seen in captured traffic or stand in Okta's documentation; MEM marks one that is remembered only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote_plus

from mock_idp.apps import OidcApp
from mock_idp.keys import KeyRing, SigningKey, base64url_uint
from mock_idp.personalities.oidc_base import (
    AccessTokenDraft,
    Beside,
    Endpoint,
    Issued,
    Login,
    Org,
    Parameters,
    Trace,
    present,
    random_base64url,
    with_query,
)
from mock_idp.personalities.oidc_problems import ErrorText, Problem
from mock_idp.personalities.oidc_profile import OidcProfile
from mock_idp.personalities.okta import oidc_errors, oidc_groups, oidc_tokens
from mock_idp.personalities.okta import oidc_metadata as metadata
from mock_idp.personalities.okta.device import DEVICE_FLOW
from mock_idp.personalities.okta.http_answers import api_error
from mock_idp.personalities.okta.oidc_tokens import AudienceOf
from mock_idp.personalities.place import stable_alphanumeric
from mock_idp.tenant_settings import TenantSettings

# Okta's order and not the request's. The capture of 2026 shows "openid profile email", that of 2021 "openid
# email profile"; when it changed is not known.
SCOPE_ORDER = ("openid", "profile", "email", "address", "phone", "offline_access", "groups")
SCOPE_ORDER_OF_2021 = ("openid", "email", "profile", "address", "phone", "offline_access", "groups")


@dataclass(frozen=True)
class OktaServer:
    """One Okta authorization server; `prefix` is the path before `/v1`, `audience` that of access tokens.

    Without an audience it is the org server, which has no path in its issuer.
    """

    name: str
    prefix: str
    scopes: tuple[str, ...]
    audience: str | None = None
    vendor: str = "okta"
    code_lifetime: int = 300
    pkce_methods: tuple[str, ...] = ("S256",)
    prompts: frozenset[str] = metadata.PROMPTS
    rotates_refresh_tokens: bool = False  # the default of a web application: the token is persistent
    requires_state: bool = True
    page_problems: frozenset[Problem] = frozenset()
    response_modes: tuple[str, ...] = metadata.RESPONSE_MODES
    refusal_tail: str = ""
    strict_logout: bool = True
    instance_metadata: Mapping[str, object] = field(default_factory=dict)
    settings: TenantSettings = field(default_factory=TenantSettings)

    def as_set(self, settings: TenantSettings) -> OktaServer:
        """The server of a tenant."""
        return self if settings.as_of is None else replace(self, settings=settings)

    @property
    def routes(self) -> Mapping[Endpoint, str]:
        """Endpoint to path below the tenant's base URL."""
        root = self._issuer_path
        return {
            Endpoint.DISCOVERY: f"{root}/.well-known/openid-configuration",
            # Documented for custom servers; on the org server it is MEM.
            Endpoint.OAUTH_METADATA: f"{root}/.well-known/oauth-authorization-server",
            Endpoint.KEYS: f"{self.prefix}/v1/keys",
            Endpoint.AUTHORIZE: f"{self.prefix}/v1/authorize",
            Endpoint.TOKEN: f"{self.prefix}/v1/token",
            Endpoint.USERINFO: f"{self.prefix}/v1/userinfo",
            Endpoint.LOGOUT: f"{self.prefix}/v1/logout",
            Endpoint.INTROSPECT: f"{self.prefix}/v1/introspect",
            Endpoint.REVOKE: f"{self.prefix}/v1/revoke",
            Endpoint.DEVICE: f"{self.prefix}/v1/device/authorize",
            # The org server's document does not name it.
            Endpoint.PUSHED: f"{self.prefix}/v1/par",
            **({} if self.audience else {Endpoint.REGISTRATION: f"{self.prefix}/v1/clients"}),
        }

    @property
    def _issuer_path(self) -> str:
        return self.prefix if self.audience else ""

    def address_problem(self, org: Org, endpoint: Endpoint, app: OidcApp | None = None) -> Problem | None:
        """An Okta org has one address, but not every org has the custom server."""
        del endpoint, app
        missing = self.audience is not None and not org.settings.default_authorization_server
        return Problem.SERVER_MISSING if missing else None

    def sign_in_problem(self, org: Org, login: Login) -> Problem | None:
        """A consent that was refused, or an access policy without a rule that fits; all are redirects."""
        del login
        if org.settings.access_policy == "block":
            return Problem.POLICY_DENIED
        return Problem.CONSENT_DECLINED if org.settings.consent == "declined" else None

    def token_problem(self, org: Org, login: Login, *, interactive: bool) -> Problem | None:
        """A groups claim of a custom server that selects too many groups fails the whole request."""
        if self.audience and oidc_groups.overflow(login):
            return Problem.TOO_MANY_GROUPS
        return None if interactive else self.sign_in_problem(org, login)

    def password_problem(self, org: Org) -> Problem | None:
        """A sign-on policy that wants a second factor, which this grant cannot present."""
        return Problem.PASSWORD_GRANT_DENIED if org.settings.access_policy == "mfa" else None

    def scopes_of_resource(self, resource: str) -> tuple[str, ...]:
        """None: the authorization server decides the audience."""
        del resource
        return ()

    def post_logout_uris(self, app: OidcApp) -> tuple[str, ...]:
        """The application's Sign-out redirect URIs."""
        return app.post_logout_redirect_uris

    def url(self, endpoint: Endpoint, org: Org) -> str:
        """Absolute URL of `endpoint` at `org`."""
        document = endpoint in (Endpoint.DISCOVERY, Endpoint.KEYS)
        own_keys = f"?client_id={org.appid}" if org.appid and document else ""
        return org.base_url + self.routes[endpoint] + own_keys

    def issuer(self, org: Org) -> str:
        """The org URL without a path, or the custom server's URL."""
        return org.issuer_base + self._issuer_path

    def discovery(self, org: Org) -> dict[str, object]:
        """Metadata in the order captured from the org server, and in 2026 from a custom server."""
        v1 = f"{org.base_url}{self.prefix}/v1"
        return {
            "issuer": self.issuer(org),
            "authorization_endpoint": f"{v1}/authorize",
            "token_endpoint": f"{v1}/token",
            "userinfo_endpoint": f"{v1}/userinfo",
            "registration_endpoint": f"{org.base_url}/oauth2/v1/clients",  # also on a custom server
            "jwks_uri": self.url(Endpoint.KEYS, org),
            "response_types_supported": metadata.RESPONSE_TYPES,
            "response_modes_supported": metadata.RESPONSE_MODES,
            "grant_types_supported": metadata.CUSTOM_GRANTS if self.audience else metadata.GRANTS,
            "subject_types_supported": ("public",),
            "id_token_signing_alg_values_supported": ("RS256",),
            **(metadata.ENCRYPTION if self.audience else {}),
            "scopes_supported": self.scopes,
            "token_endpoint_auth_methods_supported": metadata.CLIENT_AUTHENTICATION,
            "claims_supported": metadata.CLAIMS,
            "code_challenge_methods_supported": self.pkce_methods,
            "introspection_endpoint": f"{v1}/introspect",
            "introspection_endpoint_auth_methods_supported": metadata.CLIENT_AUTHENTICATION,
            "revocation_endpoint": f"{v1}/revoke",
            "revocation_endpoint_auth_methods_supported": metadata.CLIENT_AUTHENTICATION,
            "end_session_endpoint": f"{v1}/logout",
            "request_parameter_supported": True,
            "request_object_signing_alg_values_supported": metadata.REQUEST_ALGORITHMS,
            "device_authorization_endpoint": f"{v1}/device/authorize",
            **(_newer_members(v1) if self.audience else {}),
        }

    def jwk(self, key: SigningKey, org: Org) -> dict[str, object]:
        """A bare RSA key: no x5c, no x5t (capture of 2026; the documentation shows another member order)."""
        del org
        numbers = key.private_key.public_key().public_numbers()
        return {
            "kty": "RSA",
            "alg": "RS256",
            "kid": key.kid,
            "use": "sig",
            "e": base64url_uint(numbers.e),
            "n": base64url_uint(numbers.n),
        }

    def signer(self, login: Login) -> str:
        """The org's keys sign for everybody."""
        del login
        return ""

    def signers(self, org: Org) -> tuple[str, ...]:
        """The org's keys and no others."""
        del org
        return ("",)

    def front_channel_logout(self, org: Org, app: OidcApp, session_id: str) -> str | None:
        """The registered URL with `iss` and `sid` (documented; a feature that an org has to turn on)."""
        if app.front_channel_logout_uri is None:
            return None
        parameters = {"iss": self.issuer(org), "sid": session_name(session_id)}
        return with_query(app.front_channel_logout_uri, parameters)

    def granted_scopes(self, requested: Sequence[str], app: OidcApp) -> tuple[str, ...]:
        """The known scopes in Okta's order; `LookupError` names one that this server does not have."""
        del app
        unknown = [scope for scope in requested if scope not in self.scopes]
        if unknown:
            raise LookupError(unknown[0])
        order = SCOPE_ORDER_OF_2021 if self.settings.is_before(2022) else SCOPE_ORDER
        return tuple(sorted(set(requested), key=lambda scope: _scope_rank(scope, order)))

    def new_code(self, org: Org, client_id: str) -> str:
        """43 base64url characters (capture of 2026; 20 in 2017)."""
        del org, client_id
        return random_base64url(32)

    def new_refresh_token(self, org: Org, client_id: str) -> str:
        """43 base64url characters (MEM: captures shorten them)."""
        del org, client_id
        return random_base64url(32)

    def lifetime(self) -> int:
        """One hour, always."""
        return oidc_tokens.TOKEN_LIFETIME

    def access_token(
        self, org: Org, login: Login, keys: KeyRing, *, lifetime: int, refreshable: bool
    ) -> AccessTokenDraft:
        """Org tokens are signed with a key that is in no JWKS; custom ones verify with `/keys`."""
        groups = oidc_groups.claim(login, "access_token", custom_server=True) if self.audience else {}
        audience = AudienceOf(self.issuer(org), self.audience)
        draft = oidc_tokens.access_token(
            audience, login, keys, groups, lifetime=lifetime, refreshable=refreshable
        )
        if self.settings.is_before(2022):
            claims = {name: value for name, value in draft.claims.items() if name != "auth_time"}
            return draft._replace(claims=claims)
        return draft

    def id_token(
        self, org: Org, login: Login, key: SigningKey, beside: Beside
    ) -> tuple[dict[str, object], dict[str, object]]:
        """Thin where it comes with an access token, full where it comes alone."""
        groups = oidc_groups.claim(login, "id_token", custom_server=self.audience is not None)
        return oidc_tokens.id_token(
            self.issuer(org), org.directory_id, login, key, beside=beside, groups=groups
        )

    def token_response(
        self, org: Org, login: Login, issued: Issued, asked: Mapping[str, str]
    ) -> dict[str, object]:
        """Member order of every capture since 2020."""
        del org, login, asked
        return oidc_tokens.token_response(issued)

    def userinfo(self, org: Org, login: Login) -> dict[str, object]:
        """The claims that the thin ID token leaves out."""
        del org
        groups = oidc_groups.claim(login, "userinfo", custom_server=self.audience is not None)
        return oidc_tokens.userinfo(login) | groups

    def success_parameters(self, issued: Issued, state: str | None, session_id: str) -> list[tuple[str, str]]:
        """`code` first, then `state`; Okta sends no session_state.

        Where tokens stand beside the code is as in the documentation's examples.
        """
        del session_id
        token = {"token_type": "Bearer", "expires_in": str(issued.lifetime)} if issued.access_token else {}
        parameters = {
            "code": issued.code,
            "id_token": issued.id_token,
            "access_token": issued.access_token,
            **token,
            "scope": " ".join(issued.scopes) if token else None,
            "state": state,
        }
        return list(present(parameters).items())

    def error_parameters(
        self, problem: Problem, details: Mapping[str, str], state: str | None, trace: Trace
    ) -> list[tuple[str, str]]:
        """`state` first, then the error (the documentation's example puts the error first)."""
        del trace
        text = self.describe(problem, details)
        start = [("state", state)] if state is not None else []
        return [*start, ("error", text.error), ("error_description", text.text)]

    def encode(self, parameters: Parameters) -> str:
        """Blank as `+`, upper-case hex, as Java's URLEncoder writes it."""
        return "&".join(f"{name}={quote_plus(value, safe='*')}" for name, value in parameters)

    def describe(self, problem: Problem, details: Mapping[str, str]) -> ErrorText:
        """Okta's words for a problem."""
        return oidc_errors.describe(problem, details, until_2020=self.settings.is_before(2020, 7))

    def error_body(self, problem: Problem, details: Mapping[str, str], trace: Trace) -> dict[str, object]:
        """Two members and nothing else, except where no authorization server answers but the API."""
        if problem is Problem.SERVER_MISSING:
            return api_error("E0000007", self.describe(problem, details).text)
        text = self.describe(problem, details)
        return {"error": text.error, "error_description": text.text}

    def headers(self, endpoint: Endpoint, trace: Trace, *, error_number: int | None = None) -> dict[str, str]:
        """Headers as captured at the token endpoint in 2026, in the order of a capture of 2017.

        The newer capture is sorted.
        """
        del error_number
        document = endpoint in metadata.CACHED
        headers = {
            "X-Okta-Request-Id": trace.request_id.replace("-", ""),
            "P3P": metadata.PRIVACY_POLICY,
            **({} if document else metadata.rate_limit(trace)),
            **metadata.COMMON_HEADERS,
            **metadata.CACHED.get(endpoint, metadata.NOT_CACHED),
        }
        if endpoint is Endpoint.AUTHORIZE:
            headers["Referrer-Policy"] = "no-referrer"
        return metadata.as_of_2017(headers) if self.settings.is_before(2018) else headers

    def cookies(self, endpoint: Endpoint, trace: Trace) -> tuple[str, ...]:
        """Cookies as captured in 2026 at the token endpoint and in 2017 at the authorization endpoint."""
        del trace
        if endpoint in metadata.CACHED:
            return ()
        return metadata.cookies(at_token_endpoint=endpoint is not Endpoint.AUTHORIZE)

    def is_for_userinfo(self, login: Login) -> bool:
        """Every access token of this server is."""
        del login
        return True

    def invalid_bearer(self, *, missing_scope: bool) -> tuple[int, dict[str, str], str]:
        """An empty body: the reason is in WWW-Authenticate."""
        return oidc_errors.invalid_bearer(missing_scope=missing_scope)


def session_name(session_id: str) -> str:
    """The session's ID as Okta writes it: `102` and 22 characters."""
    return "102" + stable_alphanumeric(22, "okta", session_id)


def _newer_members(v1: str) -> dict[str, object]:
    return {
        "pushed_authorization_request_endpoint": f"{v1}/par",
        "backchannel_token_delivery_modes_supported": ("poll",),
        "backchannel_authentication_request_signing_alg_values_supported": metadata.REQUEST_ALGORITHMS,
        "dpop_signing_alg_values_supported": metadata.DPOP_ALGORITHMS,
    }


def _scope_rank(scope: str, order: tuple[str, ...]) -> tuple[int, str]:
    return (order.index(scope) if scope in order else len(order), scope)


ORG_SERVER = OktaServer(name="org", prefix="/oauth2", scopes=metadata.ORG_SCOPES)
DEFAULT_SERVER = OktaServer(
    name="default", prefix="/oauth2/default", scopes=metadata.CUSTOM_SCOPES, audience="api://default"
)
PROFILE = OidcProfile(
    servers=(ORG_SERVER, DEFAULT_SERVER), device=DEVICE_FLOW, second_factor_amr=("mfa", "otp", "pwd")
)
