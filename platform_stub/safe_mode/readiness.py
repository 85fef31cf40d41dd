"""Which accounts single sign-on would lock out, by what is saved for them; nothing here asks anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from platform_stub.policy import Policy
from platform_stub.store import Account, Surface

REASONS: Final[dict[str, str]] = {
    "no-email": "no e-mail address",
    "sip-address": "a SIP address instead of an e-mail address",
    "malformed": "not an e-mail address",
    "duplicate": "another account of the same kind has the same address",
}


@dataclass(frozen=True, slots=True)
class LockedOut:
    """An account that no assertion can match, and why: a key of ``REASONS``."""

    kind: Surface
    login: str
    email: str
    reason: str


def locked_out(accounts: Sequence[Account], policy: Policy) -> tuple[LockedOut, ...]:
    """Return the accounts that single sign-on could not find. Inactive ones are out in any case."""
    active = [account for account in accounts if account.active]
    key: Callable[[str], str] = str.casefold if policy.email_match == "casefold" else str
    holders = Counter((account.kind, key(account.email)) for account in active)
    found = []
    for account in active:
        reason = _reason(account.email)
        if not reason and holders[account.kind, key(account.email)] > 1:
            reason = "duplicate"
        if reason:
            found.append(LockedOut(account.kind, account.login, account.email, reason))
    return tuple(found)


def _reason(email: str) -> str:
    if not email:
        return "no-email"
    if email.casefold().startswith(("sip:", "sips:")):
        return "sip-address"
    local, _, domain = email.rpartition("@")
    fits = local and domain and email.isprintable() and not any(letter.isspace() for letter in email)
    return "" if fits else "malformed"
