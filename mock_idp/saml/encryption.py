"""Assertions that only the service provider can read (XML Encryption 1.1), in each vendor's layout.

Okta puts the EncryptedKey beside the EncryptedData and points to it; captured. Entra puts it inside;
documented, its bytes are unconfirmed. What is encrypted is the whole assertion, signature and all."""

from __future__ import annotations

import base64
import copy
import secrets
from collections.abc import Mapping
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from mock_idp.personalities.saml_profile import SamlProfile
from mock_idp.provider_certificates import provider_certificate
from mock_idp.saml.signing import written
from mock_idp.saml.xml import NAMES, parse_own, render, spelled, spelled_for_encryption
from mock_idp.saml_app import CipherName, Encryption, KeyPlace, KeyTransport

BLOCK_BYTES = 16
NONCE_BYTES = 12
_XENC, _XENC11, _DS = (
    "http://www.w3.org/2001/04/xmlenc#",
    "http://www.w3.org/2009/xmlenc11#",
    "http://www.w3.org/2000/09/xmldsig#",
)
CIPHERS: Mapping[CipherName, str] = {
    "aes128-cbc": f"{_XENC}aes128-cbc",
    "aes256-cbc": f"{_XENC}aes256-cbc",
    "aes128-gcm": f"{_XENC11}aes128-gcm",
    "aes256-gcm": f"{_XENC11}aes256-gcm",
}
PLACES: Mapping[KeyPlace, str] = {"beside": "okta", "inside": "entra"}
"""Whose template has the EncryptedKey in that place."""


class Transport(NamedTuple):
    """How the content's key is encrypted, and how that is named. rsa-oaep-mgf1p masks by SHA-1 always."""

    uri: str
    digest_uri: str | None
    padding: rsa_padding.AsymmetricPadding


MASK = rsa_padding.MGF1(hashes.SHA1())  # noqa: S303 - as rsa-oaep-mgf1p says
TRANSPORTS: Mapping[KeyTransport, Transport] = {
    "rsa-oaep-sha1": Transport(
        f"{_XENC}rsa-oaep-mgf1p",
        f"{_DS}sha1",
        rsa_padding.OAEP(MASK, hashes.SHA1(), None),  # noqa: S303 - the vendors' usual one
    ),
    "rsa-oaep-sha256": Transport(
        f"{_XENC}rsa-oaep-mgf1p", f"{_XENC}sha256", rsa_padding.OAEP(MASK, hashes.SHA256(), None)
    ),
    "rsa-1_5": Transport(f"{_XENC}rsa-1_5", None, rsa_padding.PKCS1v15()),
}


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


def sealed(assertion: etree._Element, certificate_pem: str, profile: SamlProfile) -> etree._Element:
    """An EncryptedAssertion that holds a copy of the assertion, for the owner of this certificate."""
    return parse_own(_encrypted(assertion, Encryption(certificate_pem), profile))


def _encrypted(assertion: etree._Element, encryption: Encryption, profile: SamlProfile) -> str:
    # A copy on its own carries just the namespaces that it uses, so it can be read after decryption.
    alone = copy.deepcopy(assertion)
    plain = (
        spelled_for_encryption(alone)
        if profile.encrypts_canonical
        else spelled(alone, sort_attributes=profile.sort_attributes)
    )
    certificate, public_key = provider_certificate(encryption.certificate)
    key = secrets.token_bytes(16 if encryption.cipher.startswith("aes128") else 32)
    transport = TRANSPORTS[encryption.key_transport]
    templates = PLACES[encryption.key_place] if encryption.key_place else profile.templates
    encrypt = _aes_gcm if encryption.cipher.endswith("gcm") else _aes_cbc
    return render(
        f"{templates}/encrypted_assertion.xml",
        data_id="_" + secrets.token_hex(16),
        key_id="_" + secrets.token_hex(16),
        cipher=CIPHERS[encryption.cipher],
        key_transport=transport.uri,
        digest=transport.digest_uri,
        certificate=written(certificate, profile),
        key=_base64(public_key.encrypt(key, transport.padding)),
        data=_base64(encrypt(plain.encode("utf-8"), key)),
    )


def _aes_gcm(data: bytes, key: bytes) -> bytes:
    """The nonce, the ciphertext, then the tag (XML Encryption 1.1 section 5.2.4)."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, None)


def _aes_cbc(data: bytes, key: bytes) -> bytes:
    """The IV, then the ciphertext (XML Encryption section 5.2.2)."""
    iv = secrets.token_bytes(BLOCK_BYTES)
    padder = padding.PKCS7(BLOCK_BYTES * 8).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return iv + encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
