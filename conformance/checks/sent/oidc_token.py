"""The token request: OpenID Connect Core 3.1.3.1, RFC 6749 2.3 and 4.1.3, RFC 7636."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter

from conformance.checks.sent.entropy import repeated, weakness_of
from conformance.checks.sent.messages import Sent
from conformance.checks.sent.pkce import needs_pkce
from conformance.checks.sent.registry import sent_check

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_CREDENTIALS = ("client_secret", "client_assertion")
_IN_THE_BODY = frozenset({*_CREDENTIALS, "code", "code_verifier", "refresh_token", "password"})


def _verifiers(sent: Sent) -> list[str]:
    """Return the verifier of each login, of its first token request."""
    redeemed = [login.of("token_request") for login in sent.logins]
    return [requests[0].value("code_verifier") for requests in redeemed if requests]


@sent_check("verifier-matches", "token_request")
def verifier_matches(sent: Sent) -> str:
    """The code_verifier hashes to the code_challenge of the same login (RFC 7636 4.6)."""
    needs_pkce(sent)
    for login in sent.logins:
        challenges = [one.value("code_challenge") for one in login.of("authorization_request")]
        for one in login.of("token_request"):
            verifier = one.value("code_verifier")
            if not verifier:
                return "there is no code_verifier"
            if _hash(verifier) not in challenges:
                return "the code_verifier's hash is not the code_challenge that was sent before"
    return ""


@sent_check("verifier-format", "token_request")
def verifier_format(sent: Sent) -> str:
    """The code_verifier has 43 to 128 unreserved characters and 256 random bits (RFC 7636 4.1, 7.1)."""
    needs_pkce(sent)
    verifiers = _verifiers(sent)
    odd = next((verifier for verifier in verifiers if not _VERIFIER.fullmatch(verifier)), None)
    if odd is not None:
        return f"a code_verifier has {len(odd)} characters, or others than letters, digits and -._~"
    return weakness_of("code_verifier", verifiers, bits=256)


@sent_check("verifier-unique", "token_request")
def verifier_unique(sent: Sent) -> str:
    """Every login has a code_verifier of its own (RFC 7636 4.1)."""
    needs_pkce(sent)
    return repeated("code_verifier", _verifiers(sent))


@sent_check("token-fields", "token_request")
def token_fields(sent: Sent) -> str:
    """A POST with grant_type, code, and the redirect_uri of before (Core 3.1.3.1, 3.1.3.2)."""
    for login in sent.logins:
        addresses = [one.value("redirect_uri") for one in login.of("authorization_request")]
        for one in login.of("token_request"):
            grant = one.value("grant_type")
            if one.method != "POST" or grant != "authorization_code" or not one.value("code"):
                return f"a {one.method} with grant_type {grant or 'missing'}, expected a POST with a code"
            if one.value("redirect_uri") not in addresses:
                return f"redirect_uri is {one.value('redirect_uri') or 'missing'}, before it was {addresses}"
    return ""


@sent_check("client-authenticated-once", "token_request")
def client_authenticated_once(sent: Sent) -> str:
    """The client authenticates in exactly one way (RFC 6749 2.3)."""
    for one in sent.of("token_request"):
        ways = [name for name in _CREDENTIALS if one.values(name)]
        ways += ["Authorization"] if "authorization" in one.headers else []
        if len(ways) != 1:
            return f"the client authenticates by {' and '.join(ways) or 'nothing'}"
    return ""


@sent_check("code-redeemed-once", "token_request")
def code_redeemed_once(sent: Sent) -> str:
    """No code is presented a second time, whatever became of the first request (RFC 6749 4.1.2)."""
    codes = Counter(one.value("code") for one in sent.of("token_request"))
    most = max(codes.values())
    return f"one code was presented {most} times" if most > 1 else ""


@sent_check("retried-once-at-most", "token_request")
def retried_once_at_most(sent: Sent) -> str:
    """A token request that fails is repeated once at most."""
    most = max(len(login.of("token_request")) for login in sent.logins)
    return f"the token endpoint was asked {most} times in one login" if most > 2 else ""


@sent_check("secret-not-in-address", "token_request")
def secret_not_in_address(sent: Sent) -> str:
    """Credentials and codes are in the header or the body, never in the address (RFC 6749 2.3.1)."""
    named = {name for one in sent.of("token_request") for name, _ in one.query}
    found = sorted(named & _IN_THE_BODY)
    return f"the address of the token request has {', '.join(found)}" if found else ""


def _hash(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
