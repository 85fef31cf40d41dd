"""OpenID Connect: logout tokens that the provider, or somebody else, sends by the back channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from platform_stub.policy import OidcLogoutCheck
from platform_stub.weaknesses.model import Change, Weakness


def _without(*checks: OidcLogoutCheck) -> Change:
    return lambda policy: replace(policy, oidc_logout_checks=policy.oidc_logout_checks - set(checks))


WEAKNESSES: Final = (
    Weakness(
        "logout-token-signature-not-checked",
        "session",
        "The signature of a logout token is not verified: anybody can sign people out.",
        _without("signature"),
    ),
    Weakness(
        "logout-token-issuer-not-checked",
        "session",
        "A logout token of another issuer is obeyed.",
        _without("issuer"),
    ),
    Weakness(
        "logout-token-audience-not-checked",
        "session",
        "A logout token made for another application is obeyed.",
        _without("audience"),
    ),
    Weakness(
        "logout-token-event-not-checked",
        "session",
        "A logout token without its event is obeyed.",
        _without("events"),
    ),
    Weakness(
        "logout-token-kind-not-checked",
        "session",
        "An ID token is obeyed as if it were a logout token.",
        _without("events", "no-nonce", "replay"),
    ),
)
