"""The OpenID Connect messages that a fault may change before they are signed or sent. No fault is here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mock_idp.keys import KeyRing

SignedBy = Literal["tenant", "foreign", "retired", "other-provider", "secret", "nobody"]


@dataclass
class IdTokenDraft:
    """An ID token on its way to the signer.

    Attributes:
        header: the JOSE header in wire order.
        claims: the payload in wire order.
        keys: the tenant's keys; `foreign` among them is the forger's own.
        now: epoch seconds of the tenant's clock.
        retired_header: the header with which the key that was retired last would sign.
        access_token: the one that is issued beside it; empty where none is.
        forger_url: below this address are the forger's own documents, see `mock_idp.forger`.
        keys_of: the keys of the tenant whose URL is given; raises LookupError where there is none.
        signed_by: whose key signs.
        other_keys: the keys that sign where that is `other-provider`.
        secret: the HMAC's key where `signed_by` is `secret`.
        algorithm: how it is really signed, whatever the header says; HS256 and its kin with a secret.
        payload: JSON text that is signed in place of the claims.
        header_sent, claims_sent: when set, replace header or claims after signing: the signature no longer
            covers what is sent.
        rewrite: changes the compact text last of all.
        form: what `rewrite` made of the text, as a phrase.
    """

    header: dict[str, Any]
    claims: dict[str, Any]
    keys: KeyRing
    now: int
    retired_header: Callable[[], Mapping[str, Any]]
    access_token: str = ""
    forger_url: str = ""
    keys_of: Callable[[str], KeyRing] | None = None
    signed_by: SignedBy = "tenant"
    other_keys: KeyRing | None = None
    secret: bytes = b""
    algorithm: str = "RS256"
    payload: str | None = None
    header_sent: dict[str, Any] | None = None
    claims_sent: dict[str, Any] | None = None
    rewrite: Callable[[str], str] | None = None
    form: str = ""

    def copy(self) -> IdTokenDraft:
        """A draft that can be changed without changing this one."""
        return replace(self, header=deepcopy(self.header), claims=deepcopy(self.claims))


@dataclass
class LogoutTokenDraft(IdTokenDraft):
    """A logout token on its way to the signer; `id_token` is header and claims of the login's ID token."""

    id_token: tuple[Mapping[str, Any], Mapping[str, Any]] = field(default_factory=lambda: ({}, {}))


@dataclass
class AuthorizationResponseDraft:
    """The parameters of an authorization response in wire order (RFC 6749 section 4.1.2)."""

    parameters: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class TokenAnswerDraft:
    """The answer to a grant that is in order, as far as it is not the usual one.

    Attributes:
        status: other than 200, the grant is refused: with `error` in JSON (RFC 6749 section 5.2), or, without
            one, with a page, as a proxy in front of the provider would.
        retry_after: the header Retry-After of such a refusal, in seconds.
        removed: members that the answer lacks.
        slow: the answer comes far too late, or a byte every half second.
    """

    status: int = 200
    error: str | None = None
    description: str | None = None
    retry_after: str = ""
    removed: tuple[str, ...] = ()
    slow: Literal["", "hang", "drip"] = ""

    def as_json(self) -> dict[str, Any]:
        """What the answer says for itself, for the journal; nothing for the usual one."""
        said = {
            "status": self.status if self.status != 200 else None,
            "error": self.error,
            "error_description": self.description,
            "retry_after": self.retry_after or None,
            "delay": self.slow or None,
            **dict.fromkeys(self.removed, "removed"),
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass
class UserinfoDraft:
    """The answer of the userinfo endpoint; `hangs` holds it back for longer than anybody should wait."""

    claims: dict[str, Any]
    status: int = 200
    hangs: bool = False
