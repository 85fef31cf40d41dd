"""Wrapping is really wrapping: the signed bytes are intact, somebody else is named, and it is still SAML."""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Iterator

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError
from mock_idp.faults.registry import find_fault
from mock_idp.keys import SigningKey
from tests.mock_idp.saml.fault_pairs import VICTIM, Pair, Shape, make_pair, pairs, shapes
from tests.mock_idp.saml.support import NS, verifies

WRAPPING = [
    shape
    for shape in shapes()
    if (shape.fault.fault_class, shape.fault.stage) == ("wrapping", "after-signing")
]
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
SIGNED_METADATA = "saml.wrap.signed-metadata"


def intact(root: etree._Element, key: SigningKey) -> Iterator[etree._Element]:
    """Every element of the document that some Signature of this key covers, wherever either stands."""
    for signature in root.iterfind(".//ds:Signature", NS):
        info, value = signature.find("ds:SignedInfo", NS), signature.findtext("ds:SignatureValue", "", NS)
        assert info is not None
        octets = etree.tostring(info, method="c14n", exclusive=True)
        try:
            key.private_key.public_key().verify(
                base64.b64decode(value), octets, padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            continue
        reference = info.find("ds:Reference", NS)
        assert reference is not None
        listed = reference.find(f".//{{{EXC_C14N}}}InclusiveNamespaces")
        wanted = reference.findtext("ds:DigestValue", "", NS)
        for element in root.iter(etree.Element):
            if f"#{element.get('ID')}" == reference.get("URI") and wanted == digest(
                element, signature, None if listed is None else listed.get("PrefixList", "").split()
            ):
                yield element


def digest(element: etree._Element, signature: etree._Element, prefixes: list[str] | None) -> str:
    """The digest of the element where it stands, without that signature if it is inside."""
    parent, inside = signature.getparent(), element in signature.iterancestors()
    place = parent.index(signature) if parent is not None else 0
    if inside and parent is not None:
        parent.remove(signature)
    octets = etree.tostring(element, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes)
    if inside and parent is not None:
        parent.insert(place, signature)
    return base64.b64encode(hashlib.sha256(octets).digest()).decode()


def names(element: etree._Element) -> list[str]:
    return [text for text in element.itertext() if text in ("alice@acme.test", VICTIM)]


def without_signatures(element: etree._Element) -> bytes:
    copied = copy.deepcopy(element)
    for signature in copied.findall(".//ds:Signature", NS):
        parent = signature.getparent()
        assert parent is not None
        parent.remove(signature)
    return etree.tostring(copied, method="c14n", exclusive=True)


@pytest.mark.parametrize("vendor", ["okta", "entra"])
@pytest.mark.parametrize("shape", WRAPPING, ids=str)
def test_an_intact_signature_a_forged_identity_and_saml(vendor: str, shape: Shape) -> None:
    for pair in pairs(vendor, shape).values():
        check_signature_over_the_original(pair, shape)
        forged = [
            assertion
            for assertion in pair.sent.iter(f"{{{NS['saml']}}}Assertion")
            if (assertion.findtext("saml:Subject/saml:NameID", "", NS)) == VICTIM
        ]
        sealed = pair.sent.find("saml:EncryptedAssertion", NS) is not None
        assert forged or sealed, "nobody is forged"
        check_well_formed_saml(pair)


def check_signature_over_the_original(pair: Pair, shape: Shape) -> None:
    covered = list(intact(pair.sent, pair.tenant.keys.active))
    assert covered, "no signature of the IdP is intact"
    if shape.fault.name == SIGNED_METADATA:
        assert {etree.QName(element).localname for element in covered} == {"EntityDescriptor"}
        return
    for element in covered:
        assert set(names(element)) == {"alice@acme.test"}, "the signed identity is not the original one"
    originals = {
        element.get("ID"): without_signatures(element)
        for element in intact(pair.control, pair.tenant.keys.active)
    }
    for element in covered:
        assert without_signatures(element) == originals[element.get("ID")]


def check_well_formed_saml(pair: Pair) -> None:
    """The root is a Response with what the schema demands, and assertions are whole, in their namespaces."""
    assert etree.QName(pair.sent).text == f"{{{NS['samlp']}}}Response"
    assert {"ID", "Version", "IssueInstant", "Destination", "InResponseTo"} <= set(pair.sent.attrib)
    assert len(pair.sent.findall("samlp:Status/samlp:StatusCode", NS)) == 1
    for assertion in pair.sent.iter(f"{{{NS['saml']}}}Assertion"):
        assert assertion.findtext("saml:Issuer", "", NS) == pair.control.findtext("saml:Issuer", "", NS)
        for path in ("saml:Subject/saml:NameID", "saml:Conditions", "saml:AuthnStatement"):
            assert len(assertion.findall(path, NS)) == 1, path


def test_the_check_itself_notices_a_broken_signature() -> None:
    shape = Shape(find_fault("saml.signature.tamper"), {"email": VICTIM})
    assert not list(intact(make_pair("okta", shape).sent, make_pair("okta", shape).tenant.keys.active))


@pytest.mark.parametrize("vendor", ["okta", "entra"])
def test_the_control_s_signatures_are_all_found(vendor: str) -> None:
    pair = make_pair(vendor, Shape(find_fault("saml.wrap.xsw3"), {"email": VICTIM}))
    certificate = pair.tenant.keys.active.saml_certificate.pem
    covered = list(intact(pair.control, pair.tenant.keys.active))
    assert [etree.QName(element).localname for element in covered] == ["Response", "Assertion"]
    assert all(verifies(element, certificate) for element in covered)


@pytest.mark.parametrize(("name", "sign"), [("saml.wrap.xsw3", "response"), ("saml.wrap.xsw1", "assertion")])
def test_wrapping_says_when_there_is_no_signature_to_wrap(name: str, sign: str) -> None:
    with pytest.raises(FaultCannotApplyError, match="register it with sign"):
        make_pair("okta", Shape(find_fault(name), {"email": VICTIM}), sign)  # type: ignore[arg-type]  # a word of it
