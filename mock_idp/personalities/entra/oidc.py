"""Entra ID's endpoints: v2.0 and v1.0, with URLs, discovery documents and redirects.

Fixed lists are in `oidc_metadata`, wording in `oidc_errors`, tokens in `oidc_tokens`. Facts without a mark
were seen in captured traffic or stand in Microsoft's documentation; MEM marks one that is remembered only.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

from mock_idp.apps import OidcApp
from mock_idp.keys import KeyRing, SigningKey, base64url_uint
from mock_idp.personalities.entra import oidc_errors, oidc_tokens
from mock_idp.personalities.entra import oidc_metadata as metadata
from mock_idp.personalities.oidc_base import (
    AccessTokenDraft,
    Endpoint,
    ErrorText,
    Issued,
    Login,
    Org,
    Parameters,
    Problem,
    Trace,
)
from mock_idp.personalities.oidc_profile import OidcProfile

GRANTED_ORDER = ("User.Read", "profile", "openid", "email", "offline_access")
GRAPH_PREFIX = "https://graph.microsoft.com/"
COMMON = ("common", "organizations")
TENANT_ID = "{tenantid}"
"""What stands in place of the tenant in the documents of `common`, braces included."""


@dataclass(frozen=True)
class EntraServer:
    """One version of Entra's endpoints; `version` is the path segment `v2.0`, or empty for v1.0."""

    name: str
    version: str
    vendor: str = "entra"
    code_lifetime: int = 600  # "about ten minutes" in the documentation
    pkce_methods: tuple[str, ...] = ("plain", "S256")
    rotates_refresh_tokens: bool = True
    requires_state: bool = False
    not_assigned_is_a_page: bool = True  # a redirect in 2020; since then the page
    refusal_tail: str = "#"
    strict_logout: bool = False

    @property
    def routes(self) -> Mapping[Endpoint, str]:
        """Endpoint to URL rule; all start with the tenant, except userinfo of v2.0, which is on Graph."""
        version = f"/{self.version}" if self.version else ""
        return {
            Endpoint.DISCOVERY: f"/<authority>{version}/.well-known/openid-configuration",
            Endpoint.KEYS: f"/<authority>/discovery{version}/keys",
            Endpoint.AUTHORIZE: f"/<authority>/oauth2{version}/authorize",
            Endpoint.TOKEN: f"/<authority>/oauth2{version}/token",
            Endpoint.USERINFO: "/oidc/userinfo" if self.version else "/<authority>/openid/userinfo",
            Endpoint.LOGOUT: f"/<authority>/oauth2{version}/logout",
        }

    def address_problem(self, org: Org, endpoint: Endpoint) -> Problem | None:
        """Applications here are of one tenant, so `common` has documents but signs nobody in."""
        if org.authority in COMMON:
            interactive = endpoint in (Endpoint.AUTHORIZE, Endpoint.TOKEN)
            return Problem.COMMON_ENDPOINT if interactive else None
        return None if org.authority in ("", org.directory_id) else Problem.UNKNOWN_TENANT

    def post_logout_uris(self, app: OidcApp) -> tuple[str, ...]:
        """Any registered redirect URI will do."""
        return (*app.post_logout_redirect_uris, *app.redirect_uris)

    def url(self, endpoint: Endpoint, org: Org) -> str:
        """Absolute URL of `endpoint` at `org`; Graph's userinfo lives under the mock's host."""
        return org.base_url + self.routes[endpoint].replace("<authority>", _authority(org))

    def issuer(self, org: Org) -> str:
        """The tenant's issuer: the mock's own URL at v2.0, Microsoft's other host at v1.0."""
        return self._issuer_of(org, org.directory_id)

    def _issuer_of(self, org: Org, tenant_id: str) -> str:
        if self.version:
            return f"{org.base_url}/{tenant_id}/{self.version}"
        return f"https://sts.windows.net/{tenant_id}/"

    def _published_issuer(self, org: Org) -> str:
        return self._issuer_of(org, TENANT_ID if org.authority in COMMON else org.directory_id)

    def discovery(self, org: Org) -> dict[str, object]:
        """Metadata in the captured order.

        The issuer of `common` is the literal `{tenantid}`. There is no grant_types_supported and no
        code_challenge_methods_supported, although both work.
        """
        return {
            "token_endpoint": self.url(Endpoint.TOKEN, org),
            "token_endpoint_auth_methods_supported": metadata.CLIENT_AUTHENTICATION,
            "jwks_uri": self.url(Endpoint.KEYS, org),
            "response_modes_supported": metadata.RESPONSE_MODES,
            "subject_types_supported": ("pairwise",),
            "id_token_signing_alg_values_supported": ("RS256",),
            "response_types_supported": metadata.V2_RESPONSE_TYPES
            if self.version
            else metadata.V1_RESPONSE_TYPES,
            "scopes_supported": metadata.OPENID_SCOPES if self.version else ("openid",),
            "issuer": self._published_issuer(org),
            **self._endpoints(org),
            "kerberos_endpoint": f"{org.base_url}/{_authority(org)}/kerberos",
            "tenant_region_scope": None if org.authority in COMMON else "NA",
            **metadata.TAIL,
        }

    def _endpoints(self, org: Org) -> dict[str, object]:
        """The middle of the document, where the two versions place userinfo and the claims differently."""
        authorize = self.url(Endpoint.AUTHORIZE, org)
        middle: dict[str, object] = {
            "authorization_endpoint": authorize,
            "device_authorization_endpoint": authorize.removesuffix("authorize") + "devicecode",
            "http_logout_supported": True,
            "frontchannel_logout_supported": True,
            "end_session_endpoint": self.url(Endpoint.LOGOUT, org),
        }
        userinfo = {"userinfo_endpoint": self.url(Endpoint.USERINFO, org)}
        if self.version:
            return {
                "request_uri_parameter_supported": False,
                **userinfo,
                **middle,
                "claims_supported": metadata.V2_CLAIMS,
            }
        return {
            "microsoft_multi_refresh_token": True,
            **middle,
            "claims_supported": metadata.V1_CLAIMS,
            "check_session_iframe": authorize.removesuffix("authorize") + "checksession",
            **userinfo,
        }

    def jwk(self, key: SigningKey, org: Org) -> dict[str, object]:
        """No `alg`; kid equals x5t; `issuer` only in v2.0, with `{tenantid}` in the set of `common`."""
        numbers = key.private_key.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": key.kid,
            "x5t": key.kid,
            "n": base64url_uint(numbers.n),
            "e": base64url_uint(numbers.e),
            "x5c": [key.token_certificate.one_line],
            **({"issuer": self._published_issuer(org)} if self.version else {}),
        }

    def granted_scopes(self, requested: Sequence[str]) -> tuple[str, ...]:
        """Graph scopes first, then the OpenID ones; `LookupError` names one that Graph does not have here.

        v1.0 takes any scope, because there the resource decides, and always gives the profile.
        """
        plain = [scope.removeprefix(GRAPH_PREFIX) for scope in requested]
        if not self.version:
            plain += ["openid", "profile"]
        elif unknown := [scope for scope in plain if scope not in GRANTED_ORDER]:
            raise LookupError(unknown[0])
        return tuple(scope for scope in GRANTED_ORDER if scope in plain)

    def new_code(self, org: Org, client_id: str) -> str:
        """`1.A…` naming tenant and application, then `.AgABAAI…`, some five hundred characters in all."""
        return (
            f"1.{oidc_tokens.ticket_prefix(org.directory_id, client_id)}.AgABAAI{secrets.token_urlsafe(330)}"
        )

    def new_refresh_token(self, org: Org, client_id: str) -> str:
        """The same shape as a code, longer."""
        return (
            f"1.{oidc_tokens.ticket_prefix(org.directory_id, client_id)}.AgABAwE{secrets.token_urlsafe(600)}"
        )

    def lifetime(self) -> int:
        """3599 to 5399 seconds at random."""
        return 3599 + secrets.randbelow(1801)

    def access_token(
        self, org: Org, login: Login, keys: KeyRing, *, lifetime: int, refreshable: bool
    ) -> AccessTokenDraft:
        """A token for Graph, which the application cannot verify."""
        del refreshable
        return oidc_tokens.access_token(org.directory_id, login, keys.active, lifetime=lifetime)

    def id_token(
        self, org: Org, login: Login, key: SigningKey, access_token: str
    ) -> tuple[dict[str, object], dict[str, object]]:
        """Neither version's token endpoint sends at_hash, so the access token does not matter."""
        del access_token
        build = oidc_tokens.id_token_v2 if self.version else oidc_tokens.id_token_v1
        return build(self.issuer(org), org.directory_id, login, key)

    def token_response(
        self, org: Org, login: Login, issued: Issued, asked: Mapping[str, str]
    ) -> dict[str, object]:
        """Captured member order; v1.0 writes its numbers as strings."""
        build = oidc_tokens.token_response_v2 if self.version else oidc_tokens.token_response_v1
        return build(org.directory_id, login, issued, asked)

    def userinfo(self, org: Org, login: Login) -> dict[str, object]:
        """Graph's userinfo, whose sub is the ID token's."""
        return oidc_tokens.userinfo(org.directory_id, login)

    def success_parameters(self, code: str, state: str | None, session_id: str) -> list[tuple[str, str]]:
        """`code`, `state`, `session_state`: an order known from excerpts only."""
        middle = [("state", state)] if state is not None else []
        return [("code", code), *middle, ("session_state", session_id)]

    def error_parameters(
        self, problem: Problem, details: Mapping[str, str], state: str | None, trace: Trace
    ) -> list[tuple[str, str]]:
        """`error`, `error_description`, `error_uri`, `state`."""
        text = self.describe(problem, details)
        return [
            ("error", text.error),
            ("error_description", oidc_errors.sentence(text, trace)),
            ("error_uri", oidc_errors.uri(text)),
            *([("state", state)] if state is not None else []),
        ]

    def encode(self, parameters: Parameters) -> str:
        """Blank as `+`, lower-case hex, as .NET writes it."""
        return "&".join(f"{name}={_dotnet_quote(value)}" for name, value in parameters)

    def describe(self, problem: Problem, details: Mapping[str, str]) -> ErrorText:
        """Entra's words for a problem, without the trace that follows them."""
        return oidc_errors.describe(problem, details)

    def error_body(self, problem: Problem, details: Mapping[str, str], trace: Trace) -> dict[str, object]:
        """The AADSTS answer with its trace."""
        return oidc_errors.body(self.describe(problem, details), trace)

    def headers(self, endpoint: Endpoint, trace: Trace, *, error_number: int | None = None) -> dict[str, str]:
        """Headers as captured at the token endpoint in 2021 to 2023 and on metadata documents."""
        document = endpoint in (Endpoint.DISCOVERY, Endpoint.KEYS)
        headers = {
            **metadata.COMMON_HEADERS,
            **(metadata.DOCUMENT_HEADERS if document else metadata.TOKEN_HEADERS),
        }
        headers["x-ms-request-id"] = trace.request_id
        if trace.client_request_id:
            headers["client-request-id"] = trace.client_request_id
        if endpoint is Endpoint.TOKEN:
            headers["x-ms-clitelem"] = f"1,{error_number or 0},0,,"
            headers["x-ms-srs"] = "1.P"
        return headers

    def invalid_bearer(self, *, missing_scope: bool) -> tuple[int, dict[str, str], str]:
        """Graph's error object."""
        del missing_scope
        return oidc_errors.invalid_bearer()


def _authority(org: Org) -> str:
    return org.authority or org.directory_id


def _dotnet_quote(value: str) -> str:
    """.NET's HttpUtility.UrlEncode: `!*()` stay, the hexadecimal digits are lower case."""
    first, *rest = quote_plus(value, safe="!*()").split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in rest)])


V2_SERVER = EntraServer(name="v2.0", version="v2.0")
V1_SERVER = EntraServer(name="v1.0", version="")
PROFILE = OidcProfile(servers=(V2_SERVER, V1_SERVER))
