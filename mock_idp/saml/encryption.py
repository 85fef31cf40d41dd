"""Assertions that only the service provider can read (XML Encryption 1.0), in each vendor's layout.

Okta puts the EncryptedKey beside the EncryptedData and points to it; captured. Entra puts it inside;
documented, its bytes are unconfirmed. What is encrypted is the whole assertion, signature and all."""

from __future__ import annotations

import base64
import copy
import secrets

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from mock_idp.personalities.saml_profile import SamlProfile
from mock_idp.provider_certificates import provider_certificate
from mock_idp.saml.signing import written
from mock_idp.saml.xml import NAMES, parse_own, render, spelled, spelled_for_encryption
from mock_idp.saml_app import Encryption

KEY_BYTES = 32
BLOCK_BYTES = 16
OAEP = rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - rsa-oaep-mgf1p


def with_encrypted_assertions(
    response: etree._Element, encryption: Encryption, profile: SamlProfile
) -> etree._Element:
    """The Response with an EncryptedAssertion in the place of every Assertion that is a child of it.

    They are put in as text: lxml drops namespaces that are declared once more from a tree it moves."""
    encrypted = {}
    for number, assertion in enumerate(response.findall("saml:Assertion", NAMES)):
        place = f"encrypted-assertion-{number}"
        encrypted[f"<{place}/>"] = _encrypted(assertion, encryption, profile)
        response.replace(assertion, etree.Element(place))
    text = etree.tostring(response, encoding="unicode")
    for place_text, assertion_text in encrypted.items():
        text = text.replace(place_text, assertion_text)
    return parse_own(text)


def _encrypted(assertion: etree._Element, encryption: Encryption, profile: SamlProfile) -> str:
    # A copy on its own carries just the namespaces that it uses, so it can be read after decryption.
    alone = copy.deepcopy(assertion)
    plain = (
        spelled_for_encryption(alone)
        if profile.encrypts_canonical
        else spelled(alone, sort_attributes=profile.sort_attributes)
    )
    certificate, public_key = provider_certificate(encryption.certificate)
    key = secrets.token_bytes(KEY_BYTES)
    return render(
        f"{profile.templates}/encrypted_assertion.xml",
        data_id="_" + secrets.token_hex(16),
        key_id="_" + secrets.token_hex(16),
        certificate=written(certificate, profile),
        key=_base64(public_key.encrypt(key, OAEP)),
        data=_base64(_aes_cbc(plain.encode("utf-8"), key)),
    )


def _aes_cbc(data: bytes, key: bytes) -> bytes:
    """The IV, then the ciphertext (XML Encryption section 5.2.2)."""
    iv = secrets.token_bytes(BLOCK_BYTES)
    padder = padding.PKCS7(BLOCK_BYTES * 8).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return iv + encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
