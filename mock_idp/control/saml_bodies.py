"""The JSON body that describes a SAML application. What its fields mean is `mock_idp.saml_app`'s matter."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from mock_idp.control.bodies import Assigned, Body, Text, Uri, WebUrl, regular_expression
from mock_idp.personalities.saml_profile import NAME_ID_FORMATS
from mock_idp.provider_certificates import provider_certificate
from mock_idp.saml_app import (
    AudienceMode,
    AuthnMethod,
    CipherName,
    Encryption,
    FilterType,
    GroupsAttribute,
    KeyPlace,
    KeyTransport,
    LogoutBinding,
    LogoutNameId,
    Mismatch,
    NameFormat,
    SignatureAlgorithm,
    SignedParts,
    StatedAttribute,
)

DECADE = 10 * 366 * 24 * 3600


def _name_id_format(text: str) -> str:
    urn = NAME_ID_FORMATS.get(text, text)
    if not urn.startswith("urn:"):
        raise ValueError(f"expected a URN or one of {', '.join(NAME_ID_FORMATS)}")
    return urn


def _certificate(pem: str) -> str:
    provider_certificate(pem)  # an UnusableCertificateError is a ValueError, which pydantic tells
    return pem


Pem = Annotated[str, Field(max_length=20_000), AfterValidator(_certificate)]
Named = Annotated[Text, Field(min_length=1)]


class EncryptionBody(Body):
    """For whom assertions are encrypted, and how."""

    certificate: Pem
    cipher: CipherName = "aes256-cbc"
    key_transport: KeyTransport = "rsa-oaep-sha1"
    key_place: KeyPlace | None = None


class AttributeBody(Body):
    """An attribute that the administrator adds: `value` is a user field (`user.…`) or a fixed text."""

    name: Named
    value: Named
    name_format: NameFormat = "unspecified"


class GroupsAttributeBody(Body):
    """The attribute that lists groups."""

    name: Named
    filter: FilterType = "REGEX"
    value: Text = ".*"
    format: Literal["id", "name"] = "name"

    @model_validator(mode="after")
    def expression(self) -> GroupsAttributeBody:
        """What REGEX compares with has to be one."""
        if self.filter == "REGEX":
            regular_expression(self.value)
        return self


class SamlAppBody(Body):
    """A SAML service provider to register."""

    protocol: Literal["saml"]
    acs_urls: Annotated[list[WebUrl], Field(min_length=1)]
    audience: Named
    assigned: Assigned = "everyone"
    name_id_format: Annotated[Text, AfterValidator(_name_id_format)] | None = None
    name_id_value: Named | None = None
    sign: SignedParts | None = None
    signature_algorithm: SignatureAlgorithm = "rsa-sha256"
    encrypt: EncryptionBody | None = None
    audience_mode: AudienceMode = "entity_id"
    attributes: list[AttributeBody] | None = None
    groups_attribute: GroupsAttributeBody | None = None
    assertion_lifetime_seconds: Annotated[int, Field(ge=1, le=DECADE)] | None = None
    authn_instant_age_seconds: Annotated[int, Field(ge=0, le=DECADE)] = 0
    authn_context: Uri | None = None
    authn_methods: Annotated[list[AuthnMethod], Field(min_length=1, default_factory=lambda: ["password"])]
    authn_context_mismatch: Mismatch = "page"
    honor_force_authn: bool = True
    relay_state: Text = "echo"
    default_relay_state: Text | None = None
    request_certificate: Pem | None = None
    require_signed_requests: bool = False
    logout_url: WebUrl | None = None
    logout_binding: LogoutBinding | None = None
    sign_logout: bool | None = None
    logout_name_id: LogoutNameId | None = None
    consented: bool = True

    def values(self, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
        """What the body says and its defaults, by field name, in the types of `SamlApp`."""
        nested = {
            "encrypt": Encryption(**self.encrypt.values()) if self.encrypt else None,
            "attributes": (
                None
                if self.attributes is None
                else tuple(StatedAttribute(**each.values()) for each in self.attributes)
            ),
            "groups_attribute": (
                GroupsAttribute(**self.groups_attribute.values()) if self.groups_attribute else None
            ),
        }
        return super().values(without=(*without, *nested)) | nested

    def expressions(self) -> list[str]:
        """Every value that may name a field of the user's profile."""
        named = [] if self.name_id_value is None else [self.name_id_value]
        return named + [each.value for each in self.attributes or []]


class ProviderMetadataBody(Body):
    """A service provider's own SAML metadata; `encrypt` encrypts for the certificate that it names."""

    xml: Annotated[str, Field(min_length=1, max_length=500_000)]
    encrypt: bool = False
