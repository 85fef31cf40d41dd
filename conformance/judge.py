"""The judge: pure functions from what was expected and seen to a verdict. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.model import (
    HARMLESS_WHEN_VOUCHED,
    SIGNED_FOR_SOMEBODY_ELSE,
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
    slower: float = 0.0
    """Seconds that the login took longer than its control."""

    @property
    def broken(self) -> Verdict:
        """The verdict of a target that breaks a requirement of this level."""
        return Verdict.FAIL if self.level is Level.MUST else Verdict.WARN


AVAILABILITY = "availability"
BUSY_SECONDS = 2.0
"""So much longer than its control may a message of the class `availability` keep the platform busy."""

_Ruling = tuple[Verdict, str, Severity | None]


def judge(title: str, expectation: Expectation, seen: Observation, given: Circumstances) -> Check:
    """Judge one login attempt.

    The order matters: a harness that did not do what it meant to do comes first, then the control login, then
    the target. Source: the table of expected and observed outcomes in ARCHITECTURE.md.
    """
    verdict, reason, severity = (
        _judge_harness(given)
        or (_judge_admission(expectation, seen, given) if expectation.expected is Expected.ADMITTED else None)
        or _judge_uncontrolled(seen, given)
        or _judge_refusal(expectation, seen, given)
    )
    return Check(title, str(expectation), str(seen), verdict, reason, severity)


def without_control(title: str, expected: Expected, control_seen: str) -> Check:
    """Return the check of a login that is not tried, because its control was not admitted."""
    verdict, reason, severity = _uncontrolled(control_seen)
    return Check(title, expected, "not tried", verdict, reason, severity)


def _uncontrolled(control_seen: str) -> _Ruling:
    return Verdict.INCONCLUSIVE, f"the control login was not admitted: {control_seen}", None


def _judge_harness(given: Circumstances) -> _Ruling | None:
    if given.fault_armed and not given.fault_fired:
        return Verdict.ERROR, "the fault was armed but the mock IdP never applied it", None
    if not given.control_admitted:
        return _uncontrolled(given.control_seen)
    return None


def _judge_admission(expectation: Expectation, seen: Observation, given: Circumstances) -> _Ruling:
    if seen.outcome is not Outcome.ADMITTED:
        return given.broken, "not admitted, although this login is correct", None
    if expectation.beside is not None and expectation.account is not None:
        if not all(_found(seen.identities, one) for one in (expectation.account, expectation.beside)):
            return Verdict.FAIL, "not the two sessions that this browser must have", Severity.CRITICAL
        return Verdict.PASS, "admitted as the right account, and the other session is still open", None
    if _all_are(seen.identities, expectation.account):
        return Verdict.PASS, "admitted as the right account", None
    return Verdict.FAIL, "admitted as somebody else", Severity.CRITICAL


def _judge_uncontrolled(seen: Observation, given: Circumstances) -> _Ruling | None:
    if seen.outcome is Outcome.NO_ANSWER:
        if given.cls == AVAILABILITY:
            return given.broken, "the message kept the platform busy: no answer within the time limit", None
        return Verdict.INCONCLUSIVE, "no answer came within the time limit", None
    if seen.outcome is Outcome.CRASHED:
        return given.broken, "refused by crashing: a crash is not a refusal, but nobody got in", Severity.LOW
    return None


def _judge_refusal(expectation: Expectation, seen: Observation, given: Circumstances) -> _Ruling:
    if expectation.expected is Expected.EITHER:
        return Verdict.PASS, "recorded: the requirement leaves this to policy", None
    if seen.outcome is Outcome.REFUSED:
        flaw = _flaw_of_refusal(expectation, seen) or _delay(given)
        if flaw:
            return given.broken, f"refused, but {flaw}", None
        return Verdict.PASS, "refused in a controlled way, and no session was opened", None
    vouched = _all_are(seen.identities, given.vouched)
    if vouched and given.cls in HARMLESS_WHEN_VOUCHED:
        return Verdict.PASS, "admitted as the person whom the IdP signed for: the forgery had no effect", None
    if given.vouched is not None and not vouched and given.cls not in SIGNED_FOR_SOMEBODY_ELSE:
        return given.broken, "admitted as somebody whom the IdP did not vouch for", Severity.CRITICAL
    return given.broken, "admitted, although it must be refused", None


def _flaw_of_refusal(expectation: Expectation, seen: Observation) -> str:
    """Say what a refusal lacks: the right place, or words that name its cause. Empty when nothing."""
    if expectation.place is not None and seen.place is not expectation.place:
        return f"not where it should be ({expectation.place.value})"
    missing = unsaid(expectation.says, f"{seen.code} {seen.text}")
    return f"it does not name the cause: nothing says {', '.join(missing)}" if missing else ""


def _delay(given: Circumstances) -> str:
    """Say how long a message that is to cost the platform dearly has kept it busy. Empty when not long."""
    if given.cls != AVAILABILITY or given.slower <= BUSY_SECONDS:
        return ""
    return f"{given.slower:.1f} s later than the same login without the fault is answered"


def unsaid(says: Iterable[str], told: str) -> list[str]:
    """Return those words that the text does not have; upper and lower case are the same."""
    folded = told.casefold()
    return [words for words in says if words.casefold() not in folded]


def _all_are(identities: Sequence[Identity], account: Account | None) -> bool:
    return account is not None and all(same_person(identity, account) for identity in identities)


def _found(identities: Sequence[Identity], account: Account) -> bool:
    """Whether exactly one session is of this kind, and it is this account's."""
    of_kind = [identity for identity in identities if identity.kind == account.kind]
    return len(of_kind) == 1 and same_person(of_kind[0], account)


def same_person(identity: Identity, account: Account) -> bool:
    """Whether a session's identity is this account: kind and login, agents' logins without case."""
    if identity.kind != account.kind:
        return False
    if account.kind == "agent":
        return identity.login.casefold() == account.login.casefold()
    return identity.login == account.login


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


def deciding(checks: Sequence[Check]) -> Check | None:
    """Return the check that decided: the first one with the combined verdict."""
    verdict = combine(checks)
    return next((check for check in checks if check.verdict is verdict), None)
