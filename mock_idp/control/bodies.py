"""The JSON bodies that the control API takes. What they do is `routes`."""

from __future__ import annotations

import base64
import re
from datetime import date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mock_idp.oidc_app import GroupFilter, GroupsIn, SignInAudience, SigningKeyOf
from mock_idp.personas import Factor, IdentityProvider, Status
from mock_idp.tenant_settings import (
    AccessPolicy,
    Authority,
    CertificateDigest,
    Consent,
    Endpoint,
    IssuerMode,
    MetadataDeclaration,
    PublishedIssuer,
    SignInPage,
    SignOutPicker,
    StaySignedIn,
    Trouble,
    UnknownPeople,
    UserinfoHost,
)

TENANT_NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
SCRIPT_SCHEMES = ("javascript", "data", "vbscript")
TEN_YEARS = 10 * 366 * 24 * 3600


def _printable(text: str) -> str:
    if re.search(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]", text):
        raise ValueError("it holds a control character or half a character, which XML cannot carry")
    return text


def _web_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("expected an absolute http or https URL")
    return text


def _absolute_uri(text: str) -> str:
    scheme = urlsplit(text).scheme
    if not scheme or scheme.lower() in SCRIPT_SCHEMES:
        raise ValueError("expected an absolute URI that is not a script")
    return text


def _key_set(jwks: dict[str, Any] | None) -> dict[str, Any] | None:
    if jwks is None:
        return None
    listed = keys if isinstance(keys := jwks.get("keys"), list) else []
    if not listed or any(not isinstance(key, dict) or "kty" not in key for key in listed):
        raise ValueError('expected a JWKS, {"keys": [{"kty": "RSA", …}]}')
    if any("d" in key or key["kty"] == "oct" for key in listed):
        raise ValueError("expected public keys; a private or secret one stays with the application")
    return jwks


def _instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError(
            "expected an ISO 8601 instant such as 2030-01-31T12:00:00Z, or null for real time"
        ) from error


def _base32(text: str) -> str:
    try:
        base64.b32decode(text, casefold=True)
    except ValueError as error:
        raise ValueError("expected a secret in base32 (letters and 2 to 7, in groups of eight)") from error
    return text.upper()


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ValueError("expected a day such as 2020-07-14, or null for today") from error


def _assigned(value: object) -> object:
    if value != "everyone" and not (isinstance(value, list) and all(isinstance(name, str) for name in value)):
        raise ValueError("expected 'everyone' or a list of persona IDs")
    return value


def _own_personas(value: object) -> object:
    if value == "catalogue":
        return None
    if not isinstance(value, dict):
        raise ValueError(  # noqa: TRY004 - pydantic reports ValueError only
            "expected 'catalogue' or an object of personas by ID"
        )
    return value


