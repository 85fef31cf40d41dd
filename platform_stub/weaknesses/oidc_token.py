"""Weaknesses in how an ID token is verified."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, setting, without_oidc

WEAKNESSES: Final = (
    Weakness(
        "oidc-signature-not-checked",
        "signature",
        "The signature of the ID token is not verified.",
        setting(oidc_signature="ignored"),
    ),
    Weakness(
        "oidc-alg-none-accepted",
        "signature",
        'An ID token with "alg": "none" needs no signature.',
        setting(oidc_algorithms=("RS256", "none")),
    ),
    Weakness(
        "oidc-issuer-not-checked",
        "issuer",
        "An ID token of another issuer is accepted.",
        without_oidc("issuer"),
    ),
    Weakness(
        "oidc-audience-not-checked",
        "audience",
        "An ID token made for another application is accepted.",
        without_oidc("audience"),
    ),
    Weakness(
        "oidc-expiry-not-checked", "time", "The times in the ID token are ignored.", without_oidc("times")
    ),
    Weakness(
        "oidc-nonce-not-checked",
        "request-binding",
        "An ID token from another login (another or no nonce) is accepted.",
        without_oidc("nonce"),
    ),
)
