"""Faults in digest and value of a signature: empty, old, hidden behind a comment, or given twice."""

from __future__ import annotations

import base64
import copy

from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import NAMES, SamlMessage, replace_email
from mock_idp.faults.saml.signing.dsig import Signed, attacked, digest, ds
from mock_idp.faults.saml.signing.signature import SIGNATURES
from mock_idp.faults.saml.wrapping.forgery import as_signed, forged_id, into_extensions, parent_of

EMAIL = {"email": Param()}
FORGED = (
    *SIGNATURES,
    "Response/Assertion/Subject/NameID",
    "Response/Assertion/AttributeStatement/Attribute/AttributeValue",
)
DIGEST = "ds:SignedInfo/ds:Reference/ds:DigestValue"
STATUS_DETAIL = f"{{{NAMES['samlp']}}}StatusDetail"


@fault("saml.signature.empty-element", stage="signature", fault_class="signature", touches=SIGNATURES)
def empty_element(message: SamlMessage, params: Params) -> str:
    """Each Signature is there as an element, and there is nothing in it."""
    del params

    def reshape(element: etree._Element) -> None:
        signature = Signed(element).signature
        for child in list(signature):
            signature.remove(child)

    message.reshape = reshape
    return "Each Signature was emptied."


@fault(
    "saml.signature.value",
    stage="signature",
    fault_class="signature",
    params={"is": Param(choices=("empty", "one-byte-changed"))},
    touches=tuple(f"{signature}/SignatureValue" for signature in SIGNATURES),
)
def value(message: SamlMessage, params: Params) -> str:
    """The SignatureValue is empty, or one byte of it is another one."""

    def reshape(element: etree._Element) -> None:
        stated = Signed(element).part("ds:SignatureValue")
        stated.text = "" if params["is"] == "empty" else other_value(stated.text or "")

    message.reshape = reshape
    return f"The SignatureValue is {str(params['is']).replace('-', ' ')}."


@fault(
    "saml.signature.digest-recomputed",
    stage="after-signing",
    fault_class="signature",
    params=EMAIL,
    touches=FORGED,
)
def digest_recomputed(message: SamlMessage, params: Params) -> str:
    """The e-mail is replaced after signing and the DigestValue fits it; the SignatureValue is the old one."""
    signed = attacked(message)
    said = replace_email(message.assertion, str(params["email"]))
    signed.redigest()
    return f"The digest was made anew and the SignatureValue was not. {' '.join(said)}"


@fault(
    "saml.signature.digest-missing",
    stage="after-signing",
    fault_class="signature",
    params={**EMAIL, "is": Param(choices=("empty", "removed"))},
    touches=FORGED,
)
def digest_missing(message: SamlMessage, params: Params) -> str:
    """The right key signs a SignedInfo whose DigestValue is empty or missing; the e-mail is another one."""
    signed = attacked(message)
    stated = signed.part(DIGEST)
    if params["is"] == "empty":
        stated.text = ""
    else:
        parent_of(stated).remove(stated)
    signed.resign(message.key)
    said = replace_email(message.assertion, str(params["email"]))
    return f"The DigestValue is {params['is']}, under a good SignatureValue. {' '.join(said)}"


@fault(
    "saml.signature.digest-comment",
    stage="after-signing",
    fault_class="signature",
    params=EMAIL,
    touches=FORGED,
)
def digest_comment(message: SamlMessage, params: Params) -> str:
    """A comment with the forged content's digest stands first in DigestValue, before the genuine one.

    Canonicalisation drops comments, so the SignatureValue holds (CVE-2025-29775)."""
    signed = attacked(message)
    stated = signed.part(DIGEST)
    genuine = stated.text or ""
    said = replace_email(message.assertion, str(params["email"]))
    comment = etree.Comment(signed.digest())
    comment.tail, stated.text = genuine, None
    stated.insert(0, comment)
    return f"DigestValue begins with a comment that holds the forged digest. {' '.join(said)}"


