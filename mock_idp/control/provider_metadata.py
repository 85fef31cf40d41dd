"""What a service provider's metadata says about it (SAML Metadata section 2.4.4), as a registration."""

from __future__ import annotations

from typing import Any

from lxml import etree

from mock_idp.saml.xml import MalformedXmlError, parse_foreign

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings:"
LOGOUT_BINDINGS = {f"{BINDINGS}HTTP-Redirect": "redirect", f"{BINDINGS}HTTP-POST": "post"}


class ProviderMetadataError(ValueError):
    """The metadata cannot be used; the message says what was expected and what came."""


def read(xml: str, *, encrypt: bool = False) -> dict[str, Any]:
    """The fields of a SAML application's registration that the metadata settles, by their names.

    With `encrypt` assertions will be encrypted for its certificate. Raises ProviderMetadataError."""
    try:
        root = parse_foreign(xml.encode("utf-8"))
    except MalformedXmlError as error:
        raise ProviderMetadataError(f"The metadata is not XML that can be read: {error}.") from error
    entities = [entity for entity in root.iter(f"{MD}EntityDescriptor") if _role(entity) is not None]
    if len(entities) != 1:
        raise ProviderMetadataError(
            f"Expected the metadata of one service provider (an EntityDescriptor with an SPSSODescriptor); "
            f"{len(entities)} are in it."
        )
    role = _role(entities[0])
    assert role is not None
    said: dict[str, Any] = {
        "audience": entities[0].get("entityID", ""),
        "acs_urls": _acs_urls(role),
        "require_signed_requests": role.get("AuthnRequestsSigned") in ("true", "1"),
    }
    signing, encryption = _certificate(role, "signing"), _certificate(role, "encryption")
    if said["require_signed_requests"] and signing is None:
        raise ProviderMetadataError("AuthnRequestsSigned is true, but there is no certificate for signing.")
    if encrypt and encryption is None:
        raise ProviderMetadataError(
            'There is no certificate to encrypt for (a KeyDescriptor without use, or with use="encryption").'
        )
    said["request_certificate"] = signing
    said["encrypt"] = {"certificate": encryption} if encrypt else None
    formats = [(element.text or "").strip() for element in role.findall(f"{MD}NameIDFormat")]
    return said | _logout(role) | ({"name_id_format": formats[0]} if formats else {})


def _role(entity: etree._Element) -> etree._Element | None:
    return entity.find(f"{MD}SPSSODescriptor")


def _acs_urls(role: etree._Element) -> list[str]:
    """The addresses for HTTP-POST: the default one first, then by index (section 2.4.4)."""
    services = [
        service
        for service in role.findall(f"{MD}AssertionConsumerService")
        if service.get("Binding") == f"{BINDINGS}HTTP-POST" and service.get("Location")
    ]
    if not services:
        raise ProviderMetadataError("There is no AssertionConsumerService for the binding HTTP-POST.")
    services.sort(
        key=lambda service: int(service.get("index", "0")) if service.get("index", "0").isdecimal() else 0
    )
    services.sort(key=lambda service: service.get("isDefault") not in ("true", "1"))
    return list(dict.fromkeys(str(service.get("Location")) for service in services))


def _logout(role: etree._Element) -> dict[str, str]:
    for service in role.findall(f"{MD}SingleLogoutService"):
        binding = LOGOUT_BINDINGS.get(service.get("Binding", ""))
        if binding is not None and service.get("Location"):
            url = str(service.get("ResponseLocation") or service.get("Location"))
            return {"logout_url": url, "logout_binding": binding}
    return {}


def _certificate(role: etree._Element, use: str) -> str | None:
    """The first certificate for `use`, as PEM; a key without a use serves for both."""
    for key in role.findall(f"{MD}KeyDescriptor"):
        found = key.find(f".//{DS}X509Certificate")
        if key.get("use", use) == use and found is not None and found.text:
            body = "".join(found.text.split())
            lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
            return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"
    return None
