"""Reading an IdP's SAML metadata for the Security tab: three fields, or a sentence about what is wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from platform_stub.certificates import CertificateError, parse_certificates, to_pem, warnings
from platform_stub.fetch import url_problem
from platform_stub.policy import STRICT, Policy

_MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_BINDINGS = (
    "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
    "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
)
_DECLARATION = b"<?xml"
_SAML2 = "urn:oasis:names:tc:SAML:2.0:protocol"


class MetadataError(ValueError):
    """The document is not usable IdP metadata; the message says what was found and what was expected."""


@dataclass(frozen=True)
class IdpMetadata:
    """The three fields that the green arrow fills, and what a person should know about them."""

    single_sign_on_url: str
    issuer_url: str
    certificate_x509: str
    warnings: tuple[str, ...]


def parse_idp_metadata(document: bytes, now: datetime, policy: Policy = STRICT) -> IdpMetadata:
    """Return the fields of one identity provider (SAMLMETA 2.3-2.4).

    The signature of the metadata is not checked: there is no key yet to check it with. Raises MetadataError.
    """
    entity = _single_identity_provider(_parse(document, policy))
    if "valid-until" in policy.metadata_rules:
        _refuse_expired(entity, now)
    role = _roles(entity)[0]
    issuer = entity.get("entityID", "").strip()
    if not issuer:
        raise MetadataError("The metadata has no entityID, so there is no Issuer URL.")
    certificates = _signing_certificates(role, policy)
    try:
        parsed = parse_certificates(certificates)
    except CertificateError as error:
        raise MetadataError(f"The signing certificate in the metadata is not usable. {error}") from error
    sign_on_url = _sign_on_url(role)
    problem = url_problem(sign_on_url)
    if problem and "web-addresses" in policy.metadata_rules:
        raise MetadataError(f"The SingleSignOnService in the metadata cannot be used. {problem}")
    return IdpMetadata(sign_on_url, issuer, to_pem(parsed), tuple(warnings(parsed, now)))


def _parse(document: bytes, policy: Policy) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        if _DECLARATION in document and not document.startswith(_DECLARATION):
            raise MetadataError(
                "The answer is not well-formed XML: a line break or another character stands before the XML "
                "declaration <?xml …?>, which has to come first. The identity provider has to correct that; "
                "until then, copy the three values by hand."
            ) from error
        raise MetadataError(f"The answer is not XML: {error.msg}.") from error
    if root.getroottree().docinfo.internalDTD is not None and "no-dtd" in policy.metadata_rules:
        raise MetadataError("The answer has a DTD, which SAML metadata never needs; it is not read.")
    return root


def _single_identity_provider(root: etree._Element) -> etree._Element:
    if root.tag == f"{_MD}EntityDescriptor":
        entities = [root]
    elif root.tag == f"{_MD}EntitiesDescriptor":
        entities = list(root.iter(f"{_MD}EntityDescriptor"))
    else:
        raise MetadataError(
            f"The answer is XML but not SAML metadata: it starts with <{etree.QName(root).localname}>, "
            "expected <EntityDescriptor>."
        )
    providers = [entity for entity in entities if _roles(entity)]
    if len(providers) == 1:
        return providers[0]
    if providers:
        raise MetadataError(
            f"The metadata describes {len(providers)} identity providers; expected the address of one."
        )
    if any(entity.find(f"{_MD}SPSSODescriptor") is not None for entity in entities):
        raise MetadataError("This is the metadata of a service provider; expected an identity provider's.")
    raise MetadataError("The metadata describes no SAML 2.0 identity provider (no IDPSSODescriptor).")


def _roles(entity: etree._Element) -> list[etree._Element]:
    """Return the entity's roles as a SAML 2.0 identity provider."""
    roles = entity.findall(f"{_MD}IDPSSODescriptor")
    return [role for role in roles if _SAML2 in role.get("protocolSupportEnumeration", "").split()]


def _refuse_expired(entity: etree._Element, now: datetime) -> None:
    for element in (entity, *entity.iterancestors(), *_roles(entity)):
        until = element.get("validUntil")
        if until is None:
            continue
        try:
            moment = datetime.fromisoformat(until)
        except ValueError as error:
            raise MetadataError(f"The metadata's validUntil, “{until}”, is not a time.") from error
        if moment.replace(tzinfo=moment.tzinfo or UTC) <= now:
            raise MetadataError(f"The metadata was valid until {until}; get a current one.")


def _sign_on_url(role: etree._Element) -> str:
    services = {
        service.get("Binding", ""): service.get("Location", "").strip()
        for service in reversed(role.findall(f"{_MD}SingleSignOnService"))
    }
    for binding in _BINDINGS:
        if services.get(binding):
            return services[binding]
    raise MetadataError(
        "The metadata has no SingleSignOnService with the HTTP-Redirect or HTTP-POST binding."
    )


def _signing_certificates(role: etree._Element, policy: Policy) -> str:
    """Return the signing certificates as PEM-like text; a key without ``use`` serves for signing too."""
    found = []
    unnamed = "" if policy.metadata_certificates == "for-signing" else "signing"
    for key in role.iterfind(f"{_MD}KeyDescriptor"):
        if key.get("use", unnamed) == "signing":
            found += [(element.text or "").strip() for element in key.iter(f"{_DS}X509Certificate")]
    if not found:
        raise MetadataError("The metadata has no signing certificate.")
    unique = dict.fromkeys("".join(text.split()) for text in found)
    return "".join(f"-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----" for body in unique)
