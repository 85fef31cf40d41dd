"""The judge: pure functions from what was expected and seen to a verdict. No I/O, no severity of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from conformance.model import (
    HARMLESS_WHEN_VOUCHED,
    Account,
    Check,
    Expectation,
    Expected,
    Identity,
    Level,
    Observation,
    Outcome,
    Severity,
    Verdict,
)

_WORST_FIRST = (
    Verdict.ERROR,
    Verdict.FAIL,
    Verdict.INCONCLUSIVE,
    Verdict.WARN,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)


class _CheckMaker(Protocol):
    def __call__(self, verdict: Verdict, reason: str, severity: Severity | None = None) -> Check: ...


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else decides about a verdict, besides the expectation and the observation."""

    level: Level
    cls: str
    vouched: Account | None = None
    """The person whom the IdP really vouched for in this attempt."""
    control_admitted: bool = True
    """Whether the same login without the fault or state was admitted in this run."""
    control_seen: str = ""
    fault_armed: bool = False
    fault_fired: bool = False


def judge(title: str, expectation: Expectation, seen: Observation, given: Circumstances) -> Check:
    """Judge one login attempt.

    The order matters: a harness that did not do what it meant to do comes first, then the control login, then
    the target. Source: the project's table of expected and observed outcomes (ARCHITECTURE.md).
    """

    def check(verdict: Verdict, reason: str, severity: Severity | None = None) -> Check:
        return Check(title, str(expectation), str(seen), verdict, reason, severity)

    broken = Verdict.FAIL if given.level is Level.MUST else Verdict.WARN
    if given.fault_armed and not given.fault_fired:
        return check(Verdict.ERROR, "the fault was armed but the mock IdP never applied it")
    if not given.control_admitted:
        return check(Verdict.INCONCLUSIVE, f"the control login was not admitted: {given.control_seen}")
    if expectation.expected is Expected.ADMITTED:
        return _judge_admission(expectation, seen, broken, check)
    if seen.outcome is Outcome.NO_ANSWER:
        return check(Verdict.INCONCLUSIVE, "no answer came within the time limit")
    if seen.outcome is Outcome.CRASHED:
        return check(broken, "refused by crashing: a crash is not a refusal")
    if expectation.expected is Expected.EITHER:
        return check(Verdict.PASS, "recorded: the requirement leaves this to policy")
    if seen.outcome is Outcome.REFUSED:
        if expectation.place is not None and seen.place is not expectation.place:
            return check(broken, f"refused, but at another place than {expectation.place.value}")
        return check(Verdict.PASS, "refused, and the control login was admitted")
    if given.cls in HARMLESS_WHEN_VOUCHED and _all_are(seen.identities, given.vouched):
        return check(
            Verdict.PASS, "admitted as the person whom the IdP signed for: the forgery had no effect"
        )
    wrong = given.vouched is not None and not _all_are(seen.identities, given.vouched)
    reason = "admitted, as somebody whom the IdP did not vouch for" if wrong else "admitted"
    return check(broken, reason, Severity.CRITICAL if wrong else None)


def _judge_admission(
    expectation: Expectation, seen: Observation, broken: Verdict, check: _CheckMaker
) -> Check:
    if seen.outcome is not Outcome.ADMITTED:
        return check(broken, "not admitted, although this login is correct")
    if _all_are(seen.identities, expectation.account):
        return check(Verdict.PASS, "admitted as the right account")
    return check(Verdict.FAIL, "admitted as somebody else", Severity.CRITICAL)


def judge_state(title: str, expected: str, observed: str, level: Level, *, note: str = "") -> Check:
    """Judge a fact that is not a login (a saved value, a count): equal passes, anything else does not."""
    if expected == observed:
        return Check(title, expected, observed, Verdict.PASS, note or "as expected")
    broken = Verdict.FAIL if level is Level.MUST else Verdict.WARN
    return Check(title, expected, observed, broken, note or "differs from what the requirement says")


def combine(checks: Sequence[Check]) -> Verdict:
    """Return the verdict of a case from its checks: the worst of them, and `error` when there is none."""
    verdicts = {check.verdict for check in checks}
    return next((verdict for verdict in _WORST_FIRST if verdict in verdicts), Verdict.ERROR)


def worst(checks: Sequence[Check]) -> Check | None:
    """Return the check that decided: the first one with the combined verdict."""
    verdict = combine(checks)
    return next((check for check in checks if check.verdict is verdict), None)


def _all_are(identities: Sequence[Identity], account: Account | None) -> bool:
    return account is not None and all(same_person(identity, account) for identity in identities)


def same_person(identity: Identity, account: Account) -> bool:
    """Whether a session's identity is this account: kind and login, agents' logins without case."""
    if identity.kind != account.kind:
        return False
    if account.kind == "agent":
        return identity.login.casefold() == account.login.casefold()
    return identity.login == account.login
