"""EncryptedAssertions for tests, right or wrong in one way, made by cryptography alone."""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

XENC = "http://www.w3.org/2001/04/xmlenc#"
GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
CBC = f"{XENC}aes256-cbc"
OAEP = f"{XENC}rsa-oaep-mgf1p"
DS = "http://www.w3.org/2000/09/xmldsig#"
PLAIN = b"<Assertion>of somebody</Assertion>"
SHA1, SHA256 = f"{DS}sha1", f"{XENC}sha256"


def oaep(digest: str) -> rsa_padding.OAEP:
    """RSA-OAEP with this digest, masked by SHA-1."""
    algorithm = hashes.SHA1() if digest == SHA1 else hashes.SHA256()  # noqa: S303 - rsa-oaep-mgf1p
    return rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA1()), algorithm, None)  # noqa: S303 - its mask


def ciphertext(cipher: str, secret: bytes, plain: bytes = PLAIN) -> bytes:
    """What XML Encryption writes: nonce or IV, content, tag."""
    if cipher.endswith("gcm"):
        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(secret).encrypt(nonce, plain, None)
    iv, missing = secrets.token_bytes(16), 16 - len(plain) % 16
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    filled = plain + secrets.token_bytes(missing - 1) + bytes([missing])  # as XML Encryption fills up
    return iv + encryptor.update(filled) + encryptor.finalize()


def sealed(
    public: rsa.RSAPublicKey,
    plain: bytes = PLAIN,
    *,
    cipher: str = GCM,
    transport: str = OAEP,
    digest: str = SHA1,
    place: str = "inside",
    secret: bytes | None = None,
    data: bytes | None = None,
    wrapped: bytes | None = None,
) -> etree._Element:
    """The EncryptedAssertion; `data` and `wrapped` stand in for the right ciphertexts."""
    secret = secret or secrets.token_bytes(16 if "128" in cipher else 32)
    wrapped = wrapped or public.encrypt(secret, oaep(digest))
    key = (
        f'<x:EncryptedKey xmlns:x="{XENC}"><x:EncryptionMethod Algorithm="{transport}">'
        f'<d:DigestMethod xmlns:d="{DS}" Algorithm="{digest}"/></x:EncryptionMethod>'
        f"<x:CipherData><x:CipherValue>{base64.b64encode(wrapped).decode()}</x:CipherValue></x:CipherData>"
        "</x:EncryptedKey>"
    )
    value = base64.encodebytes(ciphertext(cipher, secret, plain) if data is None else data).decode()
    inside = f'<d:KeyInfo xmlns:d="{DS}">{key if place == "inside" else ""}</d:KeyInfo>'
    return etree.fromstring(
        '<EncryptedAssertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion">'
        f'<x:EncryptedData xmlns:x="{XENC}"><x:EncryptionMethod Algorithm="{cipher}"/>{inside}'
        f"<x:CipherData><x:CipherValue>{value}</x:CipherValue></x:CipherData></x:EncryptedData>"
        f"{key if place == 'beside' else ''}</EncryptedAssertion>"
    )
