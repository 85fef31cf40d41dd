"""The values of one authorization request: fresh for each login, as the policy's rules want."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Final

from platform_stub.policy import Policy

_OF_THE_EXAMPLE: Final = "n-0S6_WzA2Mj"  # OpenID Connect Core 3.1.2.1, and many a copied tutorial
_ONE_FOR_ALL: Final = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B


@dataclass(frozen=True, slots=True)
class Fresh:
    """What is kept of a request until its answer comes, and the parameters that go with it.

    What is not sent is "", and is not asked for in the answer.
    """

    state: str
    nonce: str
    verifier: str = field(repr=False)
    challenge: str
    challenge_method: str


def fresh(policy: Policy) -> Fresh:
    """Return the values of a new login: 256 random bits each, and a challenge by S256 (RFC 7636 4.2)."""
    rules = policy.oidc_rules
    state = secrets.token_urlsafe(32) if "state-random" in rules else str(time.time_ns())
    nonce = secrets.token_urlsafe(32) if "nonce-random" in rules else _OF_THE_EXAMPLE
    if "nonce-sent" not in rules:
        nonce = ""
    if "pkce-sent" not in rules:
        return Fresh(state, nonce, "", "", "")
    verifier = secrets.token_urlsafe(32) if "verifier-random" in rules else _ONE_FOR_ALL
    if "verifier-long" not in rules:
        verifier = verifier[:16]
    if "challenge-hashed" not in rules:
        return Fresh(state, nonce, verifier, verifier, "plain")
    return Fresh(state, nonce, verifier, _challenge(verifier, policy), "S256")


def _challenge(verifier: str, policy: Policy) -> str:
    hashed = hashlib.sha256(verifier.encode())
    digest = hashed.digest() if "challenge-of-bytes" in policy.oidc_rules else hashed.hexdigest().encode()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
