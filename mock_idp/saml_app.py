"""A SAML service provider as the administrator of an IdP registers it: data only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Assigned = tuple[str, ...] | Literal["everyone"]
SignedParts = Literal["assertion", "response", "both"]
SignatureAlgorithm = Literal["rsa-sha256", "rsa-sha1"]
AudienceMode = Literal["entity_id", "spn"]
NameFormat = Literal["unspecified", "basic", "uri"]
FilterType = Literal["STARTS_WITH", "EQUALS", "CONTAINS", "REGEX"]
AuthnMethod = Literal["password", "windows", "x509", "multipleauthn", "onetimepasscode", "unspecified"]
Mismatch = Literal["page", "response"]
CipherName = Literal["aes128-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm"]
KeyTransport = Literal["rsa-oaep-sha1", "rsa-oaep-sha256", "rsa-1_5"]
KeyPlace = Literal["inside", "beside"]
LogoutBinding = Literal["redirect", "post"]
LogoutNameId = Literal["asserted", "pairwise"]


@dataclass(frozen=True)
class Encryption:
    """For whom assertions are encrypted: the service provider's certificate as PEM, and how.

    Whether it is expired is not looked at: a provider that renewed its key still gets the old one (S53).
    Both vendors' usual cipher is AES-256 in CBC mode. `key_place` is where the EncryptedKey stands: in the
    KeyInfo of the EncryptedData, beside it, or where the vendor puts it."""

    certificate: str
    cipher: CipherName = "aes256-cbc"
    key_transport: KeyTransport = "rsa-oaep-sha1"
    key_place: KeyPlace | None = None


@dataclass(frozen=True)
class StatedAttribute:
    """One attribute that the administrator added. `value` is a field of the user's profile if it begins with
    `user.`, in the vendor's own words (`user.mail` at Entra, `user.email` at Okta), else a fixed text."""

    name: str
    value: str
    name_format: NameFormat = "unspecified"


@dataclass(frozen=True)
class GroupsAttribute:
    """The attribute that lists the user's groups, one value for each.

    Attributes:
        name: the attribute's name.
        filter: how a group's name must match `value`, in the words of Okta's Group Attribute Statements.
        value: what the filter compares with; the usual one matches every name. REGEX matches whole names.
        format: Entra: object IDs, or names (which Entra has for synchronised groups only).
    """

    name: str
    filter: FilterType = "REGEX"
    value: str = ".*"
    format: Literal["id", "name"] = "name"

    def selects(self, group: str) -> bool:
        """Whether the filter lets a group of that name through."""
        if self.filter == "STARTS_WITH":
            return group.startswith(self.value)
        if self.filter == "EQUALS":
            return group == self.value
        if self.filter == "CONTAINS":
            return self.value in group
        return re.fullmatch(self.value, group) is not None


@dataclass(frozen=True)
class SamlApp:
    """A SAML service provider. `acs_urls[0]` is the default; `audience` is its entity ID. None means the
    vendor's own choice wherever it is allowed.

    Attributes:
        name_id_format: what NameID is sent unless the request's wish is heeded (Entra heeds it, Okta not).
        name_id_value: a user field as in `StatedAttribute` instead of the vendor's; not for persistent and
            transient NameIDs.
        sign: what is signed (S43); `signature_algorithm` is also the digest's.
        encrypt: for whom the assertion is encrypted, if at all.
        audience_mode: `spn` writes `spn:` and the application's ID (S19).
        attributes: instead of those that the vendor's new application has. Entra's identity claims (tenant,
            object ID and so on) are sent in any case.
        groups_attribute: Okta sends no groups without it; Entra sends all under its own name.
        assertion_lifetime_seconds: from issue to NotOnOrAfter.
        authn_instant_age_seconds: how much older AuthnInstant is than the sign-in (S13).
        authn_context: the AuthnContextClassRef that is sent, whatever was asked for.
        authn_methods: how the user signs in; Entra compares it with what a request asks for (S41).
        authn_context_mismatch: Entra shows AADSTS75011, or sends a Response with NoAuthnContext (S42).
        honor_force_authn: Okta's "Honor Force Authentication".
        relay_state: `echo`, `drop`, or the text that is sent instead, a foreign URL for example (S50).
        default_relay_state: what is sent when the login brought none.
        request_certificate: PEM with which the service provider signs. A signature is then verified where
            there is one; `require_signed_requests` refuses requests without.
        logout_url: the service provider's single logout service; None: it takes no part in logout.
        logout_binding: how it gets logout messages (Okta: post, Entra: redirect).
        sign_logout: whether logout messages are signed (Okta: yes, Entra: no, S51).
        logout_name_id: whom the IdP's own LogoutRequest names: as the assertion did, or (Entra) by a pairwise
            ID without a Format.
        consented: Entra. False refuses every login with AADSTS650056 (S59).
    """

    name: str
    acs_urls: tuple[str, ...]
    audience: str
    assigned: Assigned
    name_id_format: str | None = None
    name_id_value: str | None = None
    sign: SignedParts | None = None
    signature_algorithm: SignatureAlgorithm = "rsa-sha256"
    encrypt: Encryption | None = None
    audience_mode: AudienceMode = "entity_id"
    attributes: tuple[StatedAttribute, ...] | None = None
    groups_attribute: GroupsAttribute | None = None
    assertion_lifetime_seconds: int | None = None
    authn_instant_age_seconds: int = 0
    authn_context: str | None = None
    authn_methods: tuple[AuthnMethod, ...] = ("password",)
    authn_context_mismatch: Mismatch = "page"
    honor_force_authn: bool = True
    relay_state: str = "echo"
    default_relay_state: str | None = None
    request_certificate: str | None = None
    require_signed_requests: bool = False
    logout_url: str | None = None
    logout_binding: LogoutBinding | None = None
    sign_logout: bool | None = None
    logout_name_id: LogoutNameId | None = None
    consented: bool = True

    protocol: Literal["saml"] = "saml"
