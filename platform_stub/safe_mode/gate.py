"""The gate in front of *Enable Single Sign On*: what is not ready, told as a list, and the typed override."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from platform_stub.certificates import CertificateError, parse_certificates, warnings
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.policy import GateCheck
from platform_stub.safe_mode import trials
from platform_stub.safe_mode.readiness import REASONS, LockedOut, locked_out
from platform_stub.store import Account, Client, SsoConfig, Standard, Surface, Transaction


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason not to enable. Without recovery codes there is no way back, so nothing overrides that."""

    code: str
    sentence: str
    overridable: bool = True


@dataclass(frozen=True, slots=True)
class Readiness:
    """The readiness report of one client for one admin."""

    client_code: str
    revision: int
    problems: tuple[Problem, ...]
    tests: tuple[trials.Standing, ...]
    accounts: int
    locked_out: tuple[LockedOut, ...]
    codes_left: int

    @property
    def ready(self) -> bool:
        """Whether the switch may be turned on without an acknowledgement."""
        return not self.problems

    @property
    def final(self) -> tuple[Problem, ...]:
        """The problems that no acknowledgement overrides."""
        return tuple(problem for problem in self.problems if not problem.overridable)

    def counts(self) -> dict[str, int]:
        """Return how many accounts would be locked out, by reason."""
        return dict(Counter(account.reason for account in self.locked_out))


class NotReadyError(RejectedError):
    """The switch stays off (409); the report says why."""

    def __init__(self, readiness: Readiness, acknowledgement: str) -> None:
        super().__init__(
            "not-ready",
            _refusal(readiness, acknowledgement),
            status=409,
            report={"readiness": as_json(readiness)},
        )
        self.readiness = readiness


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who turns the switch (None: no account of this client), and what they typed to override the gate."""

    admin: Account | None
    acknowledgement: str


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the single checks look at."""

    ctx: PlatformContext
    tx: Transaction
    client: Client
    config: SsoConfig
    admin: Account | None
    report: Readiness


def assess(
    ctx: PlatformContext, tx: Transaction, client: Client, config: SsoConfig, admin: Account | None
) -> Readiness:
    """Return the report for the admin who would turn the switch."""
    everybody = [account for kind in Surface for account in tx.accounts.all(client.id, kind)]
    report = Readiness(
        client_code=client.code,
        revision=config.revision,
        problems=(),
        tests=tuple(trials.standing(ctx, tx, client, config, surface) for surface in Surface),
        accounts=sum(account.active for account in everybody),
        locked_out=locked_out(everybody, ctx.policy_of(client)),
        codes_left=tx.recovery_codes.left(client.id),
    )
    facts = _Facts(ctx, tx, client, config, admin, report)
    problems = [
        problem
        for name, check in _CHECKS.items()
        if name in ctx.policy.gate_checks
        for problem in check(facts)
    ]
    return replace(report, problems=tuple(problems))


def require_ready(
    ctx: PlatformContext, tx: Transaction, client: Client, config: SsoConfig, attempt: Attempt
) -> Readiness:
    """Return the report when the switch may be turned on: it is ready, or the admin typed the Client Code.

    Raises NotReadyError.
    """
    report = assess(ctx, tx, client, config, attempt.admin)
    typed = attempt.acknowledgement.strip()
    right = bool(typed) if ctx.policy.gate_acknowledgement == "anything" else typed == client.code
    if report.ready or (right and not report.final):
        return report
    raise NotReadyError(report, typed)


def as_json(report: Readiness) -> dict[str, Any]:
    """Return the report as the API shows it."""
    return {
        "ready": report.ready,
        "revision": report.revision,
        "problems": [
            {"code": one.code, "sentence": one.sentence, "overridable": one.overridable}
            for one in report.problems
        ],
        "tests": {standing.surface.value: test_json(standing) for standing in report.tests},
        "accounts": report.accounts,
        "locked_out": [
            {"kind": one.kind.value, "login": one.login, "email": one.email, "reason": one.reason}
            for one in report.locked_out
        ],
        "locked_out_counts": report.counts(),
        "recovery_codes_left": report.codes_left,
        "acknowledgement": "To enable all the same, send “acknowledgement” with the Client Code.",
    }


