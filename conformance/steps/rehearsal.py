"""The rehearsal with the clock: a calendar played day by day, and the day on which logins stop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.catalogue.rehearsal import Day, Rehearsal
from conformance.judge import Circumstances, judge, judge_state
from conformance.model import (
    Account,
    Check,
    Expectation,
    Expected,
    FaultSpec,
    Observation,
    Outcome,
    Run,
)
from conformance.steps.arena import Arena
from conformance.steps.attempt import Attempt
from conformance.steps.stage import Stage
from conformance.steps.state import apply_state

_NEVER = "never"


@dataclass(frozen=True, slots=True)
class Played:
    """What a calendar led to. `telling` is the first login that was not admitted, else the last one."""

    checks: list[Check]
    telling: Attempt
    calendar: dict[str, Any]


@dataclass(slots=True)
class _Player:
    stage: Stage
    arena: Arena
    run: Run
    args: Rehearsal
    checks: list[Check] = field(default_factory=list)
    telling: Attempt | None = None
    told: bool = False
    """Whether `telling` is a login that ended outside, or a forged one that ended inside."""
    admitted: dict[str, Observation] = field(default_factory=dict)
    """Each person's last login that had to be admitted: the control of the days that refuse."""

    def play(self) -> Played:
        if self.args.metadata:
            self.arena.session.metadata_mode(self.args.metadata)
        days = [self._day(day) for day in self.args.calendar]
        assert self.telling is not None  # a calendar has days, and each day a login
        stopped, again = _stop_and_start(days)
        level = self.run.case.level
        for title, wanted, seen in (
            ("the day on which logins stop", self.args.stops_on, stopped),
            ("the day on which logins start again", self.args.starts_again_on or _NEVER, again),
        ):
            self.checks.append(judge_state(title, _named(wanted), _named(seen), level))
        calendar = {
            "metadata": self.args.metadata or "",
            "stops_on": stopped,
            "starts_again_on": again,
            "expected": {"stops_on": self.args.stops_on, "starts_again_on": self.args.starts_again_on},
            "days": days,
        }
        return Played(self.checks, self.telling, calendar)

    def _day(self, day: Day) -> dict[str, Any]:
        self.arena.go_to_day(day.day)
        for step in day.steps:
            apply_state(self.arena, step)
        logins = [self._login(day, self.arena.account(person)) for person in self.args.who]
        told = {"day": day.day, "event": day.event, "by": day.by, "logins": logins}
        return told | ({"forged": self._forged(day)} if day.forged else {})

    def _login(self, day: Day, account: Account) -> dict[str, Any]:
        title = f"day {day.day}: {account.kind} {account.id} logs in"
        attempt = Attempt(
            title, self.stage.browsers[self.run.agent].take(), self.arena, account.kind, account.id
        )
        seen = attempt.run().observed()
        wanted = Expected.ADMITTED if self.args.admits(day.day) else Expected.REFUSED
        if day.expect is not None:
            wanted = Expected.EITHER
        control = self.admitted.get(account.id)
        if wanted is Expected.ADMITTED:
            self.admitted[account.id] = seen
        self._judge(title, account, wanted, seen, control if wanted is Expected.REFUSED else None)
        self._keep(attempt, telling=seen.outcome is not Outcome.ADMITTED)
        return _shown(account, wanted, seen)

    def _forged(self, day: Day) -> dict[str, Any]:
        """The first person's login once more, with a fault; the login of the same day is its control."""
        account = self.arena.account(self.args.who[0])
        params = dict(day.forged or {})
        fault = FaultSpec(str(params.pop("name")), params)
        title = f"day {day.day}: {account.kind} {account.id} logs in, {fault.name}"
        attempt = Attempt(
            title, self.stage.browsers[self.run.agent].take(), self.arena, account.kind, account.id, fault
        )
        seen = attempt.run().observed()
        control = self.admitted.get(account.id)
        self._judge(title, account, Expected.REFUSED, seen, control, forged=attempt)
        self._keep(attempt, telling=seen.outcome is not Outcome.REFUSED)
        return _shown(account, Expected.REFUSED, seen) | {
            "fault": fault.name,
            "summary": str(self.stage.words.faults[fault.name]["summary"]),
        }

    def _judge(
        self,
        title: str,
        account: Account,
        wanted: Expected,
        seen: Observation,
        control: Observation | None,
        *,
        forged: Attempt | None = None,
    ) -> None:
        case = self.run.case
        says = self.args.says if wanted is Expected.REFUSED and forged is None else ()
        expectation = Expectation(
            wanted, account if wanted is Expected.ADMITTED else None, None, self.stage.words_due(says, seen)
        )
        given = Circumstances(
            level=case.level,
            cls=case.cls,
            vouched=account,
            control_admitted=control is None or control.outcome is Outcome.ADMITTED,
            control_seen=str(control or ""),
            fault_armed=forged is not None,
            fault_fired=forged is not None and forged.fired,
        )
        self.checks.append(judge(title, expectation, seen, given))

    def _keep(self, attempt: Attempt, *, telling: bool) -> None:
        """Keep one browser for the evidence, and give the others back."""
        if self.told:
            self.stage.browsers[self.run.agent].give_back(attempt.agent)
            return
        if self.telling is not None:
            self.stage.browsers[self.run.agent].give_back(self.telling.agent)
        self.telling, self.told = attempt, telling


def play_rehearsal(stage: Stage, arena: Arena, run: Run, args: Rehearsal) -> Played:
    """Play a calendar: each day moves both clocks, changes what the day changes, and lets people log in."""
    return _Player(stage, arena, run, args).play()


def _stop_and_start(days: list[dict[str, Any]]) -> tuple[int | str, int | str]:
    """Return the first judged day that kept somebody out, and the first one after it that admitted all."""
    stopped: int | str = _NEVER
    for day in days:
        if any(login["expected"] == Expected.EITHER for login in day["logins"]):
            continue
        everybody = all(login["in"] for login in day["logins"])
        if stopped == _NEVER and not everybody:
            stopped = day["day"]
        elif stopped != _NEVER and everybody:
            return stopped, day["day"]
    return stopped, _NEVER


def _shown(account: Account, wanted: Expected, seen: Observation) -> dict[str, Any]:
    inside = seen.outcome is Outcome.ADMITTED
    return {
        "who": account.id,
        "kind": account.kind,
        "in": inside,
        "expected": wanted.value,
        "code": "" if inside else seen.code or seen.outcome.value,
        "words": "" if inside else seen.text,
    }


def _named(day: int | str) -> str:
    return day if isinstance(day, str) else f"day {day}"
