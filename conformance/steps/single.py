"""A case that is one login: the control first, then the same login with its one fault or state."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from conformance.judge import AVAILABILITY, BUSY_SECONDS, Circumstances, judge, without_control
from conformance.model import Check, Expectation, Expected, FaultSpec, Outcome, Run
from conformance.steps.arena import Arena
from conformance.steps.attempt import Attempt
from conformance.steps.controls import control_login
from conformance.steps.stage import Stage
from conformance.steps.state import apply_state, undo_directory
from conformance.template import fill


def play_single(stage: Stage, run: Run, stack: ExitStack) -> tuple[Check, Attempt | None]:
    """Play the control (unless this is a plain admission), then the login itself.

    A control that is not admitted decides already: what follows it would prove nothing, and a platform that
    hangs costs one time limit, not two. Browser and arena stay open until `stack` closes, for the evidence.
    """
    case = run.case
    assert case.expect is not None  # a case without steps has it
    arena = stack.enter_context(_arena(stage, run))
    if case.expect is not Expected.ADMITTED:
        with stage.stopwatch.part("control"):
            control = control_login(stage, arena, arena.account(case.persona), run.agent)
        if control.outcome is not Outcome.ADMITTED:
            said = f"{control}; {control.text[:200]}" if control.text else str(control)
            return without_control(case.title, case.expect, said), None
    for step in case.given:
        apply_state(arena, step)
    fault = None
    if case.fault is not None:
        fault = FaultSpec(case.fault.name, fill(dict(case.fault.params), arena.names()))
    agent = stack.enter_context(stage.browsers[run.agent].one())
    with stage.stopwatch.part("login"):
        started = time.perf_counter()
        attempt = Attempt(case.title, agent, arena, case.surface, case.persona, fault).run()
        slower = _slower(stage, run, arena, time.perf_counter() - started)
        check = _judged(stage, run, arena, attempt, slower)
        attempt.forget_fault()
    return check, attempt


@contextmanager
def _arena(stage: Stage, run: Run) -> Iterator[Arena]:
    """Give the shared arena where at most the IdP's directory changes (and undo that), else a fresh one."""
    case = run.case
    only_directory = all(step.verb == "directory" for step in case.given)
    if case.start == "enabled" and only_directory:
        arena = stage.shared_arena(run.personality, case.protocol, case.baseline)
        try:
            yield arena
        finally:
            for step in reversed(case.given):
                undo_directory(arena, step, stage.words)
        return
    with stage.fresh_arena(run.personality, case.protocol, case.start, baseline=case.baseline) as arena:
        yield arena


def _slower(stage: Stage, run: Run, arena: Arena, seconds: float) -> float:
    """How much longer than its control a login took, where that counts; the machine may be busy otherwise."""
    if run.case.cls != AVAILABILITY or seconds <= BUSY_SECONDS:
        return 0.0
    started = time.perf_counter()
    with stage.browsers[run.agent].one() as agent:
        Attempt("control", agent, arena, run.case.surface, run.case.persona).run()
    return seconds - (time.perf_counter() - started)


def _judged(stage: Stage, run: Run, arena: Arena, attempt: Attempt, slower: float) -> Check:
    case = run.case
    assert case.expect is not None
    seen = attempt.observed()
    vouched = next((account for account in arena.roster if account.id == case.persona), None)
    given = Circumstances(
        level=case.level,
        cls=case.cls,
        vouched=vouched,
        fault_armed=case.fault is not None,
        fault_fired=attempt.fired,
        slower=slower,
    )
    words = stage.words_due(case.says, seen)
    wanted = vouched if case.expect is Expected.ADMITTED else None
    return judge(case.title, Expectation(case.expect, wanted, case.place, words), seen, given)
