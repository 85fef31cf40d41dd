"""The authorization request: OpenID Connect Core 3.1.2.1, RFC 6749 4.1.1, RFC 7636, RFC 9700."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from conformance.checks.sent.entropy import repeated, weakness_of
from conformance.checks.sent.messages import Message, Sent
from conformance.checks.sent.pkce import needs_pkce
from conformance.checks.sent.registry import sent_check

_SECRET_NAMES = frozenset(
    {"client_secret", "client_assertion", "password", "access_token", "refresh_token", "id_token", "code",
     "code_verifier"}
)  # fmt: skip


def _first(messages: Sequence[Message], flaw: str, good: Sequence[bool]) -> str:
    """Return `flaw` about the first message that is not good, "" when all are."""
    wrong = [number for number, fine in enumerate(good, start=1) if not fine]
    return f"{flaw} (request {wrong[0]} of {len(messages)})" if wrong else ""


@sent_check("scope-openid", "authorization_request")
def scope_openid(sent: Sent) -> str:
    """Every authorization request has the scope openid (Core 3.1.2.1)."""
    asked = sent.of("authorization_request")
    return _first(
        asked, "the scope does not have openid", ["openid" in one.value("scope").split() for one in asked]
    )


@sent_check("response-type-code", "authorization_request")
def response_type_code(sent: Sent) -> str:
    """The response type is code, so that no token travels through the browser (RFC 9700 2.1.2)."""
    asked = sent.of("authorization_request")
    types = sorted({one.value("response_type") for one in asked})
    return "" if types == ["code"] else f"response_type is {', '.join(types) or 'missing'}"


@sent_check("client-id-exact", "authorization_request")
def client_id_exact(sent: Sent) -> str:
    """The client_id is the one that the IdP registered, given once (Core 3.1.2.1)."""
    asked = sent.of("authorization_request")
    return _first(
        asked,
        f"client_id is not {sent.names['client_id']!r}, once",
        [one.values("client_id") == [sent.names["client_id"]] for one in asked],
    )


@sent_check("redirect-uri-of-surface", "authorization_request")
def redirect_uri_of_surface(sent: Sent) -> str:
    """The redirect_uri is, character by character, the registered one of the surface that was opened."""
    told = [one.value("redirect_uri") for one in sent.of("authorization_request")]
    other = next((uri for uri in told if uri != sent.endpoint), None)
    return "" if other is None else f"redirect_uri is {other or 'missing'}, registered is {sent.endpoint}"


@sent_check("state-present", "authorization_request")
def state_present(sent: Sent) -> str:
    """Every authorization request has a state (RFC 6749 10.12)."""
    asked = sent.of("authorization_request")
    return _first(asked, "there is no state", [bool(one.value("state")) for one in asked])


@sent_check("state-unguessable", "authorization_request")
def state_unguessable(sent: Sent) -> str:
    """Each state is fresh, has 128 random bits or more, and no address in clear (RFC 6749 10.10)."""
    states = [one.value("state") for one in sent.of("authorization_request")]
    clear = next((state for state in states if _names_an_address(state)), "")
    if clear:
        return f"a state has an address in clear: {clear[:80]}"
    return weakness_of("state", states)


@sent_check("nonce-present", "authorization_request")
def nonce_present(sent: Sent) -> str:
    """Every authorization request has a nonce (Core 3.1.2.1)."""
    asked = sent.of("authorization_request")
    return _first(asked, "there is no nonce", [bool(one.value("nonce")) for one in asked])


@sent_check("nonce-unguessable", "authorization_request")
def nonce_unguessable(sent: Sent) -> str:
    """Each nonce is fresh, has 128 random bits or more, and is not the state (Core 15.5.2)."""
    asked = sent.of("authorization_request")
    same = _first(
        asked, "the nonce is the state", [one.value("nonce") != one.value("state") for one in asked]
    )
    return same or weakness_of("nonce", [one.value("nonce") for one in asked])


@sent_check("no-secret-in-address", "authorization_request")
def no_secret_in_address(sent: Sent) -> str:
    """The address has no secret, no token and no personal data in it (RFC 9700 4.2, 4.3)."""
    people = [value for name, value in sent.names.items() if name.endswith(".email") and value]
    for one in sent.of("authorization_request"):
        secrets = sorted({name for name, _ in one.query} & _SECRET_NAMES)
        if secrets:
            return f"the address has {', '.join(secrets)}"
        values = [value for name, value in one.query if name != "login_hint"]
        if any(person in value for person in people for value in values):
            return "the address has somebody's e-mail address"
    return ""


@sent_check("challenge-sent", "authorization_request")
def challenge_sent(sent: Sent) -> str:
    """Every authorization request has a code_challenge, no two the same one (RFC 9700 2.1.1)."""
    asked = sent.of("authorization_request")
    challenges = [one.value("code_challenge") for one in asked]
    missing = _first(asked, "there is no code_challenge", list(map(bool, challenges)))
    return missing or repeated("code_challenge", challenges)


@sent_check("challenge-s256", "authorization_request")
def challenge_s256(sent: Sent) -> str:
    """The code_challenge_method is S256, and the challenge is a SHA-256 in base64url (RFC 7636 4.2, 4.3)."""
    needs_pkce(sent)
    for one in sent.of("authorization_request"):
        if one.value("code_challenge_method") != "S256":
            return (
                f"code_challenge_method is {one.value('code_challenge_method') or 'missing, which is plain'}"
            )
        if len(one.value("code_challenge")) != 43:
            return f"the code_challenge has {len(one.value('code_challenge'))} characters, expected 43"
    return ""


def _names_an_address(state: str) -> bool:
    parts = urlsplit(state)
    return bool(parts.scheme in {"http", "https"} and parts.netloc) or state.startswith("/")
