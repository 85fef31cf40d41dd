"""The lock-out meter: who of the roster gets in now, by password and by single sign-on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.agents.protocol import UserAgent
from conformance.catalogue.verbs import Meter, Who
from conformance.judge import Circumstances, judge
from conformance.model import Account, Check, Expectation, Expected, Observation, Outcome
from conformance.steps.api_caller import REDIRECT_URI, ApiAttempt, ApiCaller
from conformance.steps.arena import Arena
from conformance.steps.attempt import Attempt, submit_password
from conformance.steps.stage import Stage


@dataclass(frozen=True, slots=True)
class Reading:
    """What one principal's try with one method led to."""

    account: Account
    method: str
    seen: Observation


def people(arena: Arena, agent: str) -> tuple[Account, ...]:
    """Return whom the meter tries: everybody over HTTP, the first user and the first agent in Chromium.

    HTTP shows that routing holds for all; Chromium shows that a real browser sees it too.
    """
    if agent == "http":
        return arena.roster
    first: dict[str, Account] = {}
    for account in arena.roster:
        first.setdefault(account.kind, account)
    return tuple(first.values())


def belongs(account: Account, who: Who) -> bool:
    """Whether this account is of the named part of the roster."""
    if isinstance(who, list):
        return account.id in who
    return who in ("all", f"{account.kind}s")


def read_meter(
    stage: Stage, arena: Arena, agent_name: str, meter: Meter, given: Circumstances
) -> tuple[list[Check], dict[str, Any]]:
    """Try everybody both ways; return a judged check for each try, and the phase for `meter.json`."""
    with stage.browsers[agent_name].one() as agent:
        readings = [
            reading for account in people(arena, agent_name) for reading in _try_both(agent, arena, account)
        ]
        if meter.api is not None:
            readings += _api_readings(arena, agent_name)
    checks = [_judged(reading, meter, given) for reading in readings]
    return checks, phase(meter.title, readings)


def _try_both(agent: UserAgent, arena: Arena, account: Account) -> tuple[Reading, Reading]:
    """Let one person try both ways in one browser: first what the login URL leads to, then the password.

    Where the login URL shows the password form, that page is used; the browser forgets everything in between.
    """
    agent.start_over()
    attempt = Attempt("meter", agent, arena, account.kind, account.id).run()
    by_sso = Reading(account, "sso", attempt.observed())
    if by_sso.seen.outcome is Outcome.ADMITTED:
        agent.clear_cookies()
    return Reading(account, "password", submit_password(agent, arena, account)), by_sso


def _api_readings(arena: Arena, agent: str) -> list[Reading]:
    """Let everybody try the public API: by password, then by ID token where the client can have one."""
    if arena.protocol == "oidc":
        arena.admit_api_caller(REDIRECT_URI)
    caller = ApiCaller(arena)
    readings = []
    for account in people(arena, agent):
        seen = caller.by_password(ApiAttempt(account.id), account, account.kind)
        if seen.outcome is Outcome.REFUSED and arena.protocol == "oidc":
            seen = caller.by_token(account)
        readings.append(Reading(account, "api", seen))
    return readings


def _judged(reading: Reading, meter: Meter, given: Circumstances) -> Check:
    who = {"password": meter.password, "sso": meter.sso, "api": meter.api or "none"}[reading.method]
    allowed = belongs(reading.account, who)
    place = meter.place if reading.method == "sso" else None
    expectation = (
        Expectation(Expected.ADMITTED, reading.account)
        if allowed
        else Expectation(Expected.REFUSED, place=place)
    )
    title = f"{meter.title}: {reading.account.kind} {reading.account.id} by {reading.method}"
    return judge(title, expectation, reading.seen, given)


def phase(title: str, readings: Sequence[Reading]) -> dict[str, Any]:
    """Return one phase of `meter.json`: who is in and who is out, by method."""
    made: dict[str, Any] = {"title": title}
    for method in ("password", "sso", "api"):
        tried = [reading for reading in readings if reading.method == method]
        if not tried:
            continue
        inside = [r.account.id for r in tried if r.seen.outcome is Outcome.ADMITTED]
        made[method] = {"in": inside, "out": [r.account.id for r in tried if r.account.id not in inside]}
    return made
