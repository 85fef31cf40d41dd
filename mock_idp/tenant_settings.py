"""The settings of a tenant: what a correct IdP may do one way or another. Lies are faults, not settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

MetadataDeclaration = Literal["vendor", "bom", "newline", "plain", "none"]
PublishedIssuer = Literal["concrete", "placeholder"]
Authority = Literal["tenant", "common", "organizations"]
Consent = Literal[
    "none", "asked", "admin_required", "approval_request", "misconfigured", "declined", "cancelled"
]
AccessPolicy = Literal[
    "allow",
    "block",
    "mfa",
    "mfa_registration",
    "device_authentication",
    "compliant_device",
    "joined_device",
    "approved_app",
]
CertificateDigest = Literal["sha256", "sha1"]
UserinfoHost = Literal["mock", "graph"]
SignInPage = Literal["identifier_first", "one_page", "classic"]
StaySignedIn = Literal["vendor", "asked", "never"]
SignOutPicker = Literal["several", "always"]
IssuerMode = Literal["org", "custom", "dynamic"]
UnknownPeople = Literal["refuse", "create"]
Endpoint = Literal["discovery", "keys", "token", "userinfo"]
Trouble = Literal["404", "500", "503", "hang", "drip", "not_json"]


@dataclass(frozen=True)
class TenantSettings:
    """How one tenant is set up; the defaults are what an administrator gets who changes nothing.

    Attributes:
        certificate_expired: the active signing certificate's notAfter lies in the past by the tenant's clock.
            Both vendors go on signing with it.
        certificate_digest: what SAML certificates sign themselves with; SHA-1 was usual until about 2016.
        metadata_declaration: how SAML metadata begins: as the vendor's does, with a byte order mark before
            the XML declaration, with a line feed before it, plain with neither, or without a declaration.
        issuer: Entra. `placeholder` writes the literal `{tenantid}` into the issuer of the tenant's own
            discovery document and keys, as `common` and `organizations` always have it.
        authority: Entra. Which authority the URLs name that the control API shows for pasting. Tokens name
            the user's tenant in any case; only a multi-tenant application signs people in elsewhere.
        default_authorization_server: Okta. Without it every URL under /oauth2/default is a 404, as in an org
            that lacks API Access Management.
        custom_domain: Okta. Scheme, host and port at which the org is found besides its own, such as
            `http://localhost:8400` where that is `http://127.0.0.1:8400`. Pages and documents name the one
            that was asked.
        issuer_mode: Okta. What issuers begin with: the org's own URL, that of the custom domain, or the one
            that was asked (unconfirmed: also at the token endpoint).
        access_policy: `block` is Entra's Conditional Access that lets nobody in (AADSTS53003), or an Okta
            access policy without a matching rule. `mfa` is the wish for a second factor: people are asked for
            it on a page of its own, Entra refuses whoever presents a password or refresh token without a
            person at hand (AADSTS50076), Okta refuses the password grant. The others are Entra's:
            `mfa_registration` is the same before a second factor is set up (AADSTS50079), without the page;
            the rest is what the policy wants of the device or the client (AADSTS50097, 53000, 53001, 53002),
            which nobody here has. They hold for SAML as well.
        sign_in_page: Okta. The user name first and the password on a second page, both on one page as an
            org's policy may allow, or the page of before the Identity Engine.
        identity_providers: who else vouches for people: the names of other tenants here, at Okta by the ID
            that a request's `idp` names, at Entra by the domain of login names and `domain_hint`. An ID that
            is not among them leads to the org's own login (unconfirmed).
        stay_signed_in: whether the pages ask it after the password: `vendor` is yes at Entra and no at Okta.
            A forced login is never asked.
        sign_out_picker: Entra. Whether logging out without a hint asks for the account only where the browser
            has several, or where it has one, too; users tell of both.
        consent: Entra. `asked` shows the page of consent to each person once for each application and set of
            permissions (as `prompt=consent` does each time), and sends back as `declined` does whoever says
            no there. `admin_required` ends each OpenID Connect login at "Need admin approval", AADSTS90094;
            `approval_request` where the tenant lets people ask for it there, AADSTS90095; `misconfigured` as
            where the application lacks permissions, AADSTS650056; `declined`, at Okta too, sends each person
            back as one who refused (AADSTS65004); `cancelled` as one who pressed Cancel (error_subcode).
        as_of: the wire as the captures of that day (ISO 8601, 2020-07-14) show it, where it has changed
            since; None is today.
        userinfo_host: Entra. `graph` publishes Microsoft's own address of v2.0 userinfo, which this IdP does
            not answer.
        claims_at_login: no vendor's: a login name may bring changes of its persona along, as in
            `alice@acme.test?email=other@acme.test`. See `login_pages.people`.
        unknown_people: no vendor's: `create` makes a persona of whoever signs in with an unknown name.
        outage: no vendor's: every address of the tenant answers 503, as when the whole IdP is down.
        back_channel_url: the address of this server for programs, where browsers know it by another one
            (containers): discovery names it in the endpoints that programs call.
        discovery: members of OpenID discovery documents that are put in place of the usual; null removes one.
        jwk: members of each published key that are put in place of the usual; null removes one.
        key_id: no vendor's: the one ID under which every key is published and named in ID tokens.
        saml_metadata_fails: no vendor's: SAML metadata answers 503, while everybody logs in as usual.
        trouble: no vendor's: how an endpoint for programs fails, by its name. It answers with a status, far
            too late (`hang`), a byte every half second (`drip`), or with a page (`not_json`).
    """

    certificate_expired: bool = False
    certificate_digest: CertificateDigest = "sha256"
    metadata_declaration: MetadataDeclaration = "vendor"
    issuer: PublishedIssuer = "concrete"
    authority: Authority = "tenant"
    default_authorization_server: bool = True
    custom_domain: str | None = None
    issuer_mode: IssuerMode = "org"
    consent: Consent = "none"
    access_policy: AccessPolicy = "allow"
    sign_in_page: SignInPage = "identifier_first"
    identity_providers: Mapping[str, str] = field(default_factory=dict)
    stay_signed_in: StaySignedIn = "vendor"
    sign_out_picker: SignOutPicker = "several"
    as_of: str | None = None
    userinfo_host: UserinfoHost = "mock"
    claims_at_login: bool = False
    unknown_people: UnknownPeople = "refuse"
    outage: bool = False
    back_channel_url: str | None = None
    discovery: Mapping[str, Any] = field(default_factory=dict)
    jwk: Mapping[str, Any] = field(default_factory=dict)
    key_id: str | None = None
    saml_metadata_fails: bool = False
    trouble: Mapping[Endpoint, Trouble] = field(default_factory=dict)

    def changed(self, changes: dict[str, Any]) -> TenantSettings:
        """A copy with `changes`, which are checked already, applied."""
        return replace(self, **changes)

    def is_before(self, year: int, month: int = 1) -> bool:
        """Whether the tenant is to behave as before that month."""
        return self.as_of is not None and self.as_of < f"{year:04}-{month:02}"

    def as_json(self) -> dict[str, Any]:
        """The settings as the control API shows them."""
        return asdict(self)
