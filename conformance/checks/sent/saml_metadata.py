"""The metadata that the platform publishes as a service provider: SAML metadata 2.4.4."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from lxml import etree

from conformance.checks.sent.messages import Sent
from conformance.checks.sent.registry import sent_check
from conformance.checks.sent.saml_signature import MD, signing_certificates

_ORDER = (
    "Signature",
    "Extensions",
    "KeyDescriptor",
    "Organization",
    "ContactPerson",
    "ArtifactResolutionService",
    "SingleLogoutService",
    "ManageNameIDService",
    "NameIDFormat",
    "AssertionConsumerService",
    "AttributeConsumingService",
)
"""The order in which the schema wants the children of SPSSODescriptor."""


def _roles(sent: Sent) -> Iterator[etree._Element]:
    for message in sent.of("sp_metadata"):
        root = message.saml()
        if root is not None:
            yield from root.iter(f"{MD}SPSSODescriptor")


@sent_check("metadata-shape", "sp_metadata")
def metadata_shape(sent: Sent) -> str:
    """The document is an EntityDescriptor with the entity ID, and one role in the order of the schema."""
    root = sent.of("sp_metadata")[0].saml()
    if root is None or root.tag != f"{MD}EntityDescriptor":
        return "the document is no EntityDescriptor"
    if root.get("entityID") != sent.names["audience"]:
        return f"entityID is {root.get('entityID')!r}, expected {sent.names['audience']!r}"
    roles = list(_roles(sent))
    if len(roles) != 1 or "urn:oasis:names:tc:SAML:2.0:protocol" not in roles[0].get(
        "protocolSupportEnumeration", ""
    ):
        return f"there are {len(roles)} roles of a SAML 2.0 service provider, expected one"
    places = [etree.QName(child).localname for child in roles[0].iterchildren(etree.Element)]
    unknown = [place for place in places if place not in _ORDER]
    if unknown:
        return f"the role has {unknown[0]}, which the schema does not know"
    ranks = [_ORDER.index(place) for place in places]
    return "" if ranks == sorted(ranks) else f"the schema wants another order than {', '.join(places)}"


@sent_check("metadata-endpoints", "sp_metadata")
def metadata_endpoints(sent: Sent) -> str:
    """Both ACS URLs are listed: HTTP-POST, https, an index each, and at most one default (Meta 2.4.4)."""
    services = [entry for role in _roles(sent) for entry in role.iter(f"{MD}AssertionConsumerService")]
    listed = {entry.get("Location") for entry in services}
    missing = {sent.names["user_endpoint"], sent.names["agent_endpoint"]} - listed
    if missing:
        return f"{' and '.join(sorted(missing))} is not listed"
    indexes = [entry.get("index", "") for entry in services]
    if len(set(indexes)) < len(indexes) or not all(index.isdecimal() for index in indexes):
        return f"the indexes are {indexes}"
    defaults = [entry for entry in services if entry.get("isDefault") in {"true", "1"}]
    if len(defaults) > 1:
        return f"{len(defaults)} addresses are the default"
    if not all(entry.get("Binding", "").endswith(":HTTP-POST") for entry in services):
        return "an address is listed for another binding than HTTP-POST"
    plain = [place for place in map(str, listed) if not _is_protected(place)]
    return f"{plain[0]} is not https" if plain else ""


@sent_check("metadata-keys", "sp_metadata")
def metadata_keys(sent: Sent) -> str:
    """With signed requests or a logout service there is a key for signing, whose certificate can be read."""
    for message in sent.of("sp_metadata"):
        root = message.saml()
        if root is None:
            return "the document cannot be read"
        try:
            certificates = signing_certificates(root)
        except ValueError as error:
            return f"a certificate cannot be read: {error}"
        signs = [role.get("AuthnRequestsSigned") in {"true", "1"} for role in _roles(sent)]
        leaves = root.find(f".//{MD}SingleLogoutService") is not None
        if (any(signs) or leaves) and not certificates:
            return "there is no key for signing"
    return ""


@sent_check("metadata-name-id-format", "sp_metadata")
def metadata_name_id_format(sent: Sent) -> str:
    """The NameID formats that the platform takes are listed."""
    formats = [entry.text or "" for role in _roles(sent) for entry in role.iter(f"{MD}NameIDFormat")]
    odd = [one for one in formats if not one.startswith("urn:oasis:names:tc:SAML:")]
    return "" if formats and not odd else f"NameIDFormat is {odd[0] if odd else 'missing'}"


def _is_protected(address: str) -> bool:
    """Whether an address is https, or of this computer, as in a test."""
    parts = urlsplit(address)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
