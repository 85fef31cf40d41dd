"""Known failures as data: what is excused, why, with which issue, until when. Their effect is in `gate`."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conformance.evidence.records import VerdictRecord
from conformance.model import Verdict

_REQUIRED = ("case", "reason", "issue", "expires")
_OPTIONAL = ("personality", "agent")


class KnownFailuresError(Exception):
    """The file of known failures is wrong; the message gives file, entry and what to write instead."""


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """One excuse: a case, or one of its runs, that may be broken until a day."""

    case: str
    reason: str
    issue: str
    """URL of the issue that will remove this entry."""
    expires: datetime.date
    """The last day on which it counts."""
    personality: str = ""
    """Empty: every personality."""
    agent: str = ""
    """Empty: every agent."""
    line: int = 0

    @property
    def id(self) -> str:
        """The case, and the parameters that the entry is limited to: `case[okta-*]`."""
        if not (self.personality or self.agent):
            return self.case
        return f"{self.case}[{self.personality or '*'}-{self.agent or '*'}]"

    def covers(self, case: str, personality: str, agent: str) -> bool:
        """Whether this entry speaks of that run."""
        return self.case == case and self.personality in {"", personality} and self.agent in {"", agent}

    def note(self) -> dict[str, str]:
        """Return the entry as the `known` of a verdict record."""
        return {
            "id": self.id,
            "reason": self.reason,
            "issue": self.issue,
            "expires": self.expires.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class KnownFailures:
    """Every known failure of a target, in the order of the file."""

    entries: tuple[KnownFailure, ...] = ()
    source: str = ""

    @classmethod
    def load(cls, path: Path) -> KnownFailures:
        """Read a YAML list of `{case, personality?, agent?, reason, issue, expires}`.

        Raises KnownFailuresError for a missing file, broken YAML, a missing or unknown key, a glob in an id,
        an issue that is no http(s) URL, a date that is not YYYY-MM-DD, and an entry given twice.
        """
        try:
            root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise KnownFailuresError(f"{path} cannot be read: {error.strerror or error}.") from error
        except yaml.YAMLError as error:
            raise KnownFailuresError(f"{path} is not YAML: {error}") from error
        if data is None:
            return cls(source=str(path))
        if not isinstance(data, list) or not isinstance(root, yaml.SequenceNode):
            raise KnownFailuresError(f"{path} must be a list of entries, each with {', '.join(_REQUIRED)}.")
        lines = [node.start_mark.line + 1 for node in root.value]
        entries: dict[str, KnownFailure] = {}
        for line, item in zip(lines, data, strict=True):
            entry = _entry(f"{path}, line {line}", line, item)
            if entry.id in entries:
                raise KnownFailuresError(
                    f"{path}, line {line}: {entry.id} is already listed in line {entries[entry.id].line}."
                )
            entries[entry.id] = entry
        return cls(tuple(entries.values()), str(path))

    def match(self, record: VerdictRecord | Mapping[str, Any]) -> KnownFailure | None:
        """Return the entry that covers a run, the narrowest first, or None. Its verdict is not looked at."""
        run = _run(record)
        covering = [entry for entry in self.entries if entry.covers(*run)]
        return max(covering, key=lambda entry: bool(entry.personality) + bool(entry.agent), default=None)

    def problems(
        self,
        catalogue: Collection[tuple[str, str, str]],
        records: Iterable[VerdictRecord | Mapping[str, Any]],
        today: datetime.date,
    ) -> list[str]:
        """Return a sentence for each stale, unknown, expired or unexpectedly passing entry: all redden.

        `catalogue` holds every run that the scenarios allow, as (case, personality, agent), not only the
        selected ones: an entry is stale when its case is gone, unknown when the case never runs like that.
        """
        return [*self._stale(catalogue), *self._expired(today), *self._passing(records)]

    def _stale(self, catalogue: Collection[tuple[str, str, str]]) -> Iterator[str]:
        cases = {case for case, _, _ in catalogue}
        for entry in self.entries:
            if entry.case not in cases:
                near = difflib.get_close_matches(entry.case, cases, 1)
                hint = f" Did you mean {near[0]}?" if near else ""
                yield f"{self._where(entry)} is stale: no scenario declares it.{hint} Delete the entry."
            elif not any(entry.covers(*run) for run in catalogue):
                yield f"{self._where(entry)} is unknown: the case never runs with that personality and agent."

    def _expired(self, today: datetime.date) -> Iterator[str]:
        for entry in self.entries:
            if entry.expires < today:
                yield (
                    f"{self._where(entry)} expired on {entry.expires}: fix the target, or give it a new date "
                    f"with a reason in {entry.issue}."
                )

    def _passing(self, records: Iterable[VerdictRecord | Mapping[str, Any]]) -> Iterator[str]:
        for record in records:
            entry = self.match(record)
            verdict = record.verdict if isinstance(record, VerdictRecord) else record["verdict"]
            if entry is not None and verdict == Verdict.PASS:
                case, personality, agent = _run(record)
                yield (
                    f"{self._where(entry)} passes unexpectedly with {personality} and {agent}: delete the "
                    f"entry, or narrow it to the runs of {case} that still fail."
                )

    def _where(self, entry: KnownFailure) -> str:
        return f"Known failure {entry.id} ({Path(self.source).name or 'known failures'}:{entry.line})"


def _run(record: VerdictRecord | Mapping[str, Any]) -> tuple[str, str, str]:
    if isinstance(record, VerdictRecord):
        return record.case, record.personality, record.agent
    return str(record["case"]), str(record["personality"]), str(record["agent"])


def _entry(where: str, line: int, item: object) -> KnownFailure:
    if not isinstance(item, dict):
        raise KnownFailuresError(f"{where}: an entry is a mapping with {', '.join(_REQUIRED)}, not {item!r}.")
    allowed = (*_REQUIRED, *_OPTIONAL)
    for key in item:
        if key not in allowed:
            near = difflib.get_close_matches(str(key), allowed, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise KnownFailuresError(f"{where}: unknown key {key!r}; allowed are {', '.join(allowed)}.{hint}")
    missing = [key for key in _REQUIRED if item.get(key) in (None, "")]
    if missing:
        raise KnownFailuresError(f"{where}: {', '.join(missing)} missing. An excuse needs all of them.")
    case = str(item["case"])
    if any(char in case for char in "*?[]"):
        raise KnownFailuresError(
            f"{where}: {case!r} is a pattern; name one case per entry, so that each is watched."
        )
    issue = str(item["issue"])
    if not issue.startswith(("https://", "http://")):
        raise KnownFailuresError(f"{where}: issue must be the URL of an issue, not {issue!r}.")
    return KnownFailure(
        case=case,
        reason=str(item["reason"]),
        issue=issue,
        expires=_date(where, item["expires"]),
        personality=str(item.get("personality") or ""),
        agent=str(item.get("agent") or ""),
        line=line,
    )


def _date(where: str, value: object) -> datetime.date:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError as error:
        raise KnownFailuresError(f"{where}: expires must be a day as YYYY-MM-DD, not {value!r}.") from error
