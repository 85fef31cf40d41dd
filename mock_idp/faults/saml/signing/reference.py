"""Faults in what a signature refers to, by which transforms, and where it stands."""

from __future__ import annotations

from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import NAMES, SamlMessage, replace_email
from mock_idp.faults.saml.signing.dsig import DS, EC, Signed, attacked, digest, ds
from mock_idp.faults.saml.signing.signature import IN_SIGNED_INFO, SIGNATURES
from mock_idp.faults.saml.signing.value import EMAIL, FORGED, STATUS_DETAIL
from mock_idp.faults.saml.wrapping.forgery import into_extensions, parent_of

REFERENCE = "ds:SignedInfo/ds:Reference"
TRANSFORMS = f"{REFERENCE}/ds:Transforms"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
_DECOY = '<decoy xmlns="urn:decoy" ID="{}">nothing of interest</decoy>'


def _decoy(message: SamlMessage, signed: Signed) -> etree._Element:
    """An element with an ID of its own, in Extensions; it says nothing about anybody."""
    decoy = etree.fromstring(_DECOY.format(f"_decoy{signed.element.get('ID')}"))
    into_extensions(message.response, decoy)
    return decoy


@fault("saml.signature.no-reference", stage="signature", fault_class="signature", touches=IN_SIGNED_INFO)
def no_reference(message: SamlMessage, params: Params) -> str:
    """The right key signs a SignedInfo without any Reference, so nothing is signed."""
    del params

    def reshape(element: etree._Element) -> None:
        signed = Signed(element)
        signed.part("ds:SignedInfo").remove(signed.part(REFERENCE))
        signed.resign(message.key)

    message.reshape = reshape
    return "The Reference was left out of each SignedInfo."


@fault(
    "saml.signature.two-references",
    stage="after-signing",
    fault_class="signature",
    params=EMAIL,
    touches=("Response/Extensions", *FORGED),
)
def two_references(message: SamlMessage, params: Params) -> str:
    """The right key signs two References, the first to a decoy; behind the second the e-mail was replaced."""
    signed = attacked(message)
    decoy = _decoy(message, signed)
    signed.redigest()
    genuine = signed.part(REFERENCE)
    other = etree.fromstring(etree.tostring(genuine))
    other.set("URI", f"#{decoy.get('ID')}")
    genuine.addprevious(other)
    next(iter(other.iterfind("ds:DigestValue", NAMES))).text = digest(decoy, other)
    signed.resign(message.key)
    said = replace_email(message.assertion, str(params["email"]))
    return f"A Reference to a decoy stands before the one that does not hold. {' '.join(said)}"


@fault(
    "saml.signature.reference-other-id",
    stage="after-signing",
    fault_class="signature",
    params=EMAIL,
    touches=("Response/Extensions", *FORGED),
)
def reference_other_id(message: SamlMessage, params: Params) -> str:
    """The right key signs a decoy, and the Signature stands in an element with another e-mail."""
    signed = attacked(message)
    decoy = _decoy(message, signed)
    reference = signed.part(REFERENCE)
    reference.set("URI", f"#{decoy.get('ID')}")
    signed.part(f"{REFERENCE}/ds:DigestValue").text = digest(decoy, reference)
    signed.resign(message.key)
    said = replace_email(message.assertion, str(params["email"]))
    return f"The Reference names a decoy in Extensions. {' '.join(said)}"


@fault(
    "saml.signature.reference-empty",
    stage="after-signing",
    fault_class="signature",
    params=EMAIL,
    touches=FORGED,
)
def reference_empty(message: SamlMessage, params: Params) -> str:
    """The right key signs a Reference with an empty URI; the e-mail was replaced afterwards."""
    signed = attacked(message)
    signed.part(REFERENCE).set("URI", "")
    signed.resign(message.key)
    said = replace_email(message.assertion, str(params["email"]))
    return f"The URI of the Reference is empty. {' '.join(said)}"


@fault(
    "saml.signature.reference-external",
    stage="signature",
    fault_class="signature",
    params={"url": Param()},
    touches=IN_SIGNED_INFO,
)
def reference_external(message: SamlMessage, params: Params) -> str:
    """The right key signs a Reference to a document at `url`, which nobody should fetch (SSRF)."""

    def reshape(element: etree._Element) -> None:
        signed = Signed(element)
        signed.part(REFERENCE).set("URI", str(params["url"]))
        signed.resign(message.key)

    message.reshape = reshape
    return f"The URI of the Reference is {params['url']}."


