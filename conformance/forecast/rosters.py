"""The platform's accounts from its rosters: users and agents, each with the address that must match."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from conformance.forecast.columns import AGENT_COLUMNS, ROSTER, USER_COLUMNS
from conformance.forecast.model import Account, Kind, Source
from conformance.forecast.problems import InputError
from conformance.forecast.tables import Table, normal, open_table

_YES: Final = frozenset(
    ("yes", "y", "true", "t", "1", "active", "enabled", "on", "x", "checked", "unlocked", "")
)
_NO: Final = frozenset(("no", "n", "false", "f", "0", "inactive", "disabled", "off", "unchecked", "locked"))
_KINDS: Final = {"user": Kind.USER, "users": Kind.USER, "agent": Kind.AGENT, "agents": Kind.AGENT}


def read_roster(argument: str) -> tuple[Source, list[Account]]:
    """Return the accounts of one roster. `argument` is FILE, or users=FILE or agents=FILE to say whose it is.

    Raises InputError when the file cannot be read, or does not tell whether it lists users or agents.
    """
    told, path = _split(argument)
    table = open_table(path, ROSTER, "a roster of users or agents")
    kind = told or _kind_of(table)
    if kind is None and "kind" not in table.columns:
        raise InputError(
            str(path),
            line=table.header_line,
            expected="to see whether these are users or agents",
            found="columns that both may have",
            do=f"Write --roster users={path} or --roster agents={path}.",
        )
    accounts = _accounts(table, kind)
    seen = tuple(table.title(field.name) for field in ROSTER if field.name in table.columns)
    return Source(str(path), _what(accounts, kind), len(accounts), seen), accounts


def _split(argument: str) -> tuple[Kind | None, Path]:
    name, equals, rest = argument.partition("=")
    if equals and name.casefold() in _KINDS:
        return _KINDS[name.casefold()], Path(rest)
    return None, Path(argument)


def _kind_of(table: Table) -> Kind | None:
    """Return whose roster it is by the columns that only one kind has, else by the file's name."""
    if "kind" in table.columns:
        return None
    names = set(map(normal, table.header))
    agents = len(names.intersection(map(normal, AGENT_COLUMNS)))
    users = len(names.intersection(map(normal, USER_COLUMNS)))
    if agents != users:
        return Kind.AGENT if agents > users else Kind.USER
    stem = table.path.stem.casefold()
    return next((kind for word, kind in (("agent", Kind.AGENT), ("user", Kind.USER)) if word in stem), None)


def _what(accounts: Sequence[Account], kind: Kind | None) -> str:
    if kind is not None:
        return f"{kind.value}s"
    users = sum(account.kind is Kind.USER for account in accounts)
    return f"{users:,} users and {len(accounts) - users:,} agents"


def _accounts(table: Table, kind: Kind | None) -> list[Account]:
    file = str(table.path)
    login, email = table.columns["login"], table.columns["email"]
    role, active = table.columns.get("role", -1), table.columns.get("active", -1)
    locked, kinds = table.columns.get("locked", -1), table.columns.get("kind", -1)
    found = []
    for line, cells in table.rows():
        may_enter = (active < 0 or _flag(table, line, "active", cells[active], empty=True)) and (
            locked < 0 or not _flag(table, line, "locked", cells[locked], empty=False)
        )
        found.append(
            Account(
                kind=kind or _kind(table, line, cells[kinds]),
                login=cells[login].strip(),
                email=cells[email],
                role=cells[role].strip() if role >= 0 else "",
                active=may_enter,
                file=file,
                line=line,
            )
        )
    return found


def _flag(table: Table, line: int, field: str, cell: str, *, empty: bool) -> bool:
    word = cell.strip().casefold()
    if not word:
        return empty
    if field == "locked" and word in {"locked", "unlocked"}:
        return word == "locked"
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise InputError(
        str(table.path),
        line=line,
        column=table.title(field),
        expected="yes or no (also true/false, 1/0, active/inactive)",
        found=f"“{cell}”",
        do="Correct the cell, or remove the column: then everybody counts as active.",
    )


def _kind(table: Table, line: int, cell: str) -> Kind:
    kind = _KINDS.get(cell.strip().casefold())
    if kind is None:
        raise InputError(
            str(table.path),
            line=line,
            column=table.title("kind"),
            expected="user or agent",
            found=f"“{cell}”",
            do="Correct the cell.",
        )
    return kind
