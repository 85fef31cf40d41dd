"""A made-up company, the same for the same seed: its accounts, its people at the IdP, its mistakes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from faker import Faker

DOMAIN = "example.com"
ENTRA_HEADER = [
    "userPrincipalName",
    "displayName",
    "surname",
    "mail",
    "givenName",
    "id",
    "userType",
    "jobTitle",
    "department",
    "accountEnabled",
    "usageLocation",
    "streetAddress",
    "state",
    "country",
    "officeLocation",
    "city",
    "postalCode",
    "telephoneNumber",
    "mobilePhone",
    "alternateEmailAddress",
    "ageGroup",
    "consentProvidedForMinor",
    "legalAgeGroupClassification",
    "companyName",
    "creationType",
    "directorySynced",
    "invitationState",
    "identityIssuer",
    "createdDateTime",
]
OKTA_HEADER = ["user.id", "user.firstName", "user.lastName", "user.login", "user.email", "user.status"]


@dataclass
class Employee:
    """One person: what the platform has, what the IdP has, and the outcome that must follow."""

    first: str
    last: str
    login: str
    email: str
    """On the platform."""
    mail: str
    upn: str
    status: str = "ACTIVE"
    user_type: str = "Member"
    agent: bool = False
    active: bool = True
    role: str = "Manager"
    at_idp: bool = True
    expected: str = "ok"


@dataclass
class Company:
    """Everybody, and the files that describe them."""

    everybody: list[Employee] = field(default_factory=list)

    def users(self, path: Path) -> Path:
        """Write the users' roster with the labels of the users editor."""
        rows = (
            (e.login, e.first, e.last, e.role, e.email, "Yes" if e.active else "No")
            for e in self.everybody
            if not e.agent
        )
        header = ("User Name", "First Name", "Last Name", "Role", "Email Address", "Active User")
        return write(path, header, rows)

    def agents(self, path: Path) -> Path:
        """Write the agents' roster with the labels of the agent profile."""
        rows = (
            (e.login, e.first, e.last, e.email, "true" if e.active else "false", "Collections")
            for e in self.everybody
            if e.agent
        )
        header = ("Logon ID", "First Name", "Last Name", "Email / SIP Address", "Active Agent", "Agent Team")
        return write(path, header, rows)

    def entra(self, path: Path) -> Path:
        """Write what “Download users” gives: most columns are empty in most tenants."""
        rows = []
        for person in self.everybody:
            if person.at_idp:
                known = {
                    "userPrincipalName": person.upn,
                    "displayName": f"{person.first} {person.last}",
                    "surname": person.last,
                    "givenName": person.first,
                    "mail": person.mail,
                    "userType": person.user_type,
                    "accountEnabled": str(person.status == "ACTIVE"),
                    "directorySynced": "True",
                }
                rows.append([known.get(name, "") for name in ENTRA_HEADER])
        return write(path, ENTRA_HEADER, rows)

    def okta(self, path: Path) -> Path:
        """Write an Okta user report."""
        rows = (
            (f"00u{n:017}", e.first, e.last, e.upn, e.mail, e.status)
            for n, e in enumerate(self.everybody)
            if e.at_idp
        )
        return write(path, OKTA_HEADER, rows)

    def expected(self) -> dict[str, str]:
        """Return login → the outcome that must follow."""
        return {person.login: person.expected for person in self.everybody}


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], **form: str) -> Path:
    """Write a CSV file; `form` is delimiter, lineterminator or encoding."""
    encoding = form.pop("encoding", "utf-8")
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(
            file, delimiter=form.get("delimiter", ","), lineterminator=form.get("eol", "\r\n")
        )
        writer.writerow(header)
        writer.writerows(rows)
    return path


def healthy(users: int, agents: int, seed: int = 4) -> Company:
    """Return a company in which everybody gets in."""
    fake = Faker("en_US")
    fake.seed_instance(seed)
    company = Company()
    for number in range(users + agents):
        first, last = fake.first_name(), fake.last_name()
        email = f"{first}.{last}{number}@{DOMAIN}".lower()
        agent = number >= users
        company.everybody.append(
            Employee(
                first, last, f"{first[:1]}{last}{number}".lower()[-20:], email, email, email, agent=agent
            )
        )
    company.everybody[0].role = "Sysadmin"
    return company


Mistake = Callable[[Employee], None]


def _set(**values: object) -> Mistake:
    def change(employee: Employee) -> None:
        for name, value in values.items():
            setattr(employee, name, value)

    return change


def _edit(name: str, edit: Callable[[str], str]) -> Mistake:
    def change(employee: Employee) -> None:
        setattr(employee, name, edit(getattr(employee, name)))

    return change


MISTAKES: dict[str, Sequence[Mistake]] = {
    "no-email": [_set(email=""), _set(email="  ")],
    "sip-address": [_edit("email", lambda text: "sip:" + text), _edit("email", lambda text: "SIPS:" + text)],
    "malformed-email": [
        _edit("email", lambda text: text.replace("@", " at ")),
        _edit("email", lambda text: text + "; other@example.com"),
    ],
    "white-space": [
        _edit("email", lambda text: text + " "),
        _edit("email", lambda text: "\u00a0" + text),
        _edit("mail", lambda text: text.replace("@", "\u200b@")),
    ],
    "look-alike": [
        _edit("email", lambda text: text.replace("example", "ex\u0430mple")),
        _edit("email", lambda text: text.replace("@", "\uff20")),
    ],
    "case-differs": [_edit("email", str.upper), _edit("mail", str.title)],
    "idp-sends-other": [_edit("mail", lambda text: "office." + text)],
    "idp-sends-nothing": [_set(mail="")],
    "not-at-idp": [_set(at_idp=False), _edit("email", lambda text: text.replace("example", "old-name"))],
    "idp-disabled": [_set(status="SUSPENDED"), _set(status="DEPROVISIONED")],
    "inactive": [_set(active=False), _set(active=False, email="")],
}
"""Reason → ways to make it. Each is one mistake of one person who would get in without it."""


def with_mistakes(users: int, agents: int, seed: int = 4) -> Company:
    """Return a company where each mistake has happened to somebody, and everybody else gets in."""
    company = healthy(users, agents, seed)
    step = len(company.everybody) // (sum(map(len, MISTAKES.values())) + 1)
    place = step
    for code, ways in MISTAKES.items():
        for way in ways:
            person = company.everybody[place]
            way(person)
            person.expected = code
            place += step
    return company
