"""Opening an EncryptedAssertion of our own, as its service provider does (XML Encryption 1.0)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID

from mock_idp.shape.reading import Message, UnreadableError, read
from mock_idp.shape.xml_shape import Document, Element

BLOCK = 16


@dataclass(frozen=True)
class Recipient:
    """A service provider's key pair, with the certificate that the IdP encrypts for."""

    key: rsa.RSAPrivateKey
    certificate: str


def new_recipient() -> Recipient:
    """A fresh key with a self-signed certificate (PEM)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    return Recipient(key, made.public_bytes(serialization.Encoding.PEM).decode("ascii"))


def opened(message: Message, pem: bytes) -> Message:
    """The Assertion in an encrypted Response, by the provider's private key (PEM). Raises UnreadableError."""
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise UnreadableError(
            "Expected an RSA private key as PEM without a passphrase after --key."
        ) from error
    if message.xml is None or not isinstance(key, rsa.RSAPrivateKey):
        raise UnreadableError(
            "Expected an encrypted SAML Response and an RSA key with --key; leave it out for other files."
        )
    try:
        return read(decrypted(message.xml, Recipient(key, "")).encode("utf-8"))
    except (ValueError, IndexError, StopIteration) as error:
        raise UnreadableError(
            f"The Assertion cannot be decrypted: {error}. Expected aes-cbc and rsa-oaep-mgf1p for this key; "
            "look whether the IdP encrypts for a certificate of another key."
        ) from error


def decrypted(document: Document, recipient: Recipient) -> str:
    """The XML inside the EncryptedAssertion. Raises ValueError when there is none for `recipient`."""
    encrypted = document.root.first("EncryptedAssertion")
    if encrypted is None:
        raise ValueError("the Response holds no EncryptedAssertion")
    wrapped = encrypted.first("EncryptedKey")
    data = encrypted.first("EncryptedData")
    if wrapped is None or data is None:
        raise ValueError("the EncryptedAssertion lacks EncryptedKey or EncryptedData")
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - rsa-oaep-mgf1p is SHA-1
    key = recipient.key.decrypt(_cipher_value(wrapped), oaep)
    secret = _cipher_value(next(child for child in data.children if child.local == "CipherData"))
    opened = Cipher(algorithms.AES(key), modes.CBC(secret[:BLOCK])).decryptor()
    padded = opened.update(secret[BLOCK:]) + opened.finalize()
    return padded[: -padded[-1]].decode("utf-8")


def _cipher_value(element: Element) -> bytes:
    value = element.first("CipherValue")
    if value is None:
        raise ValueError(f"{element.name} holds no CipherValue")
    return base64.b64decode("".join(value.text.split()))
