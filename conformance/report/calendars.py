"""What the report shows of a rehearsal: its days, who got in on each, and when logins stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.report.text import shorten, visible

_LONGEST = 200
_MODES = {"import_once": "metadata imported once", "refresh": "metadata refreshed"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One person's login on one day."""

    who: str
    inside: bool
    words: str
    """Code and words of the refusal; empty for who got in."""


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day: what happened, who got in, what became of a forged message."""

    number: int
    event: str
    by: str
    logins: Sequence[Entry]
    forged: Entry | None
    forgery: str
    recorded: bool
    """Whether the day was only recorded, and not judged."""

    @property
    def inside(self) -> bool:
        """Whether everybody got in."""
        return all(login.inside for login in self.logins)

    @property
    def words(self) -> str:
        """The first refusal of the day."""
        return next((login.words for login in self.logins if not login.inside), "")


@dataclass(frozen=True, slots=True)
class Calendar:
    """A rehearsal as it was played."""

    sentence: str
    stopped: bool
    mode: str
    columns: Sequence[str]
    days: Sequence[CalendarDay]


def calendars_of(content: bytes) -> tuple[Calendar, ...]:
    """Read `rehearsal.json`. Raises ValueError, KeyError, TypeError for another shape."""
    return tuple(_calendar(told) for told in json.loads(content)["calendars"])


def sentence(told: Mapping[str, Any]) -> str:
    """Say on which days logins stopped and started again: `Logins stop on day 90, start again on day 91`."""
    stopped, again = told.get("stops_on", "never"), told.get("starts_again_on", "never")
    if stopped == "never":
        return "Logins never stop"
    back = "and do not start again" if again == "never" else f"start again on day {visible(str(again))}"
    return f"Logins stop on day {visible(str(stopped))}, {back}"


def _calendar(told: Mapping[str, Any]) -> Calendar:
    days = [_day(day) for day in told["days"]]
    first = told["days"][0]["logins"]
    return Calendar(
        sentence=sentence(told),
        stopped=told["stops_on"] != "never",
        mode=_MODES.get(str(told.get("metadata") or ""), ""),
        columns=[visible(f"{login['kind']} {login['who']}") for login in first],
        days=days,
    )


def _day(told: Mapping[str, Any]) -> CalendarDay:
    forged = told.get("forged")
    return CalendarDay(
        number=int(told["day"]),
        event=visible(str(told["event"])),
        by=visible(str(told["by"])),
        logins=[_entry(login) for login in told["logins"]],
        forged=_entry(forged) if forged else None,
        forgery=visible(str(forged["summary"])) if forged else "",
        recorded=any(login["expected"] == "either" for login in told["logins"]),
    )


def _entry(login: Mapping[str, Any]) -> Entry:
    words = f"{login['code']}: {login['words']}" if login["words"] else str(login["code"])
    return Entry(visible(str(login["who"])), bool(login["in"]), shorten(visible(words), _LONGEST))
