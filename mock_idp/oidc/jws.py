"""Compact JWS (RFC 7515 section 7.1) by hand, so that header order and forged signatures are possible."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from mock_idp.compact import compact
from mock_idp.keys import SigningKey
from mock_idp.personalities.oidc_base import AccessTokenDraft, base64url

DIGESTS: Mapping[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}


class MalformedTokenError(ValueError):
    """The text is not a compact JWS of one of the tenant's keys."""


def part(members: Mapping[str, object]) -> str:
    """A JSON object as a JWS part: no blanks, member order kept."""
    return base64url(compact(members).encode())


def sign(header: Mapping[str, object], claims: Mapping[str, object], key: SigningKey) -> str:
    """The compact RS256 JWS over `header` and `claims`."""
    covered = f"{part(header)}.{part(claims)}"
    return f"{covered}.{base64url(key.sign(covered.encode('ascii')))}"


def signature(covered: bytes, key: SigningKey, algorithm: str) -> bytes:
    """The signature over `covered` by RS or PS with a digest (RFC 7518 sections 3.3 and 3.5)."""
    digest = DIGESTS[algorithm[2:]]
    if algorithm.startswith("RS"):
        return key.sign(covered, digest)
    pss = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
    return key.private_key.sign(covered, pss, digest)


def mac(covered: bytes, secret: bytes, algorithm: str) -> bytes:
    """HS256, HS384 or HS512 (RFC 7518 section 3.2), whatever the secret's length."""
    return hmac.digest(secret, covered, f"sha{algorithm.removeprefix('HS')}")


def sign_access_token(draft: AccessTokenDraft) -> str:
    """The access token, signed over another header where the draft says so."""
    signed = sign(draft.signed_header or draft.header, draft.claims, draft.key)
    return signed if draft.signed_header is None else f"{part(draft.header)}.{signed.partition('.')[2]}"


def verified_claims(token: str, published: Iterable[SigningKey]) -> dict[str, Any]:
    """The claims of a token that one of the `published` keys signed, whatever its age.

    Raises MalformedTokenError for anything else.
    """
    covered, _, signature = token.rpartition(".")
    try:
        raw = _decode(signature)
        claims = json.loads(_decode(covered.partition(".")[2]))
    except (ValueError, binascii.Error) as error:
        raise MalformedTokenError("The token is not a compact JWS.") from error
    if not isinstance(claims, dict):
        raise MalformedTokenError("The token's payload is not a JSON object.")
    if not any(_made(raw, covered, key) for key in published):
        raise MalformedTokenError("The token's signature is by none of the tenant's published keys.")
    return claims


def _made(signature: bytes, covered: str, key: SigningKey) -> bool:
    try:
        key.private_key.public_key().verify(signature, covered.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
