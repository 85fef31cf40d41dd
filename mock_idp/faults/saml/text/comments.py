"""Differentials between the text that is signed and the text that a careless reader sees."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import SamlMessage, email_elements
from mock_idp.faults.saml.signing.dsig import attacked

IDENTITY = (
    "Response/Assertion/Subject/NameID",
    "Response/Assertion/AttributeStatement/Attribute/AttributeValue",
)
OTHER = ".evil.test"
"""What makes another application of the own Audience."""


@fault(
    "saml.text.comment",
    stage="after-signing",
    fault_class="parser",
    params={"after": Param()},
    touches=IDENTITY,
)
def comment(message: SamlMessage, params: Params) -> str:
    """An empty XML comment stands inside the e-mail, behind the text `after`; the signature still verifies.

    Canonicalisation drops comments, so the signed text is the whole address; whoever reads the first text
    node only gets the part before the comment (CERT VU#475445)."""
    after = str(params["after"])
    places = _with_text(message, lambda text: text.startswith(after))
    for place in places:
        _split(place, after, etree.Comment(""))
    return f"In {len(places)} places an empty comment was put behind {after!r} of the e-mail."


@fault(
    "saml.text.comment-in-audience",
    stage="after-signing",
    fault_class="audience",
    touches=(
        "Response/Assertion/Conditions/AudienceRestriction/Audience",
        "Response/Signature",
        "Response/Assertion/Signature",
    ),
)
def comment_in_audience(message: SamlMessage, params: Params) -> str:
    """The signed Audience begins like the application's own; a comment stands where that ends.

    Whoever reads the first text node only takes a message for another application for one of its own."""
    del params
    signed = attacked(message)
    audience = message.one("saml:Assertion/saml:Conditions/saml:AudienceRestriction/saml:Audience")
    own = audience.text or ""
    audience.text = f"{own}{OTHER}"
    signed.redigest()
    signed.resign(message.key)
    _split(audience, own, etree.Comment(""))
    return f"The Audience is {own}{OTHER}, with a comment before {OTHER!r}."


@fault(
    "saml.text.processing-instruction",
    stage="after-signing",
    fault_class="parser",
    params={"hides": Param()},
    touches=IDENTITY,
)
def processing_instruction(message: SamlMessage, params: Params) -> str:
    """The part `hides` of the e-mail is the data of a processing instruction.

    Software that digests the data as text finds the signature good; software that reads text alone reads
    the rest (xml-crypto up to 6.3.2). To everybody else the signature is broken."""
    hides = str(params["hides"])
    places = _with_text(message, lambda text: hides in text)
    for place in places:
        before, _, after = (place.text or "").partition(hides)
        node = etree.ProcessingInstruction("p", hides)
        node.tail, place.text = after, before
        place.insert(0, node)
    return f"In {len(places)} places {hides!r} became the data of a processing instruction."


def _with_text(message: SamlMessage, fits: Callable[[str], bool]) -> list[etree._Element]:
    """The elements with the e-mail whose text fits. Raises FaultCannotApplyError."""
    places = [place for place in email_elements(message.assertion) if fits(place.text or "")]
    if not places:
        raise FaultCannotApplyError("No e-mail of the message has the text that the fault is about.")
    return places


def _split(place: etree._Element, before: str, node: etree._Element) -> None:
    """Put the node into the element's text, behind `before`."""
    node.tail = (place.text or "")[len(before) :]
    place.text = before
    place.insert(0, node)


@fault(
    "saml.id.starts-with-a-digit",
    stage="content",
    fault_class="parser",
    touches=(
        "Response/@ID",
        "Response/Assertion/@ID",
        "Response/Signature/SignedInfo/Reference/@URI",
        "Response/Assertion/Signature/SignedInfo/Reference/@URI",
    ),
)
def starts_with_a_digit(message: SamlMessage, params: Params) -> str:
    """The IDs of Response and Assertion begin with a digit, which xs:ID does not allow (SAML Core 1.3.4)."""
    del params
    for element in (message.response, message.assertion):
        element.set("ID", "7" + element.get("ID", "").lstrip("_"))
    return "The IDs of Response and Assertion begin with the digit 7."
