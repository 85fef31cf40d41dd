"""Differentials between the text that is signed and the text that a careless reader sees."""

from __future__ import annotations

from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml_message import SamlMessage, email_elements


@fault(
    "saml.text.comment",
    stage="after-signing",
    fault_class="parser",
    params={"after": Param()},
    touches=(
        "Response/Assertion/Subject/NameID",
        "Response/Assertion/AttributeStatement/Attribute/AttributeValue",
    ),
)
def comment(message: SamlMessage, params: Params) -> str:
    """An empty XML comment stands inside the e-mail, behind the text `after`; the signature still verifies.

    Canonicalisation drops comments, so the signed text is the whole address; whoever reads the first text
    node only gets the part before the comment (CERT VU#475445)."""
    after = str(params["after"])
    places = [place for place in email_elements(message.assertion) if (place.text or "").startswith(after)]
    if not places:
        raise FaultCannotApplyError(
            f"No e-mail of the message starts with {after!r}, so no comment was put in."
        )
    for place in places:
        node = etree.Comment("")
        node.tail = (place.text or "")[len(after) :]
        place.text = after
        place.insert(0, node)
    return f"In {len(places)} places an empty comment was put behind {after!r} of the e-mail."


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
