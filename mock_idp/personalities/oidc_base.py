"""The shapes that the OpenID Connect half of every personality fills in. No vendor's facts live here."""

from __future__ import annotations

import binascii
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar
from urllib.parse import urlencode

from mock_idp.apps import OidcApp
from mock_idp.clock import instant_words
from mock_idp.keys import KeyRing, SigningKey
from mock_idp.personalities.oidc_problems import ErrorText, Problem
from mock_idp.personalities.place import Place
from mock_idp.tenant_settings import TenantSettings

_T = TypeVar("_T")

Parameters = Sequence[tuple[str, str]]
"""Query or form parameters in wire order; order is part of a vendor's fingerprint."""
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def present(members: Mapping[str, _T | None]) -> dict[str, _T]:
    """The members that have a value, in their order: what is optional is left out, never null."""
    return {name: value for name, value in members.items() if value is not None}


class UnknownResourceError(LookupError):
    """A scope or `resource` addresses an API that the tenant does not have."""

    def __init__(self, resource: str) -> None:
        super().__init__(resource)
        self.resource = resource


class Endpoint(StrEnum):
    """The URLs of one authorization server that this mock answers."""

    DISCOVERY = "discovery"
    OAUTH_METADATA = "oauth_metadata"
    KEYS = "keys"
    AUTHORIZE = "authorize"
    TOKEN = "token"  # noqa: S105 - the name of an endpoint, not a secret
    USERINFO = "userinfo"
    LOGOUT = "logout"
    INTROSPECT = "introspect"
    REVOKE = "revoke"
    DEVICE = "device"
    PUSHED = "pushed"
    CHECK_SESSION = "check_session"
    REGISTRATION = "registration"
    KERBEROS = "kerberos"
    INSTANCE = "instance"


@dataclass(frozen=True)
class Org(Place):
    """A place as the caller addressed it.

    `authority` is the first path segment of an Entra URL (tenant GUID, domain or `common`), and empty at
    Okta. `appid` is the client ID of the application whose own keys were asked for, else empty. `issuer_url`
    is what issuers begin with, where that is not `base_url`.
    """

    authority: str = ""
    appid: str = ""
    settings: TenantSettings = field(default_factory=TenantSettings)
    issuer_url: str = ""

    @property
    def issuer_base(self) -> str:
        """What issuers begin with."""
        return self.issuer_url or self.base_url


class Person(NamedTuple):
    """A persona as the vendor's directory knows it; `user_id` is Okta's `00u…` or Entra's object id.

    The last four are Entra's: see `Persona`. `home_tenant_id` is empty for someone of this tenant.
    """

    user_id: str
    login: str
    email: str | None
    email_verified: bool | None
    given_name: str | None
    family_name: str | None
    display_name: str
    groups: tuple[str, ...] = ()
    home_tenant_id: str = ""
    guest: bool = False
    identity_provider: str = "entra"
    xms_edov: bool | None = None

    @property
    def is_foreign(self) -> bool:
        """Whether the account is kept by another tenant and has not been invited to this one."""
        return bool(self.home_tenant_id) and not self.guest


class Login(NamedTuple):
    """What a token is about: who signed in, when, where, for which scopes. Times are epoch seconds.

    `idp` is the other identity provider that vouched, empty for a password.
    """

    person: Person
    app: OidcApp
    scopes: tuple[str, ...]
    auth_time: int
    now: int
    nonce: str | None = None
    session_id: str = ""
    idp: str = ""

    @property
    def client_id(self) -> str:
        """The application's client ID."""
        return self.app.client_id


class Beside(NamedTuple):
    """What an ID token is issued together with, and whether the browser carries it (OIDC Core 3.3.2.11)."""

    access_token: str | None = None
    code: str | None = None
    front_channel: bool = False


class AccessTokenDraft(NamedTuple):
    """An access token before signing, and the key that signs it.

    `signed_header`, where given, is what the signature covers in place of `header`: that is how Entra's Graph
    tokens come to be unverifiable with the published key.
    """

    header: Mapping[str, object]
    claims: Mapping[str, object]
    key: SigningKey
    signed_header: Mapping[str, object] | None = None


class Issued(NamedTuple):
    """The strings that go into one token or authorization response; `lifetime` in seconds."""

    access_token: str | None
    id_token: str | None
    refresh_token: str | None
    scopes: tuple[str, ...]
    lifetime: int
    code: str | None = None


