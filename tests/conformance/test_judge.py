"""The judge's table, row by row."""

from __future__ import annotations

import pytest

from conformance.judge import Circumstances, combine, deciding, judge, judge_state
from conformance.model import (
    Account,
    Check,
    Expectation,
    Expected,
    Identity,
    Level,
    Observation,
    Outcome,
    Place,
    Severity,
    Verdict,
)

ALICE = Account("alice", "user", "alice", "pw", "alice@acme.test")
MALLORY = Account("mallory", "user", "mallory", "pw", "mallory@acme.test")
AS_ALICE = Observation(Outcome.ADMITTED, Place.SESSION, (Identity("user", "alice"),))
AS_MALLORY = Observation(Outcome.ADMITTED, Place.SESSION, (Identity("user", "mallory"),))
AS_BOTH = Observation(
    Outcome.ADMITTED, Place.SESSION, (Identity("user", "alice"), Identity("user", "mallory"))
)
REFUSED = Observation(Outcome.REFUSED, Place.ENDPOINT, code="audience-mismatch")
AT_IDP = Observation(Outcome.REFUSED, Place.IDP)
CRASHED = Observation(Outcome.CRASHED, Place.ENDPOINT)
SILENT = Observation(Outcome.NO_ANSWER, Place.ENDPOINT)

WANT_ALICE = Expectation(Expected.ADMITTED, ALICE)
WANT_REFUSED = Expectation(Expected.REFUSED)
WANT_ANY = Expectation(Expected.EITHER)


def given(cls: str = "audience", level: Level = Level.MUST, **more: object) -> Circumstances:
    return Circumstances(level=level, cls=cls, vouched=MALLORY, **more)  # type: ignore[arg-type]  # test shorthand


@pytest.mark.parametrize(
    ("expectation", "seen", "must", "should"),
    [
        (WANT_ALICE, AS_ALICE, Verdict.PASS, Verdict.PASS),
        (WANT_ALICE, REFUSED, Verdict.FAIL, Verdict.WARN),
        (WANT_ALICE, SILENT, Verdict.FAIL, Verdict.WARN),
        (WANT_ALICE, CRASHED, Verdict.FAIL, Verdict.WARN),
        (WANT_ALICE, AS_MALLORY, Verdict.FAIL, Verdict.FAIL),
        (WANT_ALICE, AS_BOTH, Verdict.FAIL, Verdict.FAIL),
        (WANT_REFUSED, REFUSED, Verdict.PASS, Verdict.PASS),
        (WANT_REFUSED, AS_ALICE, Verdict.FAIL, Verdict.WARN),
        (WANT_REFUSED, AS_MALLORY, Verdict.FAIL, Verdict.WARN),
        (WANT_REFUSED, CRASHED, Verdict.FAIL, Verdict.WARN),
        (WANT_REFUSED, SILENT, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE),
        (WANT_ANY, REFUSED, Verdict.PASS, Verdict.PASS),
        (WANT_ANY, AS_MALLORY, Verdict.PASS, Verdict.PASS),
        (WANT_ANY, CRASHED, Verdict.FAIL, Verdict.WARN),
        (WANT_ANY, SILENT, Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE),
    ],
)
def test_the_table(expectation: Expectation, seen: Observation, must: Verdict, should: Verdict) -> None:
    assert judge("t", expectation, seen, given()).verdict is must
    assert judge("t", expectation, seen, given(level=Level.SHOULD)).verdict is should


def test_an_admission_as_somebody_else_is_critical() -> None:
    assert judge("t", WANT_ALICE, AS_MALLORY, given()).severity is Severity.CRITICAL
    assert judge("t", WANT_REFUSED, AS_ALICE, given()).severity is Severity.CRITICAL
    assert judge("t", WANT_REFUSED, AS_MALLORY, given()).severity is None


def test_what_was_signed_for_another_login_is_no_forgery() -> None:
    replayed = judge("t", WANT_REFUSED, AS_ALICE, given(cls="replay"))
    assert (replayed.verdict, replayed.severity) == (Verdict.FAIL, None)


def test_a_crash_weighs_little_because_nobody_got_in() -> None:
    crashed = Observation(Outcome.CRASHED, Place.ENDPOINT, code="HTTP 500")
    assert judge("t", WANT_REFUSED, crashed, given()).severity is Severity.LOW


