"""EncryptedAssertions are opened by the algorithms that are taken; all else is one and the same refusal."""

from __future__ import annotations

import base64
import secrets

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from platform_stub.refusals import RefusalError
from platform_stub.saml.decryption import CONTENT_CIPHERS, XENC, decrypted

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
CBC = f"{XENC}aes256-cbc"
OAEP = f"{XENC}rsa-oaep-mgf1p"
DS = "http://www.w3.org/2000/09/xmldsig#"
PLAIN = b"<Assertion>of somebody</Assertion>"
SHA1, SHA256 = f"{DS}sha1", f"{XENC}sha256"
PLACES = ("inside", "beside")


def oaep(digest: str) -> rsa_padding.OAEP:
    algorithm = hashes.SHA1() if digest == SHA1 else hashes.SHA256()  # noqa: S303 - rsa-oaep-mgf1p
    return rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA1()), algorithm, None)  # noqa: S303 - its mask


def ciphertext(cipher: str, secret: bytes, plain: bytes = PLAIN) -> bytes:
    if cipher.endswith("gcm"):
        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(secret).encrypt(nonce, plain, None)
    iv, missing = secrets.token_bytes(16), 16 - len(plain) % 16
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    filled = plain + secrets.token_bytes(missing - 1) + bytes([missing])  # as XML Encryption fills up
    return iv + encryptor.update(filled) + encryptor.finalize()


def sealed(
    *,
    cipher: str = GCM,
    transport: str = OAEP,
    digest: str = SHA1,
    place: str = "inside",
    secret: bytes | None = None,
    data: bytes | None = None,
    wrapped: bytes | None = None,
) -> etree._Element:
    secret = secret or secrets.token_bytes(16 if "128" in cipher else 32)
    wrapped = wrapped or KEY.public_key().encrypt(secret, oaep(digest))
    key = (
        f'<x:EncryptedKey xmlns:x="{XENC}"><x:EncryptionMethod Algorithm="{transport}">'
        f'<d:DigestMethod xmlns:d="{DS}" Algorithm="{digest}"/></x:EncryptionMethod>'
        f"<x:CipherData><x:CipherValue>{base64.b64encode(wrapped).decode()}</x:CipherValue></x:CipherData>"
        "</x:EncryptedKey>"
    )
    value = base64.encodebytes(ciphertext(cipher, secret) if data is None else data).decode()
    inside = f'<d:KeyInfo xmlns:d="{DS}">{key if place == "inside" else ""}</d:KeyInfo>'
    return etree.fromstring(
        '<EncryptedAssertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion">'
        f'<x:EncryptedData xmlns:x="{XENC}"><x:EncryptionMethod Algorithm="{cipher}"/>{inside}'
        f"<x:CipherData><x:CipherValue>{value}</x:CipherValue></x:CipherData></x:EncryptedData>"
        f"{key if place == 'beside' else ''}</EncryptedAssertion>"
    )


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("digest", [SHA1, SHA256])
@pytest.mark.parametrize("cipher", CONTENT_CIPHERS)
def test_what_is_taken(cipher: str, digest: str, place: str) -> None:
    assert decrypted(sealed(cipher=cipher, digest=digest, place=place), KEY) == PLAIN


def changed(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


SECRET = secrets.token_bytes(32)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()


@pytest.mark.parametrize(
    "element",
    [
        sealed(cipher=f"{XENC}tripledes-cbc", data=b"0" * 32),
        sealed(transport=f"{XENC}rsa-1_5", wrapped=KEY.public_key().encrypt(SECRET, rsa_padding.PKCS1v15())),
        sealed(digest="http://www.w3.org/2001/04/xmldsig-more#md5", wrapped=b"0" * 256),
        sealed(wrapped=OTHER.encrypt(SECRET, oaep(SHA1))),
        sealed(secret=SECRET, data=changed(ciphertext(GCM, SECRET))),
        sealed(secret=SECRET, data=b""),
        sealed(cipher=CBC, secret=SECRET, data=b"0" * 16),
        sealed(cipher=CBC, secret=SECRET, data=b"0" * 33),
        sealed(cipher=GCM, secret=secrets.token_bytes(16)),
        sealed(place="nowhere"),
        etree.fromstring('<EncryptedAssertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>'),
    ],
    ids=[
        *("other cipher", "rsa-1_5", "other digest", "other key", "changed", "empty", "no block"),
        *("half a block", "short key", "no key", "no data"),
    ],
)
def test_everything_else_is_one_refusal(element: etree._Element) -> None:
    with pytest.raises(RefusalError) as told:
        decrypted(element, KEY)
    assert told.value.code == "encrypted-assertion"
