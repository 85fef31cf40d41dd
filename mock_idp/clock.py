"""The clock of a tenant: real, shifted or frozen. Everything that a tenant dates is dated by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

ZERO_OFFSET = "+00:00"  # what isoformat, ten times as fast as strftime, writes for Z


class Clock:
    """Real time plus an offset, or one frozen instant. Instants are timezone-aware UTC."""

    def __init__(self) -> None:
        self.set: tuple[timedelta, datetime | None] = (timedelta(0), None)
        """How far it runs ahead of real time, and where it stands still, if it does."""

    def now(self) -> datetime:
        """The tenant's current instant."""
        offset, frozen = self.set
        return frozen or datetime.now(UTC) + offset

    def timestamp(self) -> int:
        """The tenant's current instant in whole seconds since the epoch, as JWT claims want it."""
        return int(self.now().timestamp())

    def shift(self, seconds: int) -> None:
        """Run `seconds` ahead of real time (negative: behind)."""
        self.set = (timedelta(seconds=seconds), None)

    def freeze(self, instant: datetime) -> None:
        """Stand still at `instant`; an instant without a zone is read as UTC."""
        zoned = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
        self.set = (self.set[0], zoned)

    def reset(self) -> None:
        """Go back to real time."""
        self.shift(0)


def instant_ms(moment: datetime) -> str:
    """An xs:dateTime in UTC with milliseconds, the form that both vendors write: 2026-01-02T03:04:05.678Z."""
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds')[: -len(ZERO_OFFSET)]}Z"


def instant_words(moment: datetime) -> str:
    """An instant in UTC to the second as Entra prints it beside errors: 2026-01-02 03:04:05Z."""
    return f"{moment.astimezone(UTC).isoformat(' ', 'seconds')[: -len(ZERO_OFFSET)]}Z"