@fault(
    "saml.signature.two-signed-infos",
    stage="after-signing",
    fault_class="signature",
    params={**EMAIL, "place": Param(choices=("extensions", "status-detail"))},
    touches=("Response/@ID", "Response/Assertion", "Response/Extensions", "Response/Status", *FORGED),
)
def two_signed_infos(message: SamlMessage, params: Params) -> str:
    """The Signature has a second SignedInfo, for forged content; what was signed stands in `place`.

    Whoever verifies the first and applies the References of both is deceived (CVE-2025-29774)."""
    signed = attacked(message)
    genuine = as_signed(signed.element)
    info = signed.part("ds:SignedInfo")
    signed.element.set("ID", forged_id(signed.element))
    said = replace_email(message.assertion, str(params["email"]))
    forged = copy.deepcopy(info)
    reference = next(iter(forged.iterfind("ds:Reference", NAMES)))
    reference.set("URI", f"#{signed.element.get('ID')}")
    next(iter(reference.iterfind("ds:DigestValue", NAMES))).text = digest(
        signed.element, reference, signed.signature
    )
    info.addnext(forged)
    if params["place"] == "extensions":
        into_extensions(message.response, genuine)
    else:
        etree.SubElement(message.one("samlp:Status"), STATUS_DETAIL).append(genuine)
    return (
        f"A second SignedInfo names the forged content; the signed one: {params['place']}. {' '.join(said)}"
    )


@fault(
    "saml.signature.digest-smuggled",
    stage="after-signing",
    fault_class="signature",
    params=EMAIL,
    touches=("Response/Status/StatusDetail", *FORGED),
)
def digest_smuggled(message: SamlMessage, params: Params) -> str:
    """A DigestValue with the forged content's digest stands in StatusDetail, before every Signature.

    Whoever takes the first one of the document compares with that (CVE-2024-45409)."""
    signed = attacked(message)
    if signed.element is message.response:
        raise FaultCannotApplyError(
            "StatusDetail is inside what the Response's signature covers; register the application with sign "
            "'assertion' or 'both'."
        )
    said = replace_email(message.assertion, str(params["email"]))
    detail = etree.SubElement(message.one("samlp:Status"), STATUS_DETAIL)
    detail.append(ds("DigestValue", signed.digest()))
    return f"StatusDetail holds the forged content's DigestValue. {' '.join(said)}"


@fault(
    "saml.signature.two-signatures",
    stage="after-signing",
    fault_class="signature",
    params={"order": Param(choices=("good-first", "bad-first"))},
    touches=SIGNATURES,
)
def two_signatures(message: SamlMessage, params: Params) -> str:
    """The element bears two Signatures, of which one does not hold."""
    signed = attacked(message)
    good = signed.signature
    bad = copy.deepcopy(good)
    value_ = next(iter(bad.iterfind("ds:SignatureValue", NAMES)))
    value_.text = other_value(value_.text or "")
    if params["order"] == "good-first":
        good.addnext(bad)
    else:
        good.addprevious(bad)
    own = Signed(signed.element, good)
    own.redigest()
    own.resign(message.key)
    return f"A second Signature with a wrong SignatureValue was put in: {params['order']}."


@fault(
    "saml.signature.one-of-two-bad",
    stage="signature",
    fault_class="signature",
    params={"bad": Param(choices=("response", "assertion"))},
    touches=tuple(f"{signature}/SignatureValue" for signature in SIGNATURES),
)
def one_of_two_bad(message: SamlMessage, params: Params) -> str:
    """Response and Assertion are both signed, and one of the two signatures does not hold."""
    if not (message.sign_response and message.sign_assertion):
        raise FaultCannotApplyError(
            "One part is signed, not both; register the application with sign 'both'."
        )
    name = "Response" if params["bad"] == "response" else "Assertion"

    def reshape(element: etree._Element) -> None:
        if etree.QName(element).localname == name:
            stated = Signed(element).part("ds:SignatureValue")
            stated.text = other_value(stated.text or "")

    message.reshape = reshape
    return f"The SignatureValue of the {name} is a wrong one."


def other_value(text: str) -> str:
    """The same base64 with the last bit of its first byte turned over."""
    octets = bytearray(base64.b64decode(text))
    octets[0] ^= 1
    return base64.b64encode(octets).decode("ascii")
