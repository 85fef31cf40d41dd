"""What a forger puts into a message: copies with another identity and IDs of their own. No fault is here."""

from __future__ import annotations

import copy

from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError
from mock_idp.faults.saml.message import NAMES, SamlMessage, first_in, replace_email
from mock_idp.faults.saml.signing.dsig import drop_signature


def forged_id(element: etree._Element) -> str:
    """A new ID beside the element's own: another one in each message, or a replay store would refuse it."""
    return f"_forged{element.get('ID', '')}"


def unsigned_copy(element: etree._Element) -> etree._Element:
    """A copy of an Assertion or Response without any Signature in it."""
    copied = copy.deepcopy(element)
    for signature in copied.findall(".//ds:Signature", NAMES):
        drop_signature(parent_of(signature))
    copied.tail = None
    return copied


def as_signed(element: etree._Element) -> etree._Element:
    """A copy of a signed element without its own Signature: what the digest covers (enveloped-signature)."""
    copied = copy.deepcopy(element)
    drop_signature(copied)
    return copied


def forged_assertion(message: SamlMessage, email: str, *, same_id: bool = False) -> etree._Element:
    """An unsigned copy of the assertion about `email`."""
    forged = unsigned_copy(message.assertion)
    if not same_id:
        forged.set("ID", forged_id(forged))
    replace_email(forged, email)
    return forged


def forged_response(message: SamlMessage, email: str) -> etree._Element:
    """An unsigned copy of the Response whose assertion is about `email`."""
    forged = unsigned_copy(message.response)
    forged.set("ID", forged_id(forged))
    assertion = first_in(forged, "saml:Assertion")
    assertion.set("ID", forged_id(assertion))
    replace_email(assertion, email)
    return forged


def signed_assertion(message: SamlMessage) -> etree._Element:
    """The assertion that bears a Signature; the Response's, which would not hold any more, is taken away.

    Raises FaultCannotApplyError."""
    genuine = message.assertion
    if genuine.find("ds:Signature", NAMES) is None:
        raise FaultCannotApplyError(
            "This fault wraps a signed assertion, but the application has only the Response signed; "
            "register it with sign 'assertion' or 'both'."
        )
    drop_signature(message.response)
    return genuine


def signed_response(message: SamlMessage) -> etree._Element:
    """The Response that bears a Signature. Raises FaultCannotApplyError."""
    if message.response.find("ds:Signature", NAMES) is None:
        raise FaultCannotApplyError(
            "This fault wraps a signed Response, but the application has only the assertion signed; "
            "register it with sign 'response' or 'both'."
        )
    return message.response


def signature_of(element: etree._Element) -> etree._Element:
    """The Signature that the element bears; it is there."""
    return next(element.iterfind("ds:Signature", NAMES))


def parent_of(element: etree._Element) -> etree._Element:
    """The element around this one. Raises FaultCannotApplyError for a root."""
    parent = element.getparent()
    if parent is None:
        raise FaultCannotApplyError("The message's root stands in no other element.")
    return parent


def without_namespace(name: str) -> etree._Element:
    """A new element of no namespace, which stays without one wherever it is put."""
    holder = etree.fromstring(f'<holder xmlns="urn:holder"><{name} xmlns=""/></holder>')
    return holder[0]


def extensions() -> etree._Element:
    """An empty samlp:Extensions, in which anything may stand (SAML Core 3.2.1)."""
    return etree.fromstring(f'<samlp:Extensions xmlns:samlp="{NAMES["samlp"]}"/>')


def into_extensions(response: etree._Element, *content: etree._Element) -> None:
    """Put `content` into new Extensions, behind Issuer and Signature, where the schema wants them."""
    holder = extensions()
    before = [child for child in response.iterchildren(etree.Element) if _is_before_extensions(child)]
    response.insert(response.index(before[-1]) + 1 if before else 0, holder)
    holder.extend(content)


def _is_before_extensions(child: etree._Element) -> bool:
    return child.tag in (f"{{{NAMES['saml']}}}Issuer", f"{{{NAMES['ds']}}}Signature")
