"""The platform's only source of the current time, so that tests can move it."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

from flask import g, has_app_context


class Clock(Protocol):
    """Anything that tells the time."""

    def now(self) -> datetime:
        """Return the current time, timezone-aware, in UTC."""


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """Return the current time, timezone-aware, in UTC."""
        return datetime.now(UTC)


class TestClock:
    """The computer's clock, except that a client's requests can run ahead of it: for rehearsals only.

    Which client a request belongs to stands in ``g.client``; before that is known, nothing runs ahead.
    """

    __test__ = False  # a clock for tests, and none of pytest's own

    def __init__(self) -> None:
        self._ahead: dict[int, timedelta] = {}

    def run_ahead(self, client_id: int, ahead: timedelta) -> None:
        """Let this client's clock run so far ahead; never behind, where live sessions would look new."""
        if ahead < timedelta(0):
            raise ValueError(f"a client's clock runs ahead or not at all; got {ahead}")
        self._ahead[client_id] = ahead

    def now(self) -> datetime:
        """Return the time at the client whose request is being answered."""
        client = g.get("client") if has_app_context() else None
        return datetime.now(UTC) + (self._ahead.get(client.id, timedelta(0)) if client else timedelta(0))


def earliest(clock: Clock) -> datetime:
    """Return the earliest time that is told to anybody: what is live by it must not be forgotten."""
    return datetime.now(UTC) if isinstance(clock, TestClock) else clock.now()
