"""Weaknesses of safe mode: each is a change of one field."""

from __future__ import annotations

from typing import Any, Final

from platform_stub.policy import GATE_CHECKS, GateCheck
from platform_stub.weaknesses.model import Weakness, setting


def _without(check: GateCheck) -> frozenset[GateCheck]:
    return GATE_CHECKS - {check}


_FIELDS: Final[tuple[tuple[str, str, str, Any], ...]] = (
    (
        "test-sign-in-opens-session",
        "A test sign-in that passes leaves its browser signed in.",
        "trial_opens_session",
        True,
    ),
    (
        "test-answer-is-a-login",
        "Once single sign-on is on, an answer to a test sign-in logs in like any other.",
        "trial_requests_marked",
        False,
    ),
    (
        "test-result-survives-edit",
        "A test that passed goes on counting after the set-up was changed.",
        "trial_void_after_edit",
        False,
    ),
    (
        "test-result-never-expires",
        "A test that passed goes on counting, however long ago it was.",
        "trial_expires",
        False,
    ),
    ("failed-test-counts", "A test counts for the gate, passed or not.", "trial_must_pass", False),
    (
        "gate-skipped-in-api",
        "The API turns single sign-on on without asking the gate.",
        "gate_covers_api",
        False,
    ),
    (
        "gate-without-fields",
        "The gate does not look whether the set-up is filled in.",
        "gate_checks",
        _without("fields"),
    ),
    (
        "gate-without-certificate",
        "The gate does not look whether the certificate is valid.",
        "gate_checks",
        _without("certificate"),
    ),
    ("gate-without-user-test", "The gate asks for no user test.", "gate_checks", _without("user-test")),
    ("gate-without-agent-test", "The gate asks for no agent test.", "gate_checks", _without("agent-test")),
    (
        "gate-without-own-email",
        "The gate does not ask whether the admin's own account was matched.",
        "gate_checks",
        _without("own-email"),
    ),
    (
        "gate-without-accounts",
        "The gate does not look for accounts that would be locked out.",
        "gate_checks",
        _without("accounts"),
    ),
    (
        "gate-without-recovery-codes",
        "Single sign-on can be enabled without recovery codes.",
        "gate_checks",
        _without("recovery-codes"),
    ),
    (
        "any-acknowledgement",
        "Whatever is typed as the acknowledgement overrides the gate.",
        "gate_acknowledgement",
        "anything",
    ),
    (
        "override-not-audited",
        "Overriding the gate leaves no line of its own in the audit trail.",
        "override_audited",
        False,
    ),
    (
        "recovery-codes-readable",
        "Recovery codes are stored in clear and can be read again.",
        "recovery_codes_stored",
        "clear",
    ),
    ("recovery-code-reusable", "A recovery code works again and again.", "recovery_code_single_use", False),
    (
        "recovery-code-of-any-client",
        "A recovery code of one client opens another client.",
        "recovery_code_own_client",
        False,
    ),
    (
        "recovery-codes-not-voided",
        "Old recovery codes work on after new ones were made.",
        "recovery_codes_voided",
        False,
    ),
    (
        "recovery-attempts-unlimited",
        "Wrong recovery codes can be tried without end.",
        "recovery_attempts_limited",
        False,
    ),
    (
        "recovery-session-unlimited",
        "A recovery code opens the whole portal.",
        "recovery_session_limited",
        False,
    ),
    (
        "recovery-session-never-ends",
        "A recovery session goes on for as long as it is used.",
        "recovery_session_ends",
        False,
    ),
    (
        "recovery-not-audited",
        "Using a recovery code leaves no line in the audit trail.",
        "recovery_audited",
        False,
    ),
)
"""Name, sentence, field of the policy, and the value that plants it; all of the class `safe-mode`."""

WEAKNESSES: Final = tuple(
    Weakness(name, "safe-mode", summary, setting(**{field: value})) for name, summary, field, value in _FIELDS
)