@fault(
    "saml.signature.transform-xslt",
    stage="signature",
    fault_class="signature",
    params={"url": Param()},
    touches=IN_SIGNED_INFO,
)
def transform_xslt(message: SamlMessage, params: Params) -> str:
    """The right key signs; the first Transform is a stylesheet that reads a document at `url`."""
    sheet = etree.fromstring(
        '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
        f'<xsl:template match="/"><read><xsl:copy-of select="document(\'{params["url"]}\')"/></read>'
        "</xsl:template></xsl:stylesheet>"
    )

    def reshape(element: etree._Element) -> None:
        signed = Signed(element)
        transform = ds("Transform", Algorithm=XSLT)
        transform.append(etree.fromstring(etree.tostring(sheet)))
        signed.part(TRANSFORMS).insert(0, transform)
        signed.resign(message.key)

    message.reshape = reshape
    return f"An XSLT Transform that reads {params['url']} comes first."


@fault(
    "saml.signature.transform-xpath",
    stage="after-signing",
    fault_class="signature",
    params=EMAIL,
    touches=FORGED,
)
def transform_xpath(message: SamlMessage, params: Params) -> str:
    """The right key signs with an XPath filter that leaves out Subject and attributes; these are forged."""
    signed = attacked(message)
    transform = ds("Transform", Algorithm=XPATH)
    transform.append(
        etree.fromstring(
            f'<XPath xmlns="{DS}" xmlns:saml="{NAMES["saml"]}">'
            "not(ancestor-or-self::saml:Subject or ancestor-or-self::saml:AttributeStatement)</XPath>"
        )
    )
    signed.part(TRANSFORMS).insert(1, transform)
    left_out = [
        part
        for name in ("Subject", "AttributeStatement")
        for part in message.assertion.findall(f"saml:{name}", NAMES)
    ]
    places = [message.assertion.index(part) for part in left_out]
    for part in left_out:
        message.assertion.remove(part)
    signed.redigest()
    for place, part in zip(places, left_out, strict=True):
        message.assertion.insert(place, part)
    signed.resign(message.key)
    said = replace_email(message.assertion, str(params["email"]))
    return f"An XPath Transform leaves Subject and attributes out of the digest. {' '.join(said)}"


@fault(
    "saml.signature.prefix-list",
    stage="signature",
    fault_class="signature",
    params={"prefixes": Param(choices=("xs xsi", "#default xs", "saml samlp", ""))},
    touches=IN_SIGNED_INFO,
)
def prefix_list(message: SamlMessage, params: Params) -> str:
    """The right key signs with these `prefixes` as PrefixList of exclusive canonicalisation."""

    def reshape(element: etree._Element) -> None:
        signed = Signed(element)
        last = signed.part(TRANSFORMS)[-1]
        for child in list(last):
            last.remove(child)
        listed = etree.SubElement(last, f"{{{EC}}}InclusiveNamespaces", nsmap={"ec": EC})
        listed.set("PrefixList", str(params["prefixes"]))
        signed.redigest()
        signed.resign(message.key)

    message.reshape = reshape
    return f"The PrefixList is {params['prefixes']!r}."


@fault(
    "saml.signature.wrong-position",
    stage="after-signing",
    fault_class="signature",
    params={"place": Param(choices=("subject", "conditions", "extensions", "status-detail"))},
    touches=("Response/Extensions", "Response/Status", "Response/Assertion", *SIGNATURES),
)
def wrong_position(message: SamlMessage, params: Params) -> str:
    """The assertion's Signature, which still holds, stands where the schema has no Signature."""
    genuine = message.assertion.find("ds:Signature", NAMES)
    if genuine is None:
        raise FaultCannotApplyError(
            "The assertion is not signed; register the application with sign 'assertion' or 'both'."
        )
    signature = attacked(message).signature
    place = str(params["place"])
    parent_of(signature).remove(signature)
    if place == "extensions":
        into_extensions(message.response, signature)
    elif place == "status-detail":
        etree.SubElement(message.one("samlp:Status"), STATUS_DETAIL).append(signature)
    else:
        message.one(f"saml:Assertion/saml:{place.capitalize()}").append(signature)
    return f"The Signature was moved: {place}."