def test_json(standing: trials.Standing) -> dict[str, Any]:
    """Return what is known of one surface's test."""
    trial = standing.trial
    if trial is None:
        return {"state": standing.state}
    return {
        "state": standing.state,
        "revision": trial.revision,
        "finished_at": trial.finished_at.isoformat() if trial.finished_at else None,
        "reason": trial.reason,
        "sentence": trial.sentence,
        "email": trial.email,
        "account": trial.account,
        "received": trial.received,
    }


def _refusal(report: Readiness, acknowledgement: str) -> str:
    told = " ".join(problem.sentence for problem in report.problems)
    if report.final:
        return f"Single sign-on stays off. {told}"
    wrong = f"“{acknowledgement}” is not the Client Code. " if acknowledgement else ""
    return (
        f"Single sign-on stays off. {told} {wrong}To enable it all the same, type the Client Code "
        f"“{report.client_code}” as your acknowledgement."
    )


def _fields(facts: _Facts) -> Iterator[Problem]:
    missing = facts.config.missing()
    if missing:
        yield Problem("fields-missing", f"Not filled in: {', '.join(missing)}.")


def _certificate(facts: _Facts) -> Iterator[Problem]:
    text = facts.config.saml.certificate_x509
    if facts.config.authentication_standard is not Standard.SAML or not text:
        return
    try:
        wrong = warnings(parse_certificates(text), facts.ctx.clock.now())
    except CertificateError as error:
        wrong = [str(error)]
    if wrong:
        yield Problem("certificate-not-valid", " ".join(wrong))


_TEST_WORDS: Final[dict[trials.State, str]] = {
    "missing": "Nobody has tested the {surface} sign-in of this revision.",
    "void": "The {surface} test was made for revision {tested}; revision {saved} is saved now. Test again.",
    "expired": "The {surface} test is older than {minutes} minutes. Test again.",
    "failed": "The {surface} test failed: {sentence}",
}


def _test(surface: Surface, facts: _Facts) -> Iterator[Problem]:
    standing = next(one for one in facts.report.tests if one.surface is surface)
    if standing.state == "passed":
        return
    trial = standing.trial
    words = _TEST_WORDS[standing.state].format(
        surface=surface.value,
        tested=trial.revision if trial else 0,
        saved=facts.config.revision,
        minutes=facts.ctx.settings.trial_lifetime.seconds // 60,
        sentence=trial.sentence if trial else "",
    )
    yield Problem(f"{surface}-test-{standing.state}", words)


def _user_test(facts: _Facts) -> Iterator[Problem]:
    return _test(Surface.USER, facts)


def _agent_test(facts: _Facts) -> Iterator[Problem]:
    return _test(Surface.AGENT, facts)


def _own_email(facts: _Facts) -> Iterator[Problem]:
    admin = facts.admin
    if admin is None or not trials.passed_as(facts.ctx, facts.tx, facts.client, facts.config, admin):
        who = admin.login if admin else "whoever enables it"
        yield Problem(
            "own-email-not-matched",
            f"No user test of this revision matched your own account ({who}): you might lock yourself out.",
        )


def _accounts(facts: _Facts) -> Iterator[Problem]:
    counts = facts.report.counts()
    if counts:
        told = ", ".join(f"{number} with {REASONS[reason]}" for reason, number in counts.items())
        names = ", ".join(one.login for one in facts.report.locked_out[:5])
        more = len(facts.report.locked_out) - 5
        yield Problem(
            "accounts-locked-out",
            f"{len(facts.report.locked_out)} of {facts.report.accounts} accounts would be locked out: {told} "
            f"({names}{f' and {more} more' if more > 0 else ''}).",
        )


def _recovery_codes(facts: _Facts) -> Iterator[Problem]:
    if not facts.report.codes_left:
        yield Problem(
            "recovery-codes-missing",
            "There are no recovery codes. A Sysadmin makes them on the Security tab; without them nothing "
            "leads back in, so no acknowledgement replaces them.",
            overridable=False,
        )


_CHECKS: Final[dict[GateCheck, Callable[[_Facts], Iterator[Problem]]]] = {
    "fields": _fields,
    "certificate": _certificate,
    "user-test": _user_test,
    "agent-test": _agent_test,
    "own-email": _own_email,
    "accounts": _accounts,
    "recovery-codes": _recovery_codes,
}
