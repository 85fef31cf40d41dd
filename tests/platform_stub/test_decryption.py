"""EncryptedAssertions are opened by the algorithms that are taken; all else is one and the same refusal."""

from __future__ import annotations

import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from platform_stub.refusals import RefusalError
from platform_stub.saml.decryption import content_ciphers, decrypted
from tests.platform_stub.sso_sealing import CBC, GCM, PLAIN, SHA1, SHA256, XENC, ciphertext, oaep, sealed

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = KEY.public_key()
PLACES = ("inside", "beside")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("digest", [SHA1, SHA256])
@pytest.mark.parametrize("cipher", content_ciphers(cbc=True))
def test_what_is_taken(cipher: str, digest: str, place: str) -> None:
    assert decrypted(sealed(PUBLIC, cipher=cipher, digest=digest, place=place), KEY) == PLAIN


def changed(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


SECRET = secrets.token_bytes(32)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()


@pytest.mark.parametrize(
    "element",
    [
        sealed(PUBLIC, cipher=f"{XENC}tripledes-cbc", data=b"0" * 32),
        sealed(PUBLIC, transport=f"{XENC}rsa-1_5", wrapped=PUBLIC.encrypt(SECRET, rsa_padding.PKCS1v15())),
        sealed(PUBLIC, digest="http://www.w3.org/2001/04/xmldsig-more#md5", wrapped=b"0" * 256),
        sealed(PUBLIC, wrapped=OTHER.encrypt(SECRET, oaep(SHA1))),
        sealed(PUBLIC, secret=SECRET, data=changed(ciphertext(GCM, SECRET))),
        sealed(PUBLIC, secret=SECRET, data=b""),
        sealed(PUBLIC, cipher=CBC, secret=SECRET, data=b"0" * 16),
        sealed(PUBLIC, cipher=CBC, secret=SECRET, data=b"0" * 33),
        sealed(PUBLIC, cipher=GCM, secret=secrets.token_bytes(16)),
        sealed(PUBLIC, place="nowhere"),
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
