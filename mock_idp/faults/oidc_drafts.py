"""The OpenID Connect messages that a fault may change before they are signed or sent. No fault is here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

SignedBy = Literal["tenant", "foreign", "nobody"]


@dataclass
class IdTokenDraft:
    """An ID token on its way to the signer.

    `claims_sent`, when set, replace the claims after signing: the signature no longer covers what is sent.
    """

    header: dict[str, Any]
    claims: dict[str, Any]
    signed_by: SignedBy = "tenant"
    claims_sent: dict[str, Any] | None = None


@dataclass
class AuthorizationResponseDraft:
    """The parameters of an authorization response in wire order (RFC 6749 section 4.1.2)."""

    parameters: list[tuple[str, str]] = field(default_factory=list)
