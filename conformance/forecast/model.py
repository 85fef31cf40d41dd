"""The words of the forecast: accounts of the platform, people of the identity provider, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from conformance.forecast.reasons import Reason


class Kind(StrEnum):
    """The two kinds of account. Each has its own login page, and they are matched apart."""

    USER = "user"
    AGENT = "agent"


class Vendor(StrEnum):
    """Whose export it is."""

    OKTA = "okta"
    ENTRA = "entra"
    OTHER = "other"

    @property
    def called(self) -> str:
        """Return the name that a sentence uses."""
        return {"okta": "Okta", "entra": "Entra ID"}.get(self.value, "the identity provider")

    @property
    def mail(self) -> str:
        """Return what this vendor calls a person's e-mail address."""
        return {"okta": "Primary email", "entra": "mail"}.get(self.value, "e-mail address")

    @property
    def login(self) -> str:
        """Return what this vendor calls the name that a person signs in with."""
        return {"okta": "username", "entra": "userPrincipalName"}.get(self.value, "user name")


class Sends(StrEnum):
    """Which of a person's values the identity provider sends as the e-mail address."""

    MAIL = "mail"
    LOGIN = "login"


class EmailMatch(StrEnum):
    """How an e-mail address is compared: `exact` is documented, upper and lower case count."""

    EXACT = "exact"
    CASEFOLD = "casefold"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the platform and the identity provider are set to."""

    sends: Sends = Sends.MAIL
    match: EmailMatch = EmailMatch.EXACT

    def key(self, address: str) -> str:
        """Return what two addresses must have in common to match."""
        return address.casefold() if self.match is EmailMatch.CASEFOLD else address


@dataclass(frozen=True, slots=True)
class Account:
    """A user or agent of the platform, from a roster. `line` is where it stands in `file`."""

    kind: Kind
    login: str
    email: str
    role: str
    active: bool
    file: str
    line: int


@dataclass(slots=True)
class Person:
    """Somebody at the identity provider. `trouble` is why they cannot sign in there, if they cannot."""

    login: str
    mail: str
    app_login: str = ""
    status: str = ""
    """As the export has it, as in `user.status: SUSPENDED`."""
    trouble: Reason | None = None
    warning: Reason | None = None
    guest: bool = False
    synced: bool = False
    assigned: bool | None = None
    """None when no export tells."""

    def sent(self, rules: Rules) -> str:
        """Return the address that arrives at the platform; "" when none does."""
        return self.mail if rules.sends is Sends.MAIL else (self.app_login or self.login)

    def kept(self, rules: Rules) -> str:
        """Return the person's other address, which does not arrive."""
        return (self.app_login or self.login) if rules.sends is Sends.MAIL else self.mail


@dataclass(frozen=True, slots=True)
class Finding:
    """What happens to one account, and its one main reason."""

    account: Account
    reason: Reason
    detail: str = ""
    idp_value: str = ""
    """The address at the identity provider that comes nearest, "" when there is none."""

    @property
    def locked_out(self) -> bool:
        """Whether this account could sign in before the switch, and not after it."""
        return self.reason.locks_out


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with the configuration. A `fatal` one locks out everybody."""

    code: str
    fatal: bool
    found: str
    do: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One input, as it was understood."""

    file: str
    what: str
    rows: int
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WhatIf:
    """How many would be locked out under another rule."""

    title: str
    locked_out: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The whole answer."""

    rules: Rules
    vendor: Vendor
    sources: Sequence[Source]
    faults: Sequence[Fault]
    findings: Sequence[Finding]
    alarms: Sequence[str] = ()
    what_ifs: Sequence[WhatIf] = ()
    notes: Sequence[str] = ()
    unchecked: Sequence[str] = ()

    @property
    def fatal(self) -> tuple[Fault, ...]:
        """Return the faults that lock out everybody."""
        return tuple(fault for fault in self.faults if fault.fatal)

    @property
    def locked_out(self) -> list[Finding]:
        """Return the accounts that are locked out for a reason of their own."""
        return [finding for finding in self.findings if finding.locked_out]

    @property
    def active(self) -> int:
        """Return how many accounts can sign in today."""
        return sum(finding.account.active for finding in self.findings)

    @property
    def exit_status(self) -> int:
        """Return 1 when somebody would be locked out, else 0."""
        return 1 if self.fatal or any(finding.locked_out for finding in self.findings) else 0
