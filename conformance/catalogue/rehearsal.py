"""A rehearsal as data: a calendar of days, and on which of them logins must stop and start again."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from conformance.model import Step

By = Literal["IdP", "IdP's admin", "platform's admin", "calendar"]
Never = Literal["never"]


class Day(BaseModel):
    """What happens on one day, counted from the first; everybody of `who` logs in afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: int = Field(ge=0, le=3660)
    event: str = Field(min_length=3)
    by: By = "calendar"
    does: list[dict[str, Any]] = Field(default_factory=list)
    """State verbs, carried out before anybody logs in."""
    expect: Literal["either"] | None = None
    """`either`: what this day leads to is recorded and not judged."""
    forged: dict[str, Any] | None = None
    """A fault with which the first person's login is tried once more; it must be refused."""
    steps: tuple[Step, ...] = ()
    """`does`, as the loader has checked it."""


class Rehearsal(BaseModel):
    """Play a calendar with the clocks of IdP and platform moved to each day.

    Days before `stops_on` and from `starts_again_on` on must admit everybody of `who`, the days between must
    refuse them and name each of `says`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    who: list[str] = Field(default=["alice", "adam"], min_length=1)
    metadata: Literal["import_once", "refresh"] | None = None
    """How the platform keeps the IdP's SAML metadata."""
    stops_on: int | Never
    starts_again_on: int | Never | None = None
    says: list[str] = Field(default_factory=list)
    calendar: list[Day] = Field(min_length=2)

    def admits(self, day: int) -> bool:
        """Whether this day must admit everybody."""
        if self.stops_on == "never" or day < self.stops_on:
            return True
        return isinstance(self.starts_again_on, int) and day >= self.starts_again_on

    @model_validator(mode="after")
    def _days_fit(self) -> Self:
        days = [entry.day for entry in self.calendar]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError(f"the days of a calendar go forward: {', '.join(map(str, days))}")
        for name in ("stops_on", "starts_again_on"):
            named = getattr(self, name)
            if isinstance(named, int) and named not in days:
                raise ValueError(
                    f"{name}: {named} is no day of the calendar, which has {', '.join(map(str, days))}"
                )
        if self.stops_on == "never":
            if self.starts_again_on is not None or self.says:
                raise ValueError("logins that never stop need no `starts_again_on` and no `says`")
        elif self.starts_again_on is None:
            raise ValueError("say on which day logins start again, or `starts_again_on: never`")
        elif self.stops_on == days[0]:
            raise ValueError("the first day is the control of those that refuse: it must admit")
        elif isinstance(self.starts_again_on, int) and self.starts_again_on <= self.stops_on:
            raise ValueError("logins start again after they have stopped: `starts_again_on` must be later")
        return self
