"""Whether a platform uses PKCE at all; what it must look like then is judged where the messages are."""

from __future__ import annotations

from conformance.checks.sent.messages import Sent
from conformance.checks.sent.registry import UnusedError


def needs_pkce(sent: Sent) -> None:
    """Raise UnusedError when no request carries a code_challenge or a code_verifier (RFC 7636)."""
    asked = [one.value("code_challenge") for one in sent.of("authorization_request")]
    redeemed = [one.value("code_verifier") for one in sent.of("token_request")]
    if not any((*asked, *redeemed)):
        raise UnusedError("no code_challenge and no code_verifier: PKCE is not used")