class Trace(NamedTuple):
    """What a vendor prints beside an error, so that support can find it: two GUIDs and a time in UTC.

    The GUIDs are written, when somebody asks for them, from `drawn`: 32 random bytes in hexadecimal.
    `client_request_id` is the caller's own `client-request-id` header, which Entra echoes.
    """

    drawn: str
    at: datetime
    client_request_id: str | None = None

    @property
    def request_id(self) -> str:
        """The GUID of the request."""
        return _guid(self.drawn[:32])

    @property
    def correlation_id(self) -> str:
        """The caller's own ID, when it sent one, else a further GUID."""
        return self.client_request_id or _guid(self.drawn[32:])

    @property
    def timestamp(self) -> str:
        """The time in words."""
        return instant_words(self.at)


def _guid(text: str) -> str:
    """What `str(uuid.uuid4())` makes of 16 bytes in hex (RFC 9562 section 5.4), at a fifth of its cost."""
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


class AuthorizationServer(Protocol):
    """One authorization server of one vendor, as seen on the wire: URLs, documents, tokens, wording.

    Implementations are frozen data with functions that compute from their arguments (and draw random ids);
    they know nothing of HTTP requests, stores or the journal.
    """

    @property
    def name(self) -> str:
        """Name among the vendor's servers, e.g. `org`, `default`, `v2.0`."""

    @property
    def vendor(self) -> str:
        """Personality that it belongs to: `okta` or `entra`."""

    @property
    def code_lifetime(self) -> int:
        """Seconds for which an authorization code can be redeemed."""

    @property
    def response_modes(self) -> tuple[str, ...]:
        """Accepted values of `response_mode`."""

    @property
    def pkce_methods(self) -> tuple[str, ...]:
        """Accepted values of `code_challenge_method`."""

    @property
    def prompts(self) -> frozenset[str]:
        """The words that `prompt` may hold."""

    @property
    def rotates_refresh_tokens(self) -> bool:
        """Whether a refresh answers with a new refresh token instead of the one presented."""

    @property
    def requires_state(self) -> bool:
        """Whether an authorization request without `state` is refused."""

    @property
    def page_problems(self) -> frozenset[Problem]:
        """The problems after sign-in that a person sees on an error page instead of being redirected."""

    @property
    def refusal_tail(self) -> str:
        """What ends the URL of a refusal that travels in the query."""

    @property
    def strict_logout(self) -> bool:
        """Whether logout without a valid `id_token_hint`, or to an unknown URI, is an error page.

        Otherwise the vendor signs out all the same and stays on its own page.
        """

    def as_set(self, settings: TenantSettings) -> AuthorizationServer:
        """The server as it answers in a tenant with those settings."""

    @property
    def routes(self) -> Mapping[Endpoint, str]:
        """Endpoint to URL rule below the tenant's base URL; `<authority>` is the first segment at Entra."""

    def address_problem(self, org: Org, endpoint: Endpoint, app: OidcApp | None = None) -> Problem | None:
        """Why `endpoint` cannot be served, to `app`, under the authority that the caller wrote, if so."""

    def sign_in_problem(self, org: Org, login: Login) -> Problem | None:
        """Why the person who signed in may not go on to the application, assignment apart."""

    def token_problem(self, org: Org, login: Login, *, interactive: bool) -> Problem | None:
        """Why no token can be issued for the login; `interactive` means that it has just been one."""

    def password_problem(self, org: Org) -> Problem | None:
        """Why the password grant is refused to everybody, though name and password are right."""

    def scopes_of_resource(self, resource: str) -> tuple[str, ...]:
        """The scopes for which `resource` stands, the parameter of Entra's v1.0; none elsewhere."""

    def post_logout_uris(self, app: OidcApp) -> tuple[str, ...]:
        """The URIs to which logout may redirect for `app`."""

    def url(self, endpoint: Endpoint, org: Org) -> str:
        """Absolute URL of `endpoint` at `org`."""

    def issuer(self, org: Org) -> str:
        """The `iss` of ID tokens."""

    def discovery(self, org: Org) -> dict[str, object]:
        """OpenID Provider metadata, members in the vendor's order (OIDC Discovery section 3)."""

    @property
    def instance_metadata(self) -> Mapping[str, object]:
        """What instance discovery answers beside the address of the document; empty where there is none."""

    def jwk(self, key: SigningKey, org: Org) -> dict[str, object]:
        """One key of the JWKS, members in the vendor's order (RFC 7517 section 4)."""

    def signer(self, login: Login) -> str:
        """Which authority's keys sign for the account; empty means the tenant's."""

    def signers(self, org: Org) -> tuple[str, ...]:
        """The authorities whose keys the JWKS lists; the empty one is the tenant."""

    def front_channel_logout(self, org: Org, app: OidcApp, session_id: str) -> str | None:
        """What to load in a hidden frame to sign `app` out, if it and the vendor do that.

        Source: OpenID Connect Front-Channel Logout 1.0 section 3.
        """

    def granted_scopes(self, requested: Sequence[str], app: OidcApp) -> tuple[str, ...]:
        """The scopes in the vendor's own order; raises LookupError naming one that `app` cannot get.

        UnknownResourceError, which is one too, names an API that there is not.
        """

    def new_code(self, org: Org, client_id: str) -> str:
        """A fresh authorization code of the vendor's shape."""

    def new_refresh_token(self, org: Org, client_id: str) -> str:
        """A fresh refresh token of the vendor's shape."""

    def lifetime(self) -> int:
        """Seconds that the next access token lives."""

    def access_token(
        self, org: Org, login: Login, keys: KeyRing, *, lifetime: int, refreshable: bool
    ) -> AccessTokenDraft:
        """The access token to sign."""

    def id_token(
        self, org: Org, login: Login, key: SigningKey, beside: Beside
    ) -> tuple[dict[str, object], dict[str, object]]:
        """JOSE header and claims of the ID token, both in the vendor's order."""

    def token_response(
        self, org: Org, login: Login, issued: Issued, asked: Mapping[str, str]
    ) -> dict[str, object]:
        """Body of the token response, members in the vendor's order; `asked` is the token request's form."""

    def userinfo(self, org: Org, login: Login) -> dict[str, object]:
        """Body of the userinfo response, members in the vendor's order."""

    def success_parameters(self, issued: Issued, state: str | None, session_id: str) -> list[tuple[str, str]]:
        """Parameters of a successful authorization response, in the vendor's order."""

    def error_parameters(
        self, problem: Problem, details: Mapping[str, str], state: str | None, trace: Trace
    ) -> list[tuple[str, str]]:
        """Parameters of a refused authorization request, in the vendor's order."""

    def encode(self, parameters: Parameters) -> str:
        """The parameters percent-encoded in the vendor's manner."""

    def describe(self, problem: Problem, details: Mapping[str, str]) -> ErrorText:
        """The vendor's words for a problem, details filled in."""

    def error_body(self, problem: Problem, details: Mapping[str, str], trace: Trace) -> dict[str, object]:
        """Body of a refusal at the token endpoint, members in the vendor's order."""

    def headers(self, endpoint: Endpoint, trace: Trace, *, error_number: int | None = None) -> dict[str, str]:
        """Response headers that the vendor sends from `endpoint`, without Content-Length and Set-Cookie."""

    def cookies(self, endpoint: Endpoint, trace: Trace) -> tuple[str, ...]:
        """The Set-Cookie headers that `endpoint` sends with every answer, the sign-in session's apart."""

    def is_for_userinfo(self, login: Login) -> bool:
        """Whether userinfo is the audience of the access token that the login got."""

    def invalid_bearer(self, *, missing_scope: bool) -> tuple[int, dict[str, str], str]:
        """Status, headers and body with which userinfo refuses an access token."""


def left_half_hash(token: str) -> str:
    """`at_hash` of a token, `c_hash` of a code: base64url of the left 128 bits of its SHA-256.

    Source: OIDC Core sections 3.1.3.6 and 3.3.2.11.
    """
    return base64url(hashlib.sha256(token.encode("ascii")).digest()[:16])


def base64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return binascii.b2a_base64(data, newline=False).translate(_URL_SAFE).rstrip(b"=").decode("ascii")


def random_base64url(size: int) -> str:
    """`size` random bytes in base64url, as `secrets.token_urlsafe` makes them."""
    return base64url(os.urandom(size))


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """`url` with the parameters added to whatever query it has."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"
