"""Play one run of a case and return its result; what goes wrong in the harness ends as `error`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack

from conformance.agents.protocol import CrashedError, NoAnswerError
from conformance.idp_client import IdpControlError
from conformance.judge import combine, deciding
from conformance.model import Check, Level, Result, Run, Severity, Verdict
from conformance.steps.attempt import Attempt
from conformance.steps.controls import refused_baseline
from conformance.steps.journey import Journey
from conformance.steps.single import play_single
from conformance.steps.stage import Stage
from conformance.steps.witness import Witness
from conformance.targets.protocol import MissingCapabilityError, TargetError

_INTERRUPTIONS = (
    TargetError,
    IdpControlError,
    LookupError,
    NoAnswerError,
    CrashedError,
)


def play(stage: Stage, run: Run) -> Result:
    """Play a run. Never raises for what a target or a scenario does; a programming error does raise."""
    started = time.perf_counter()
    stage.stopwatch.start()
    missing = stage.missing_capability(run)
    if missing:
        return _without_checks(run, Verdict.NOT_APPLICABLE, missing, started)
    witness = Witness(stage, run)
    stage.canary.next_case(run.case)
    try:
        refused = refused_baseline(stage, run)
        if refused:
            return _without_checks(run, Verdict.NOT_APPLICABLE, refused, started)
        checks = (
            _play_single(stage, run, witness) if not run.case.steps else _play_journey(stage, run, witness)
        )
    except MissingCapabilityError as error:
        return _without_checks(run, Verdict.NOT_APPLICABLE, str(error), started)
    except _INTERRUPTIONS as error:
        # what was judged before counts: a platform that lets somebody in and then hangs did let somebody in
        checks = [*witness.judged, _interrupted(run, error)]
    finally:
        stage.browsers[run.agent].end_case()
    return _result(run, checks, witness, started)


def _interrupted(run: Run, error: Exception) -> Check:
    """Return the check of a case that an error ended before all was judged."""
    match error:
        case NoAnswerError():
            verdict, observed = Verdict.INCONCLUSIVE, "no answer"
            reason = f"no answer came within the time limit: {error}"
        case CrashedError():
            verdict = Verdict.FAIL if run.case.level is Level.MUST else Verdict.WARN
            observed, reason = "crashed", f"the platform crashed: {error}"
        case _:
            verdict, observed, reason = Verdict.ERROR, "broken off", f"{type(error).__name__}: {error}"
    return Check(run.case.title, "the case comes to its end", observed, verdict, reason)


def _play_single(stage: Stage, run: Run, witness: Witness) -> list[Check]:
    with ExitStack() as stack:
        check, attempt = play_single(stage, run, stack)
        checks = [check, *stage.canary.check(run.case, _shown([attempt]))]
        witness.attempt(attempt, checks)
        return checks


def _play_journey(stage: Stage, run: Run, witness: Witness) -> list[Check]:
    case = run.case
    with ExitStack() as stack:
        alone = case.second_client is None and not case.crowd
        if case.start == "enabled" and alone and not (case.destructive or case.changes_directory):
            arena = stage.shared_arena(run.personality, case.protocol, case.baseline)
        else:
            arena = stack.enter_context(
                stage.fresh_arena(run.personality, case.protocol, case.start, case.crowd, case.baseline)
            )
        if case.second_client is not None:
            stack.enter_context(stage.second_client(arena, *case.second_client))
        journey = Journey(stage, run, arena)
        try:
            with stage.stopwatch.part("login"):
                journey.play()
        finally:
            witness.meter(journey.phases)
            witness.calendars(journey.calendars)
            # the last login is the telling one: the earlier ones led up to it
            witness.attempt(journey.attempts[-1] if journey.attempts else None, journey.checks)
            for attempt in journey.attempts:
                attempt.forget_fault()
        return [*journey.checks, *stage.canary.check(case, _shown(journey.attempts))]


def _shown(attempts: Sequence[Attempt | None]) -> str:
    """Return what the telling attempt ended with."""
    last = attempts[-1] if attempts else None
    return last.seen.text if last is not None and last.seen is not None else ""


def _result(run: Run, checks: Sequence[Check], witness: Witness, started: float) -> Result:
    decided = deciding(checks)
    verdict = combine(checks)
    severity = _severity(run.case.severity, checks, verdict)
    return Result(
        run=run,
        verdict=verdict,
        severity=severity,
        expected=decided.expected if decided else "",
        observed=decided.observed if decided else "",
        reason=_reason(decided, len(checks)),
        checks=tuple(checks),
        evidence=tuple(witness.references),
        duration_ms=(time.perf_counter() - started) * 1000,
        changed=witness.changed,
        rehearsal=witness.rehearsed,
    )


def _reason(decided: Check | None, count: int) -> str:
    if decided is None:
        return "the case checked nothing"
    return f"{decided.title}: {decided.reason}" if count > 1 else decided.reason


def _severity(declared: Severity, checks: Sequence[Check], verdict: Verdict) -> Severity:
    """Return the worst severity of the checks that decided."""
    order = list(Severity)
    found = [check.severity or declared for check in checks if check.verdict is verdict]
    return min(found, key=order.index, default=declared)


def _without_checks(run: Run, verdict: Verdict, reason: str, started: float) -> Result:
    duration = (time.perf_counter() - started) * 1000
    return Result(run, verdict, run.case.severity, "", "", reason, duration_ms=duration)