@pytest.mark.parametrize(("level", "verdict"), [(Level.MUST, Verdict.FAIL), (Level.SHOULD, Verdict.WARN)])
def test_a_message_that_keeps_the_platform_busy_breaks_its_availability(
    level: Level, verdict: Verdict
) -> None:
    def judged(seen: Observation, **more: object) -> Verdict:
        return judge("t", WANT_REFUSED, seen, given("availability", level, **more)).verdict

    assert judged(SILENT) is verdict
    assert judged(REFUSED, slower=2.5) is verdict
    assert judged(REFUSED, slower=1.5) is Verdict.PASS
    assert judged(SILENT, control_admitted=False) is Verdict.INCONCLUSIVE
    assert judge("t", WANT_REFUSED, REFUSED, given(slower=2.5)).verdict is Verdict.PASS


@pytest.mark.parametrize(("cls", "verdict"), [("wrapping", Verdict.PASS), ("audience", Verdict.FAIL)])
def test_admitting_the_signed_person_is_harmless_for_wrapping_alone(cls: str, verdict: Verdict) -> None:
    assert judge("t", WANT_REFUSED, AS_MALLORY, given(cls)).verdict is verdict


def test_wrapping_that_admits_the_victim_fails() -> None:
    assert judge("t", WANT_REFUSED, AS_ALICE, given("wrapping")).verdict is Verdict.FAIL
    assert judge("t", WANT_REFUSED, AS_BOTH, given("wrapping")).verdict is Verdict.FAIL


@pytest.mark.parametrize("seen", [REFUSED, AS_ALICE, CRASHED, SILENT])
def test_a_fault_that_never_fired_is_an_error_whatever_was_seen(seen: Observation) -> None:
    circumstances = given(fault_armed=True, fault_fired=False)
    assert judge("t", WANT_REFUSED, seen, circumstances).verdict is Verdict.ERROR


@pytest.mark.parametrize("seen", [REFUSED, AS_ALICE, CRASHED])
def test_without_its_control_nothing_is_said(seen: Observation) -> None:
    circumstances = given(control_admitted=False, control_seen="refused")
    assert judge("t", WANT_REFUSED, seen, circumstances).verdict is Verdict.INCONCLUSIVE


def test_a_refusal_at_the_wrong_place_fails() -> None:
    wanted = Expectation(Expected.REFUSED, place=Place.ENDPOINT)
    assert judge("t", wanted, REFUSED, given()).verdict is Verdict.PASS
    assert judge("t", wanted, AT_IDP, given()).verdict is Verdict.FAIL


def test_a_refusal_must_name_its_cause_by_code_or_words() -> None:
    def verdict(*says: str) -> Verdict:
        seen = Observation(Outcome.REFUSED, Place.ENDPOINT, code="email-unknown", text="No account has it.")
        return judge("t", Expectation(Expected.REFUSED, says=says), seen, given()).verdict

    assert verdict("email-unknown", "no ACCOUNT") is Verdict.PASS
    assert verdict("email-unknown", "expired") is Verdict.FAIL


def test_agents_logins_are_compared_without_case_and_users_with() -> None:
    agent = Account("adam", "agent", "ADAM", "pw", "adam@acme.test")
    seen = Observation(Outcome.ADMITTED, Place.SESSION, (Identity("agent", "adam"),))
    assert judge("t", Expectation(Expected.ADMITTED, agent), seen, given()).verdict is Verdict.PASS
    seen = Observation(Outcome.ADMITTED, Place.SESSION, (Identity("user", "Alice"),))
    assert judge("t", WANT_ALICE, seen, given()).verdict is Verdict.FAIL


def test_the_worst_check_decides_and_no_check_is_an_error() -> None:
    def check(verdict: Verdict) -> Check:
        return Check("t", "", "", verdict, "")

    assert combine([]) is Verdict.ERROR
    assert combine([check(Verdict.PASS), check(Verdict.WARN)]) is Verdict.WARN
    assert combine([check(Verdict.INCONCLUSIVE), check(Verdict.FAIL)]) is Verdict.FAIL
    failed = check(Verdict.FAIL)
    assert deciding([check(Verdict.PASS), failed]) is failed


def test_state_is_compared_exactly() -> None:
    assert judge_state("t", "a", "a", Level.MUST).verdict is Verdict.PASS
    assert judge_state("t", "a", "b", Level.MUST).verdict is Verdict.FAIL
    assert judge_state("t", "a", "b", Level.SHOULD).verdict is Verdict.WARN
