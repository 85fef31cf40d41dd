"""Public keys as texts and headers: what a forger can make of a published key, and of one of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mock_idp.keys import SigningKey, base64url_uint

FORGERS_KID = "forger-1"
"""Under which a forger publishes a key of their own."""
BAG = b"Bag Attributes\n    friendlyName: signing\n"


def _encoded(key: SigningKey, encoding: Encoding, form: PublicFormat) -> bytes:
    return key.private_key.public_key().public_bytes(encoding, form)


def _spki(key: SigningKey) -> bytes:
    return _encoded(key, Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _pkcs1(key: SigningKey) -> bytes:
    return _encoded(key, Encoding.PEM, PublicFormat.PKCS1)


def _certificate(key: SigningKey) -> bytes:
    return key.token_certificate.pem.encode()


def bare_jwk(key: SigningKey) -> dict[str, Any]:
    """The required members of the public JWK alone, in RFC 7638's order."""
    numbers = key.private_key.public_key().public_numbers()
    return {"e": base64url_uint(numbers.e), "kty": "RSA", "n": base64url_uint(numbers.n)}


def forgers_jwk(key: SigningKey) -> dict[str, Any]:
    """A forger's public key as a JWK for RS256 (RFC 7517 section 4)."""
    return {**bare_jwk(key), "kid": FORGERS_KID, "use": "sig", "alg": "RS256"}


RENDERINGS: Mapping[str, Callable[[SigningKey], bytes]] = {
    "spki-pem": _spki,
    "spki-pem-without-final-lf": lambda key: _spki(key).rstrip(b"\n"),
    "pkcs1-pem": _pkcs1,
    "pkcs1-pem-without-final-lf": lambda key: _pkcs1(key).rstrip(b"\n"),
    "certificate-pem": _certificate,
    "certificate-pem-without-final-lf": lambda key: _certificate(key).rstrip(b"\n"),
    "leading-newline": lambda key: b"\n" + _spki(key),
    "leading-space": lambda key: b" " + _spki(key),
    "bag-attributes": lambda key: BAG + _spki(key),
    "crlf": lambda key: _spki(key).replace(b"\n", b"\r\n"),
    "jwk-spaced": lambda key: json.dumps(bare_jwk(key)).encode(),
    "jwk-compact": lambda key: json.dumps(bare_jwk(key), separators=(",", ":")).encode(),
    "spki-der": lambda key: _encoded(key, Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "pem-body": lambda key: b"".join(_spki(key).splitlines()[1:-1]),
    "openssh": lambda key: _encoded(key, Encoding.OpenSSH, PublicFormat.OpenSSH),
    "modulus": lambda key: bare_jwk(key)["n"].encode(),
    "empty": lambda _key: b"",
    "null": lambda _key: b"null",
    "secret": lambda _key: b"secret",
}
"""Secrets that anybody knows: the public key as tools and libraries write it, and three constants."""
