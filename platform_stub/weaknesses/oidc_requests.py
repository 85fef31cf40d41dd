"""OpenID Connect: what the platform asks of the provider, and how it says who it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from platform_stub.policy import OidcRule
from platform_stub.weaknesses.model import Weakness, without

_LEFT_OUT: Final[tuple[tuple[str, str, str, OidcRule], ...]] = (
    (
        "oidc-scope-without-openid",
        "login",
        "Requests ask for e-mail and profile, not for openid.",
        "asks-openid",
    ),
    (
        "oidc-asks-for-token-in-browser",
        "login",
        "Requests ask for an ID token that the browser carries, in place of a code.",
        "asks-for-code",
    ),
    ("oidc-client-id-altered", "login", "The client ID is sent in upper case.", "client-id-as-saved"),
    (
        "oidc-redirect-uri-of-other-surface",
        "recipient",
        "Agents' logins name the users' redirect URI.",
        "redirect-of-surface",
    ),
    ("oidc-state-not-sent", "request-binding", "Requests have no state.", "state-sent"),
    ("oidc-state-from-clock", "request-binding", "The state is read from the clock.", "state-random"),
    ("oidc-nonce-not-sent", "request-binding", "Requests have no nonce.", "nonce-sent"),
    (
        "oidc-nonce-constant",
        "request-binding",
        "The nonce is the one of the specification's example, always.",
        "nonce-random",
    ),
    (
        "oidc-secret-in-browser",
        "secrecy",
        "The client secret travels in the authorization request, through the browser.",
        "secret-kept-back",
    ),
    ("oidc-pkce-not-sent", "request-binding", "Requests have no code challenge.", "pkce-sent"),
    ("oidc-pkce-plain", "request-binding", "The code challenge is the verifier itself.", "challenge-hashed"),
    (
        "oidc-challenge-of-hex",
        "request-binding",
        "The challenge encodes the hexadecimal form of the hash, so that no verifier fits.",
        "challenge-of-bytes",
    ),
    (
        "oidc-verifier-constant",
        "request-binding",
        "All logins have one verifier, that of the specification's example.",
        "verifier-random",
    ),
    ("oidc-verifier-short", "request-binding", "The verifier has 16 characters.", "verifier-long"),
    (
        "oidc-token-request-without-redirect-uri",
        "login",
        "The token request does not repeat the redirect URI.",
        "redirect-repeated",
    ),
    (
        "oidc-client-authenticated-twice",
        "login",
        "The client secret is sent in the header and in the body of one request.",
        "authenticated-once",
    ),
    (
        "oidc-secret-in-address",
        "secrecy",
        "The client secret stands in the address of the token request, where logs keep it.",
        "secret-in-header",
    ),
    (
        "oidc-token-endpoint-from-discovery",
        "secrecy",
        "The code is redeemed wherever the discovery document says, whatever was saved.",
        "token-endpoint-as-saved",
    ),
    (
        "oidc-provider-of-newest-login",
        "secrecy",
        "A code is redeemed at the provider that the newest login asked, whichever login it belongs to.",
        "provider-of-login",
    ),
    (
        "oidc-code-sent-again",
        "replay",
        "A token request that failed is sent once more, with the same code.",
        "code-sent-once",
    ),
)


def _made() -> Iterator[Weakness]:
    for name, cls, summary, rule in _LEFT_OUT:
        yield Weakness(name, cls, summary, without("oidc_rules", rule))


WEAKNESSES: Final = tuple(_made())
