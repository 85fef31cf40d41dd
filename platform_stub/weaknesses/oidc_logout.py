"""OpenID Connect: logout tokens that the provider, or somebody else, sends by the back channel."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, without

WEAKNESSES: Final = (
    Weakness(
        "logout-token-signature-not-checked",
        "session",
        "The signature of a logout token is not verified: anybody can sign people out.",
        without("oidc_logout_checks", "signature"),
    ),
    Weakness(
        "logout-token-issuer-not-checked",
        "session",
        "A logout token of another issuer is obeyed.",
        without("oidc_logout_checks", "issuer"),
    ),
    Weakness(
        "logout-token-audience-not-checked",
        "session",
        "A logout token made for another application is obeyed.",
        without("oidc_logout_checks", "audience"),
    ),
    Weakness(
        "logout-token-event-not-checked",
        "session",
        "A logout token without its event is obeyed.",
        without("oidc_logout_checks", "events"),
    ),
    Weakness(
        "logout-token-kind-not-checked",
        "session",
        "An ID token is obeyed as if it were a logout token.",
        without("oidc_logout_checks", "events", "no-nonce", "replay"),
    ),
)
