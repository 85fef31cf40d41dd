"""Entra ID's endpoints: v2.0 and v1.0, with URLs, discovery documents and redirects.

Fixed lists are in `oidc_metadata`, wording in `oidc_errors`, tokens in `oidc_tokens`. Facts without a mark
were seen in captured traffic or stand in Microsoft's documentation; MEM marks one that is remembered only.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote_plus

from mock_idp.apps import OidcApp
from mock_idp.keys import KeyRing, SigningKey, base64url_uint
from mock_idp.personalities.entra import oidc_errors, oidc_policies, oidc_tokens
from mock_idp.personalities.entra import oidc_metadata as metadata
from mock_idp.personalities.entra.device import DEVICE_FLOW
from mock_idp.personalities.entra.oidc_access_tokens import access_token, own_api_scopes
from mock_idp.personalities.entra.oidc_optional import REGION, session_claim
from mock_idp.personalities.oidc_base import (
    AccessTokenDraft,
    Beside,
    Endpoint,
    Issued,
    Login,
    Org,
    Parameters,
    Trace,
    UnknownResourceError,
    present,
    random_base64url,
    with_query,
)
from mock_idp.personalities.oidc_problems import ErrorText, Problem
from mock_idp.personalities.oidc_profile import OidcProfile
from mock_idp.tenant_settings import TenantSettings

GRANTED_ORDER = ("User.Read", "profile", "openid", "email", "offline_access")
GRAPH_PREFIX = "https://graph.microsoft.com/"
CONSUMERS_AUTHORITY = "consumers"
DOCUMENTS = (Endpoint.DISCOVERY, Endpoint.KEYS, Endpoint.INSTANCE)
PROMPTS = frozenset({"login", "none", "consent", "select_account"})
ONLY_IN_V1 = {
    Endpoint.CHECK_SESSION: "/<authority>/oauth2/checksession",
    Endpoint.KERBEROS: "/<authority>/kerberos",  # v2.0 names the same URL
}
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
    prompts: frozenset[str] = PROMPTS
    rotates_refresh_tokens: bool = True
    requires_state: bool = False
    # Not being assigned was a redirect in 2020; since then it is the page.
    page_problems: frozenset[Problem] = frozenset(
        {
            Problem.NOT_ASSIGNED,
            Problem.FOREIGN_USER,
            Problem.ADMIN_CONSENT_REQUIRED,
            Problem.APPROVAL_REQUEST,
            Problem.APPLICATION_MISCONFIGURED,
            *oidc_policies.POLICIES.values(),
            Problem.SIGNING_KEY_MISSING,
        }
    )
    response_modes: tuple[str, ...] = metadata.RESPONSE_MODES
    refusal_tail: str = "#"
    strict_logout: bool = False
    instance_metadata: Mapping[str, object] = field(default_factory=lambda: metadata.INSTANCES)
    settings: TenantSettings = field(default_factory=TenantSettings)

    def as_set(self, settings: TenantSettings) -> EntraServer:
        """The server of a tenant; in 2020 not being assigned was a redirect, and no `#` ended it."""
        if settings.is_before(2021):
            problems = self.page_problems - {Problem.NOT_ASSIGNED}
            return replace(self, page_problems=problems, refusal_tail="", settings=settings)
        return self if settings.as_of is None else replace(self, settings=settings)

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
            Endpoint.DEVICE: f"/<authority>/oauth2{version}/devicecode",
            **({} if self.version else ONLY_IN_V1),
            **({} if self.version else {Endpoint.INSTANCE: "/<authority>/discovery/instance"}),
        }

    def address_problem(self, org: Org, endpoint: Endpoint, app: OidcApp | None = None) -> Problem | None:
        """`common` and its like have documents for everybody, and logins for multi-tenant applications."""
        return oidc_policies.address_problem(org, endpoint, app)

    def sign_in_problem(self, org: Org, login: Login) -> Problem | None:
        """A stranger at the tenant's own address, a policy, or a consent that nobody gave."""
        return oidc_policies.sign_in_problem(org, login)

    def token_problem(self, org: Org, login: Login, *, interactive: bool) -> Problem | None:
        """Custom claims without a key of one's own; with nobody at hand, what a person would have to do."""
        return oidc_policies.token_problem(org, login, interactive=interactive)

    def password_problem(self, org: Org) -> Problem | None:
        """None: policies are `token_problem`'s."""
        del org
        return None

    def scopes_of_resource(self, resource: str) -> tuple[str, ...]:
        """v1.0: the API's delegated permission that every registration has; Graph needs none to be named."""
        if self.version or not resource or resource.rstrip("/") in metadata.GRAPHS:
            return ()
        return (f"{resource}/user_impersonation",)

    def post_logout_uris(self, app: OidcApp) -> tuple[str, ...]:
        """Any registered redirect URI will do."""
        return (*app.post_logout_redirect_uris, *app.redirect_uris)

    def url(self, endpoint: Endpoint, org: Org) -> str:
        """Absolute URL of `endpoint` at `org`; Graph's userinfo lives under the mock's host."""
        if endpoint is Endpoint.USERINFO and self.version and org.settings.userinfo_host == "graph":
            return f"{GRAPH_PREFIX}oidc/userinfo"
        appid = f"?appid={org.appid}" if org.appid and endpoint in DOCUMENTS else ""
        return org.base_url + self.routes[endpoint].replace("<authority>", _authority(org)) + appid

    def issuer(self, org: Org) -> str:
        """The tenant's issuer: the mock's own URL at v2.0, Microsoft's other host at v1.0."""
        return self._issuer_of(org, org.directory_id)

    def _issuer_of(self, org: Org, tenant_id: str) -> str:
        if self.version:
            return f"{org.base_url}/{tenant_id}/{self.version}"
        return f"https://sts.windows.net/{tenant_id}/"

    def _published_issuer(self, org: Org) -> str:
        if org.authority == "consumers":
            return self._issuer_of(org, oidc_tokens.CONSUMERS)
        unnamed = org.authority in metadata.SHARED_AUTHORITIES or org.settings.issuer == "placeholder"
        return self._issuer_of(org, TENANT_ID if unnamed else org.directory_id)

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
            "tenant_region_scope": None if org.authority in metadata.SHARED_AUTHORITIES else REGION,
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

    def signer(self, login: Login) -> str:
        """Personal Microsoft accounts have keys of their own."""
        personal = login.person.home_tenant_id == oidc_tokens.CONSUMERS and not login.person.guest
        return CONSUMERS_AUTHORITY if personal else ""

    def signers(self, org: Org) -> tuple[str, ...]:
        """`common` of v2.0 lists both kinds of keys (captured); v1.0 is for work accounts only."""
        both: dict[str, tuple[str, ...]] = {
            "common": ("", CONSUMERS_AUTHORITY),
            CONSUMERS_AUTHORITY: (CONSUMERS_AUTHORITY,),
        }
        return both.get(org.authority, ("",)) if self.version else ("",)

    def front_channel_logout(self, org: Org, app: OidcApp, session_id: str) -> str | None:
        """The registered URL; issuer and session are added only for an application with the claim `sid`."""
        if app.front_channel_logout_uri is None or "sid" not in app.optional_claims:
            return app.front_channel_logout_uri
        parameters = {"sid": session_claim(session_id), "iss": self.issuer(org)}
        return with_query(app.front_channel_logout_uri, parameters)

    def granted_scopes(self, requested: Sequence[str], app: OidcApp) -> tuple[str, ...]:
        """Scopes of Graph or of the application's own API first, then the OpenID ones.

        `LookupError` names one that neither has, UnknownResourceError an API that there is not. v1.0 takes
        any scope, because there the resource decides, and always gives the profile and a refresh token.
        """
        plain = [scope.removeprefix(GRAPH_PREFIX) for scope in requested]
        own = tuple(scope for scope in plain if own_api_scopes(app.client_id, (scope,)))
        foreign = [scope for scope in plain if ":/" in scope and scope not in own]
        if foreign:
            raise UnknownResourceError(foreign[0].rpartition("/")[0])
        if not self.version:
            plain += ["openid", "profile", "offline_access"]
        elif unknown := [scope for scope in plain if scope not in (*GRANTED_ORDER, *own)]:
            raise LookupError(unknown[0])
        return (*own, *(scope for scope in GRANTED_ORDER if scope in plain))

    def new_code(self, org: Org, client_id: str) -> str:
        """`1.A…` naming tenant and application, then `.AgABAAI…`, some five hundred characters in all."""
        return f"1.{oidc_tokens.ticket_prefix(org.directory_id, client_id)}.AgABAAI{random_base64url(330)}"

    def new_refresh_token(self, org: Org, client_id: str) -> str:
        """The same shape as a code, longer."""
        return f"1.{oidc_tokens.ticket_prefix(org.directory_id, client_id)}.AgABAwE{random_base64url(600)}"

    def lifetime(self) -> int:
        """3599 to 5399 seconds at random."""
        return 3599 + secrets.randbelow(1801)

    def access_token(
        self, org: Org, login: Login, keys: KeyRing, *, lifetime: int, refreshable: bool
    ) -> AccessTokenDraft:
        """A token for Graph, which the application cannot verify, or for its own API."""
        del refreshable
        return access_token(org, login, keys, lifetime=lifetime)

    def id_token(
        self, org: Org, login: Login, key: SigningKey, beside: Beside
    ) -> tuple[dict[str, object], dict[str, object]]:
        """The issuer is that of the tenant which keeps the account, unless the person is a guest."""
        build = oidc_tokens.id_token_v2 if self.version else oidc_tokens.id_token_v1
        issuer = self._issuer_of(org, oidc_tokens.token_tenant(org, login))
        return build(issuer, org, login, key, beside)

    def token_response(
        self, org: Org, login: Login, issued: Issued, asked: Mapping[str, str]
    ) -> dict[str, object]:
        """Captured member order; v1.0 writes its numbers as strings."""
        build = oidc_tokens.token_response_v2 if self.version else oidc_tokens.token_response_v1
        return build(oidc_tokens.token_tenant(org, login), login, issued, asked)

    def userinfo(self, org: Org, login: Login) -> dict[str, object]:
        """Graph's userinfo, whose sub is the ID token's."""
        return oidc_tokens.userinfo(oidc_tokens.token_tenant(org, login), login)

    def success_parameters(self, issued: Issued, state: str | None, session_id: str) -> list[tuple[str, str]]:
        """`code`, `state`, `session_state`: an order known from excerpts only.

        The documentation's examples put tokens first, and `scope` behind `expires_in`.
        """
        token = {"token_type": "Bearer", "expires_in": str(issued.lifetime)} if issued.access_token else {}
        scope = {"scope": " ".join(oidc_tokens.resource_scopes(issued.scopes))} if token else {}
        parameters = {
            "access_token": issued.access_token,
            **token,
            **scope,
            "code": issued.code,
            "id_token": issued.id_token,
            "state": state,
            "session_state": session_id,
        }
        return list(present(parameters).items())

    def error_parameters(
        self, problem: Problem, details: Mapping[str, str], state: str | None, trace: Trace
    ) -> list[tuple[str, str]]:
        """`error`, `error_description`, `error_uri`, then `state`; a refused consent has one more.

        Cancel has neither description nor address.
        """
        told = [("state", state)] if state is not None else []
        if problem is Problem.SIGN_IN_CANCELLED:
            return [("error", "access_denied"), ("error_subcode", "cancel"), *told]
        text = self.describe(problem, details)
        extra = [("admin_consent", "True")] if problem is Problem.CONSENT_DECLINED else []  # as captured
        asks = problem in (Problem.MFA_REQUIRED, Problem.CONSENT_REQUIRED)
        return [
            ("error", oidc_errors.WITH_A_PERSON if asks else text.error),
            ("error_description", oidc_errors.sentence(text, trace, self._separator)),
            ("error_uri", oidc_errors.uri(text)),
            *extra,
            *told,
        ]

    def encode(self, parameters: Parameters) -> str:
        """Blank as `+`, lower-case hex, as .NET writes it."""
        return "&".join(f"{name}={_dotnet_quote(value)}" for name, value in parameters)

    def describe(self, problem: Problem, details: Mapping[str, str]) -> ErrorText:
        """Entra's words for a problem, without the trace that follows them."""
        return oidc_errors.describe(problem, details, in_2020=self.settings.is_before(2021))

    def error_body(self, problem: Problem, details: Mapping[str, str], trace: Trace) -> dict[str, object]:
        """The AADSTS answer with its trace."""
        return oidc_errors.body(self.describe(problem, details), trace, self._separator)

    def headers(self, endpoint: Endpoint, trace: Trace, *, error_number: int | None = None) -> dict[str, str]:
        """Headers in the order captured at the token endpoint in 2021, with those that 2023 added.

        That of metadata documents is not known: the capture is sorted.
        """
        headers = dict(metadata.DOCUMENT_HEADERS if endpoint in DOCUMENTS else metadata.TOKEN_HEADERS)
        if trace.client_request_id:
            headers["client-request-id"] = trace.client_request_id  # where it stands is unconfirmed
        headers["x-ms-request-id"] = trace.request_id
        headers["x-ms-ests-server"] = metadata.SERVER_BUILD
        if endpoint is Endpoint.TOKEN:
            headers["x-ms-clitelem"] = f"1,{error_number or 0},0,,"
            if not self.settings.is_before(2025):
                headers["x-ms-srs"] = "1.P"
        if self.settings.is_before(2022):
            del headers["X-XSS-Protection"]
        return headers

    @property
    def _separator(self) -> str:
        """Between the parts of an error's description: CR LF in September 2023, a blank in December."""
        return "\r\n" if self.settings.is_before(2023, 11) else " "

    def cookies(self, endpoint: Endpoint, trace: Trace) -> tuple[str, ...]:
        """The three cookies of the token endpoint, as captured; documents are sent without."""
        if endpoint in DOCUMENTS or endpoint is Endpoint.USERINFO:
            return ()
        return metadata.cookies(trace)

    def is_for_userinfo(self, login: Login) -> bool:
        """Userinfo is Graph's, which takes no token for an application's own API."""
        return not own_api_scopes(login.client_id, login.scopes)

    def invalid_bearer(self, *, missing_scope: bool) -> tuple[int, dict[str, str], str]:
        """Graph's error object."""
        del missing_scope
        return oidc_errors.invalid_bearer()


def _authority(org: Org) -> str:
    """What URLs name: the shared authority that was asked, else the GUID, also for a domain (MEM)."""
    return org.authority if org.authority in metadata.SHARED_AUTHORITIES else org.directory_id


def _dotnet_quote(value: str) -> str:
    """.NET's HttpUtility.UrlEncode: `!*()` stay, the hexadecimal digits are lower case."""
    first, *rest = quote_plus(value, safe="!*()").split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in rest)])


V2_SERVER = EntraServer(name="v2.0", version="v2.0")
V1_SERVER = EntraServer(name="v1.0", version="")
PROFILE = OidcProfile(servers=(V2_SERVER, V1_SERVER), device=DEVICE_FLOW)
