"""Our verification agrees with real messages: set SSO_CAPTURES to a folder of captured ones.

The captures are no part of this project, as they hold names of strangers."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from lxml import etree

from mock_idp.saml.verification import BadSignatureError, verify_enveloped
from mock_idp.saml.xml import parse_foreign
from platform_stub.certificates import parse_certificates
from platform_stub.saml.crypto import InProcessXmlsec, TrustedCertificate

FOLDER = os.environ.get("SSO_CAPTURES", "")
NAMES = {"ds": "http://www.w3.org/2000/09/xmldsig#"}
SIGNED = (
    "entra-saml-metadata-1.xml",
    "entra-saml-metadata-3.restored.xml",
    "entra-saml-response-3.xml",
    "okta-saml-response-4.b64",
    "okta-saml-response-4.decrypted-assertion.xml",
    "okta-saml-response-5.decrypted-assertion.xml",
    "okta-saml-response-8.xml",
)

pytestmark = pytest.mark.skipif(
    not Path(FOLDER).is_dir() or not FOLDER,
    reason="SSO_CAPTURES names no folder of captured messages",
)


def read(name: str) -> etree._Element:
    data = (Path(FOLDER) / name).read_bytes()
    return parse_foreign(base64.b64decode(data) if name.endswith(".b64") else data)


def signed_elements(root: etree._Element) -> list[etree._Element]:
    found = [signature.getparent() for signature in root.iter(f"{{{NAMES['ds']}}}Signature")]
    return [element for element in found if element is not None]


def pem_in(element: etree._Element) -> str:
    text = element.findtext("ds:Signature/ds:KeyInfo/ds:X509Data/ds:X509Certificate", "", NAMES)
    return f"-----BEGIN CERTIFICATE-----\n{''.join(text.split())}\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("name", SIGNED)
def test_the_mock_idp_verifies_what_vendors_signed(name: str) -> None:
    elements = signed_elements(read(name))
    assert elements
    for element in elements:
        verify_enveloped(element, pem_in(element))


@pytest.mark.parametrize("name", SIGNED)
def test_the_mock_idp_sees_one_changed_character(name: str) -> None:
    for element in signed_elements(read(name)):
        certificate = pem_in(element)
        element.set("ID", element.get("ID", "") + "x")
        reference = element.find("ds:Signature/ds:SignedInfo/ds:Reference", NAMES)
        assert reference is not None
        reference.set("URI", f"#{element.get('ID')}")
        with pytest.raises(BadSignatureError, match="was not made with"):
            verify_enveloped(element, certificate)


@pytest.mark.parametrize("name", SIGNED)
def test_the_platform_verifies_what_vendors_signed(name: str) -> None:
    root = read(name)
    text = etree.tostring(root)
    for element in signed_elements(root):
        trusted = TrustedCertificate.of(parse_certificates(pem_in(element))[0])
        backend = InProcessXmlsec([trusted])
        node_id = element.get("ID", "")
        assert backend.validate_signature(text, trusted.name, "pem", str(element.tag), node_id)
        assert node_id in backend.verified