def regular_expression(text: str) -> str:
    """The text, if it is a regular expression. Raises ValueError."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"expected a regular expression ({error})") from error
    return text


Text = Annotated[str, Field(max_length=1000), AfterValidator(_printable)]
Name = Annotated[str, Field(pattern=NAME)]
WebUrl = Annotated[str, Field(max_length=2000), AfterValidator(_printable), AfterValidator(_web_url)]
Uri = Annotated[str, Field(max_length=2000), AfterValidator(_printable), AfterValidator(_absolute_uri)]
Assigned = Annotated[Literal["everyone"] | list[str], BeforeValidator(_assigned)]


ResponseType = Literal[
    "code", "id_token", "token", "code id_token", "code token", "id_token token", "code id_token token"
]
OptionalClaim = Literal[
    "acct", "auth_time", "ctry", "email", "family_name", "given_name", "ipaddr", "login_hint", "sid",
    "pwd_exp", "pwd_url", "tenant_region_scope", "upn", "upn:include_externally_authenticated_upn",
    "upn:include_externally_authenticated_upn_without_hash", "verified_primary_email",
    "verified_secondary_email", "xms_edov",
]  # fmt: skip


GrantType = Literal[
    "authorization_code",
    "refresh_token",
    "password",
    "implicit",
    "urn:ietf:params:oauth:grant-type:device_code",
]


class Body(BaseModel):
    """A JSON object without unknown fields, whose values are taken as they are, not converted."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)  # built when first read

    def values(self, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
        """What the body says and its defaults, by field name, with tuples for lists."""
        said = self.model_dump(exclude=set(without))
        return {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}


class PersonaBody(Body):
    """A persona or a change to one: only the fields that are there count. A null e-mail removes it."""

    login: Text = ""
    password: Text = ""
    email: Text | None = None
    email_verified: bool | None = None
    given_name: Text | None = None
    family_name: Text | None = None
    display_name: Text | None = None
    groups: list[Text] = []
    status: Status = "active"
    hint: Text = ""
    group_count: Annotated[int, Field(ge=0, le=5000)] = 0
    home_tenant: Text | None = None
    guest: bool = False
    identity_provider: IdentityProvider = "entra"
    xms_edov: bool | None = None
    factors: Annotated[list[Factor], Field(min_length=1)] = ["app"]
    personal_account: bool = False
    totp_secret: Annotated[str, AfterValidator(_base32)] = ""
    claims: dict[Annotated[Text, Field(min_length=1)], Any] = {}

    def changes(self) -> dict[str, Any]:
        """What the body says, by the persona's field names."""
        said = self.model_dump(include=self.model_fields_set)
        return {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}


class SettingsBody(Body):
    """The settings of a tenant, or a change to them: only the fields that are there count.

    Their meaning and defaults are `TenantSettings`'.
    """

    certificate_expired: bool = False
    certificate_digest: CertificateDigest = "sha256"
    metadata_declaration: MetadataDeclaration = "vendor"
    issuer: PublishedIssuer = "concrete"
    authority: Authority = "tenant"
    default_authorization_server: bool = True
    custom_domain: WebUrl | None = None
    issuer_mode: IssuerMode = "org"
    consent: Consent = "none"
    access_policy: AccessPolicy = "allow"
    sign_in_page: SignInPage = "identifier_first"
    identity_providers: dict[Annotated[Text, Field(min_length=1)], Text] = {}
    stay_signed_in: StaySignedIn = "vendor"
    sign_out_picker: SignOutPicker = "several"
    as_of: Annotated[str, AfterValidator(_day)] | None = None
    userinfo_host: UserinfoHost = "mock"
    claims_at_login: bool = False
    outage: bool = False
    unknown_people: UnknownPeople = "refuse"
    back_channel_url: WebUrl | None = None
    discovery: dict[str, Any] = {}
    jwk: dict[str, Any] = {}
    key_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    saml_metadata_fails: bool = False
    trouble: dict[Endpoint, Trouble] = {}

    def changes(self) -> dict[str, Any]:
        """What the body says, by the settings' names."""
        return self.model_dump(include=self.model_fields_set)


class TenantBody(Body):
    """A tenant to create. Personas None (in JSON: "catalogue" or left out) means those of the catalogue."""

    personality: str
    name: Annotated[str, Field(pattern=TENANT_NAME)] | None = None
    personas: Annotated[dict[Name, PersonaBody] | None, BeforeValidator(_own_personas)] = None
    settings: dict[str, Any] = {}


class TenantChangeBody(Body):
    """A change to a tenant: the settings that are named change, the others stay."""

    settings: dict[str, Any]


class GroupsClaimBody(Body):
    """The groups claim of an OIDC application; the meaning is `GroupsClaim`'s."""

    name: Annotated[Text, Field(min_length=1)] = "groups"
    filter: GroupFilter = "REGEX"
    value: Annotated[Text, AfterValidator(regular_expression)] = ".*"
    include: list[GroupsIn] = ["id_token", "userinfo"]
    format: Literal["id", "name"] = "id"


class OidcAppBody(Body):
    """An OpenID Connect relying party to register. A null secret makes it a public client."""

    protocol: Literal["oidc"]
    redirect_uris: Annotated[list[Uri], Field(min_length=1)]
    assigned: Assigned = "everyone"
    client_id: Annotated[Text, Field(min_length=1)] | None = None
    client_secret: Annotated[Text, Field(min_length=1)] | None = None
    grant_types: list[GrantType] = [
        "authorization_code",
        "refresh_token",
    ]
    pkce_required: bool = False
    post_logout_redirect_uris: list[Uri] = []
    server: Text | None = None
    response_types: Annotated[list[ResponseType], Field(min_length=1)] = ["code"]
    secret_expires: Annotated[datetime | None, BeforeValidator(_instant)] = None
    signing_key: SigningKeyOf = "tenant"
    sign_in_audience: SignInAudience = "AzureADMyOrg"
    access_token_version: Literal[1, 2] = 1
    optional_claims: list[OptionalClaim] = []
    amr: Annotated[list[Annotated[Text, Field(min_length=1)]], Field(min_length=1)] = ["pwd"]
    front_channel_logout_uri: WebUrl | None = None
    custom_claims: dict[str, Any] = {}
    access_token_claims: dict[str, Any] = {}
    granted_scopes: list[Annotated[Text, Field(min_length=1)]] | None = None
    groups_claim: GroupsClaimBody | None = None
    jwks: Annotated[dict[str, Any] | None, AfterValidator(_key_set)] = None


class ClockBody(Body):
    """Either an offset to real time, or an instant at which the clock stands still (null: real time)."""

    offset_seconds: Annotated[int, Field(ge=-TEN_YEARS, le=TEN_YEARS)] | None = None
    now: Annotated[datetime | None, BeforeValidator(_instant)] = None

    @model_validator(mode="after")
    def one_of_two(self) -> ClockBody:
        """Exactly one field."""
        if len(self.model_fields_set) != 1:
            raise ValueError("expected exactly one of offset_seconds and now")
        return self


class KeysBody(Body):
    """A step of a key rollover: of the tenant's keys, or of the own keys of the application `app`."""

    action: Literal["publish_next", "activate_next", "retire_previous"]
    app: str | None = None


class MatchBody(Body):
    """Which logins a fault is for; what is left out does not matter. The meaning is `MATCHABLE`'s."""

    persona: Text | None = None
    app: Text | None = None
    login_hint: Text | None = None
    relay_state: Text | None = None


class FaultBody(Body):
    """A fault to arm, by name and parameters: for one attempt, or for the next `times` logins that match."""

    attempt: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    match: MatchBody | None = None
    times: Annotated[int, Field(ge=1, le=1_000_000)] | None = 1
    fault: dict[str, Any]

    @model_validator(mode="after")
    def one_of_two(self) -> FaultBody:
        """Either an attempt, or a description of logins."""
        if (self.attempt is None) == (self.match is None):
            raise ValueError("expected either attempt (an AuthnRequest's ID or a state) or match")
        return self


class LogoutTokenBody(Body):
    """For whose session at which application a logout token is made, and with which fault."""

    app: str
    persona: str
    fault: dict[str, Any] | None = None


ResettablePart = Literal["apps", "keys"]


class ResetBody(Body):
    """What a reset takes besides the usual: the registered applications, or the keys."""

    also: list[ResettablePart] = []
