"""The checks of a verified ID token, one function each (Core 3.1.3.7); the policy says which run.

Whether the callback belongs to this browser's login is asked in `login`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from platform_stub.oidc.id_token import IdToken, malformed
from platform_stub.policy import OidcCheck, Policy
from platform_stub.refusals import RefusalError

_PLACEHOLDER = "{tenantid}"
_ENTRA_VERSION_1 = "sts.windows.net"
_ENTRA_VERSION_2 = "/v2.0"
_PLACEHOLDER_SAVED = (
    "The issuer saved on the Security tab holds the placeholder {tenantid}, as the document for all "
    "organisations has it. Save the issuer that names your own tenant."
)


_PLACEHOLDER_SENT = (
    "The identity provider's discovery document names its issuer with the placeholder {tenantid}. Save the "
    "discovery address that names your own tenant."
)
_VERSIONS_MIXED = (
    "The token comes from version 1.0 of Entra ID (issuer sts.windows.net), and the issuer saved on the "
    "Security tab is that of version 2.0. Save all addresses from the discovery document of one version."
)


def issuer_words(saved: str, sent: str) -> str | None:
    """Return what is behind two issuers that differ, where their looks tell it."""
    if _PLACEHOLDER in saved:
        return _PLACEHOLDER_SAVED
    if _PLACEHOLDER in sent:
        return _PLACEHOLDER_SENT
    if _ENTRA_VERSION_1 in sent and saved.rstrip("/").endswith(_ENTRA_VERSION_2):
        return _VERSIONS_MIXED
    return None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A token, and what it must match. `nonce` is the one of this browser's login."""

    token: IdToken
    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    access_token: str = field(repr=False)
    now: datetime
    skew_seconds: int
    code: str = field(default="", repr=False)
    """The code that came through the browser beside this token; "" for one of the token endpoint."""
    optional: frozenset[str] = frozenset()
    """Claims that a weak policy does not miss."""


def check_subject(evidence: Evidence) -> None:
    """Refuse an ID token that names nobody."""
    if not evidence.token.text("sub").strip():
        raise malformed("The ID token has no sub.")


def check_issuer(evidence: Evidence) -> None:
    """Refuse unless iss is the saved issuer, byte for byte."""
    issuer = evidence.token.text("iss")
    if issuer != evidence.issuer:
        raise RefusalError(
            "issuer-mismatch",
            f"iss is {issuer!r}, the saved issuer is {evidence.issuer!r}.",
            sentence=issuer_words(evidence.issuer, issuer),
        )


def check_audience(evidence: Evidence) -> None:
    """Refuse unless aud names us."""
    audiences = evidence.token.audiences()
    if evidence.client_id not in audiences:
        raise RefusalError(
            "audience-mismatch",
            f"aud is {list(audiences)!r}, the Authorization ID is {evidence.client_id!r}.",
        )


def check_authorized_party(evidence: Evidence) -> None:
    """Refuse an azp that is not us; with several audiences it must be there (Core 3.1.3.7 points 4 and 5)."""
    audiences, party = evidence.token.audiences(), evidence.token.text("azp")
    if (len(audiences) > 1 or party) and party != evidence.client_id:
        raise RefusalError(
            "audience-mismatch", f"azp is {party!r}, the Authorization ID is {evidence.client_id!r}."
        )


def check_times(evidence: Evidence) -> None:
    """Refuse an ID token without exp or iat, expired, or from the future; the skew is forgiven."""
    token, now, skew = evidence.token, evidence.now.timestamp(), evidence.skew_seconds
    expires, issued, begins = token.number("exp"), token.number("iat"), token.number("nbf")
    if issued is None or (expires is None and "exp" not in evidence.optional):
        raise RefusalError("malformed", "The ID token has no exp or no iat.")
    if expires is not None and now - skew >= expires:
        raise RefusalError("expired", f"exp is {expires:.0f}, it is {now:.0f} here.")
    for name, moment in (("iat", issued), ("nbf", begins)):
        if moment is not None and moment > now + skew:
            raise RefusalError("not-yet-valid", f"{name} is {moment:.0f}, it is {now:.0f} here.")


def check_nonce(evidence: Evidence) -> None:
    """Refuse unless nonce is the one that this login sent."""
    nonce = evidence.token.text("nonce")
    if not nonce and "nonce" in evidence.optional:
        return
    if not nonce or not hmac.compare_digest(nonce.encode(), evidence.nonce.encode()):
        said = "The ID token's nonce is not the one of this login." if nonce else "The ID token has no nonce."
        raise RefusalError("nonce-mismatch", said)


def check_access_token_hash(evidence: Evidence) -> None:
    """Refuse an at_hash that is not the access token's (Core 3.1.3.8); the code flow may leave it out."""
    claimed = evidence.token.text("at_hash")
    if not claimed or evidence.code:
        return
    if claimed != _half_hash(evidence.access_token):
        raise RefusalError(
            "access-token-mismatch",
            "at_hash is not the hash of the access token that came with the ID token.",
            sentence="The identity provider's ID token and access token do not belong together.",
        )


def check_code_hash(evidence: Evidence) -> None:
    """Refuse a token of the browser unless c_hash is the code's that came beside it (Core 3.3.2.10)."""
    if evidence.code and evidence.token.text("c_hash") != _half_hash(evidence.code):
        raise RefusalError(
            "code-mismatch",
            "c_hash is missing, or not the hash of the code that came with the ID token.",
            sentence="The identity provider's ID token and code do not belong together.",
        )


def _half_hash(value: str) -> str:
    digest = hashlib.sha256(value.encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


CHECKS: Final[dict[OidcCheck, Callable[[Evidence], None]]] = {
    "subject": check_subject,
    "issuer": check_issuer,
    "audience": check_audience,
    "authorized-party": check_authorized_party,
    "times": check_times,
    "nonce": check_nonce,
    "access-token-hash": check_access_token_hash,
    "code-hash": check_code_hash,
}


def judge(evidence: Evidence, policy: Policy, *, without: frozenset[OidcCheck] = frozenset()) -> None:
    """Run the policy's checks, `without` some, in order; the first that fails raises its RefusalError."""
    for name, check in CHECKS.items():
        if name in policy.oidc_checks - without:
            check(evidence)
