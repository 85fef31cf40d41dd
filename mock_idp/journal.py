"""What a tenant saw and did, in order. It holds no passwords: callers never pass one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from mock_idp.clock import Clock, instant_ms
from mock_idp.indented import indented
from mock_idp.storage.memory import MemoryLog
from mock_idp.storage.model import Limits, Log

LIMIT = 5000
MOST_CHARACTERS = 50_000_000  # of all entries together; hostile messages are long


class Unread(ABC):
    """A value of an entry that is made when somebody reads it: most entries are never read."""

    __slots__ = ()

    @abstractmethod
    def read(self) -> object:
        """The value, JSON-ready."""


@dataclass(frozen=True, slots=True, repr=False)
class Shown(Unread):
    """A JSON value that is read as an indented text."""

    value: Mapping[str, Any]

    def __repr__(self) -> str:
        """The value's alone, which is all that an entry's size needs."""
        return repr(self.value)

    def read(self) -> str:
        """The text."""
        return indented(self.value)


class Entry(NamedTuple):
    """One event. `attempt` is the AuthnRequest ID or the OAuth `state` that the event belongs to."""

    seq: int
    moment: datetime
    kind: str
    attempt: str | None
    app: str | None
    persona: str | None
    summary: str
    detail: Mapping[str, Any]

    @property
    def at(self) -> str:
        """The moment in words."""
        return instant_ms(self.moment)

    def as_json(self) -> dict[str, Any]:
        """The entry as the control API shows it."""
        return {
            "seq": self.seq,
            "at": self.at,
            "kind": self.kind,
            "attempt": self.attempt,
            "app": self.app,
            "persona": self.persona,
            "summary": self.summary,
            "detail": self.detail,
        }


Watch = Callable[[Entry], None]
"""Is told each entry as it is made."""


def _size(entry: Entry) -> int:
    """Roughly how many characters the entry holds."""
    return 500 + len(entry.summary) + len(repr(entry.detail))


def _read(entry: Entry) -> Entry:
    """The entry with every value made."""
    made = {name: said.read() for name, said in entry.detail.items() if isinstance(said, Unread)}
    return entry._replace(detail={**entry.detail, **made}) if made else entry


LIMITS = Limits(LIMIT, MOST_CHARACTERS, _size)


class Journal:
    """The last 5,000 entries of one tenant, or fewer when they are very long, dated by its clock and numbered
    from 1 without gaps."""

    def __init__(self, clock: Clock, watch: Watch | None = None, log: Log[Entry] | None = None) -> None:
        self._clock = clock
        self._watch = watch
        self._log: Log[Entry] = MemoryLog(LIMITS) if log is None else log

    def record(
        self,
        kind: str,
        *,
        summary: str,
        attempt: str | None = None,
        app: str | None = None,
        persona: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> Entry:
        """Append an event: `kind` as in `saml.response`, `summary` one sentence, `detail` JSON-ready
        but for values that are `Unread`."""

        def made(seq: int) -> Entry:
            return Entry(seq, self._clock.now(), kind, attempt, app, persona, summary, detail or {})

        entry = self._log.append(made)
        if self._watch is not None:
            self._watch(entry)
        return entry

    def entries(self, *, attempt: str | None = None, after: int = 0) -> list[Entry]:
        """The entries later than number `after`, of one attempt when it is given."""
        return [_read(entry) for entry in self._log.after(after) if attempt in {None, entry.attempt}]

    @property
    def last(self) -> int:
        """The number of the newest entry, 0 before the first."""
        return self._log.last
