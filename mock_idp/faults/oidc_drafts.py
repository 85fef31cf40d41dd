"""The OpenID Connect messages that a fault may change before they are signed or sent. No fault is here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SignedBy = Literal["tenant", "foreign", "retired", "nobody"]


@dataclass
class IdTokenDraft:
    """An ID token on its way to the signer.

    `retired_header` is the header with which the key that was retired last would sign.
    `claims_sent`, when set, replace the claims after signing: the signature no longer covers what is sent.
    """

    header: dict[str, Any]
    claims: dict[str, Any]
    retired_header: Callable[[], Mapping[str, Any]]
    signed_by: SignedBy = "tenant"
    claims_sent: dict[str, Any] | None = None


@dataclass
class AuthorizationResponseDraft:
    """The parameters of an authorization response in wire order (RFC 6749 section 4.1.2)."""

    parameters: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class TokenAnswerDraft:
    """The answer to a grant that is in order; with an `error` it is refused (RFC 6749 section 5.2)."""

    error: str | None = None
    description: str | None = None
