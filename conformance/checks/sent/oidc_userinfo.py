"""The userinfo request: OpenID Connect Core 5.3.1, RFC 6750 section 2."""

from __future__ import annotations

from conformance.checks.sent.messages import Sent
from conformance.checks.sent.registry import sent_check


@sent_check("bearer-in-header", "userinfo_request")
def bearer_in_header(sent: Sent) -> str:
    """The access token stands in the Authorization header as Bearer, and nowhere else (RFC 6750 2.1, 2.3)."""
    for one in sent.of("userinfo_request"):
        if one.values("access_token"):
            return "the access token stands in the address or the body"
        scheme = one.headers.get("authorization", "").partition(" ")[0]
        if scheme.lower() != "bearer":
            return f"the Authorization header begins with {scheme!r}" if scheme else "it has no Authorization"
    return ""
