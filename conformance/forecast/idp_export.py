"""The identity provider's people from its exports: who there is, who may sign in, who has the application."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from conformance.forecast.addresses import is_guest_name
from conformance.forecast.columns import ENTRA_COLUMNS, EXPORT, OKTA_COLUMNS
from conformance.forecast.model import Person, Source, Vendor
from conformance.forecast.problems import InputError
from conformance.forecast.reasons import DISABLED, LOCKED, NEW_PASSWORD, NOT_ACTIVATED, STATUS_UNKNOWN, Reason
from conformance.forecast.tables import Field, Table, missing_column, normal, open_table, refuse_empty

# help.okta.com, "User account status": the API's names and the Admin Console's labels.
_STATUSES: Final[dict[str, Reason | None]] = {
    "": None,
    "active": None,
    "staged": NOT_ACTIVATED,
    "provisioned": NOT_ACTIVATED,
    "pendinguseraction": NOT_ACTIVATED,
    "recovery": NEW_PASSWORD,
    "passwordreset": NEW_PASSWORD,
    "passwordexpired": NEW_PASSWORD,
    "lockedout": LOCKED,
    "suspended": DISABLED,
    "deprovisioned": DISABLED,
    "deactivated": DISABLED,
}
_YES: Final = frozenset(("true", "yes", "1", "enabled", "y"))
_NO: Final = frozenset(("false", "no", "0", "disabled", "n"))
_BETWEEN_APPS: Final = re.compile(r"[;|,\n]")


@dataclass(slots=True)
class Export:
    """Everybody whom the exports list, each once, and what the exports could tell."""

    vendor: Vendor = Vendor.OTHER
    people: dict[str, Person] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    has_mail: bool = False
    has_login: bool = False
    has_status: bool = False
    applications: set[str] = field(default_factory=set)


def read_exports(paths: Sequence[str], vendor: Vendor | None, app: str) -> Export:
    """Return the people of all files together; somebody who is in several files is one person.

    `app` is the name of the platform's application, for exports that list assignments. Raises InputError.
    """
    export = Export(vendor=vendor or Vendor.OTHER)
    for path in paths:
        table = _open(Path(path), "the identity provider's export of people")
        if vendor is None and export.vendor is Vendor.OTHER:
            export.vendor = _vendor_of(table)
        before = len(export.people)
        rows = _add_people(export, table, app)
        refuse_empty(path, rows)
        seen = tuple(table.title(column.name) for column in EXPORT if column.name in table.columns)
        what = f"people at {export.vendor.called}" if len(export.people) > before else "assignments"
        export.sources.append(Source(path, what, rows, seen))
    if app and export.applications:
        for person in export.people.values():
            person.assigned = bool(person.assigned)  # who is in no report of applications has none
    if app and export.applications and normal(app) not in set(map(normal, export.applications)):
        raise InputError(
            paths[-1],
            expected=f"an application “{app}”",
            found=", ".join(f"“{name}”" for name in sorted(export.applications)[:8]),
            do="Give --app as the export writes it.",
        )
    return export


def read_assigned(paths: Iterable[str], export: Export) -> None:
    """Mark who stands in the exports of assigned people, and that everybody else is not assigned.

    Such a file may be a group's members, or a report of the application's assignments. Raises InputError.
    """
    names: set[str] = set()
    for path in paths:
        table = _open(Path(path), "an export of assigned people")
        places = [table.columns[name] for name in ("login", "mail") if name in table.columns]
        gone = table.columns.get("unassigned", -1)
        rows = 0
        for _, cells in table.rows():
            if gone < 0 or not cells[gone].strip():
                rows += 1
                names.update(cells[place].strip().casefold() for place in places)
        seen = tuple(table.header[place] for place in places)
        refuse_empty(path, rows)
        export.sources.append(Source(path, "assigned people", rows, seen))
    names.discard("")
    for person in export.people.values():
        person.assigned = person.login.casefold() in names or person.mail.strip().casefold() in names


def _open(path: Path, what: str) -> Table:
    table = open_table(path, EXPORT, what)
    if "login" not in table.columns and "mail" not in table.columns:
        either = Field("login", ("userPrincipalName", "user.login", "Username", "mail", "user.email"))
        raise missing_column(table, either, what)
    return table


def _vendor_of(table: Table) -> Vendor:
    names = set(map(normal, table.header))
    if names.intersection(map(normal, ENTRA_COLUMNS)):
        return Vendor.ENTRA
    return Vendor.OKTA if names.intersection(map(normal, OKTA_COLUMNS)) else Vendor.OTHER


def _add_people(export: Export, table: Table, app: str) -> int:
    names = ("login", "mail", "app_login", "user_type", "synced")
    login, mail, app_login, user_type, synced = (table.columns.get(name, -1) for name in names)
    status = next((name for name in ("enabled", "blocked", "status") if name in table.columns), "")
    export.has_mail |= mail >= 0
    export.has_login |= login >= 0
    export.has_status |= bool(status)
    app_column = table.columns.get("app", -1)
    known: dict[str, Reason | None] = {}
    people, rows = export.people, 0
    for line, cells in table.rows():
        name = (cells[login].strip() if login >= 0 else "") or (cells[mail].strip() if mail >= 0 else "")
        if not name:
            continue  # nobody: a service object, or a line of remarks
        rows += 1
        person = people.get(name.casefold())
        if person is None:
            person = people[name.casefold()] = Person(name, "")
            person.guest = (
                user_type >= 0 and cells[user_type].strip().casefold() == "guest"
            ) or is_guest_name(name)
        if mail >= 0 and not person.mail:
            person.mail = cells[mail]
        if synced >= 0:
            person.synced = cells[synced].strip().casefold() in _YES
        if status and not person.status:
            value = cells[table.columns[status]].strip()
            person.status = f"{table.title(status)}: {value}" if value else ""
            reason = known.get(value, STATUS_UNKNOWN)
            if reason is STATUS_UNKNOWN:
                reason = known[value] = _reason_of(value, status, table, line)
            if reason is not None and reason.locks_out:
                person.trouble = reason
            else:
                person.warning = reason
        ours = app_column < 0 or _is_ours(export, person, table, cells, app)
        if ours and app_login >= 0 and cells[app_login]:
            person.app_login = cells[app_login]
    return rows


def _reason_of(value: str, field_name: str, table: Table, line: int) -> Reason | None:
    """Return what a status means: a trouble, a warning, or None when all is well. Raises InputError."""
    word = normal(value)
    if field_name == "status":
        return _STATUSES.get(word, STATUS_UNKNOWN)
    if word in _YES or word in _NO:
        return DISABLED if (word in _YES) is (field_name == "blocked") else None
    if word:
        raise InputError(
            str(table.path),
            line=line,
            column=table.title(field_name),
            expected="true or false",
            found=f"“{value}”",
            do="Export the file again; do not translate its values.",
        )
    return None


def _is_ours(export: Export, person: Person, table: Table, cells: Sequence[str], app: str) -> bool:
    """Mark whether the person has the application, and return whether this row is about it."""
    position = table.columns["app"]
    several = normal(table.header[position]) in {"assignedapplications", "applications"}
    names = [
        name.strip() for name in (_BETWEEN_APPS.split(cells[position]) if several else [cells[position]])
    ]
    export.applications.update(name for name in names if name)
    if not app:
        return False
    gone = table.columns.get("unassigned")
    if gone is not None and cells[gone].strip():
        names = []
    ours = normal(app) in map(normal, names)
    person.assigned = bool(person.assigned) or ours
    return ours
