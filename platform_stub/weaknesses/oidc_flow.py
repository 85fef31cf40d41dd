"""Weaknesses in the authorization code flow around the token."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, without_oidc

WEAKNESSES: Final = (
    Weakness(
        "oidc-state-not-checked",
        "request-binding",
        "The callback does not compare the state with the login that this browser started.",
        without_oidc("state"),
    ),
)
