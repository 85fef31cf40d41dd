"""Liars test the oracle: each dishonest login app gets just the verdicts that its lie deserves.

Bounded: the app that never answers costs one time limit a case.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.agents.limits import Limits
from conformance.engine.settings import ROOT
from conformance.evidence.stream import RunStream, read_stream
from conformance.model import Verdict

FORGERIES = ("saml.signature.*", "saml.xsw.*", "saml.parser.*")
"""SAML cases in which the identity was never signed by the IdP; the other classes ask for other things."""
LIMIT_MS = Limits().seconds * 1000
POSITIVE = ("journeys.correct-login.saml-user", "journeys.correct-login.oidc-user")


def play(folder: Path, mode: str, *globs: str) -> RunStream:
    """Play these cases against the liar, and read the run."""
    app = shlex.join([sys.executable, "-m", "tests.conformance.liars.app", mode])
    chosen = [word for glob in globs for word in ("--case", glob)]
    command = [sys.executable, "-m", "conformance", "run", "--target", "targets/login_app.yaml", *chosen]
    command += ["--agent", "http", "--personality", "okta", "--workers", "0", "--artifacts", str(folder)]
    told = {**os.environ, "TARGET_NAME": f"liar that would {mode}", "TARGET_COMMAND": app}
    done = subprocess.run(
        command, cwd=ROOT, env=told, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return read_stream(folder / "latest" / "run.jsonl")


def failed(stream: RunStream) -> set[str]:
    return {record.case for record in stream.verdicts if record.verdict is Verdict.FAIL}


def asked(stream: RunStream) -> set[str]:
    """Return the cases of forgery that must be refused and that the target can play."""
    return {
        record.case
        for record in stream.verdicts
        if record.expected.startswith("refused")
        and record.cls in {"signature", "wrapping", "parser"}
        and record.verdict is not Verdict.NOT_APPLICABLE
    }


def test_who_believes_whatever_is_written_fails_every_forgery(tmp_path: Path) -> None:
    first, last = (play(tmp_path / mode, mode, *FORGERIES) for mode in ("first", "last"))
    assert len(asked(first)) > 3
    assert asked(first) - failed(first) - failed(last) == set()
    forged = [one for one in (*first.verdicts, *last.verdicts) if "did not vouch for" in one.reason]
    assert len(forged) > 50
    assert {one.severity for one in forged} == {"critical"}


def test_who_refuses_everybody_fails_what_must_work_and_decides_nothing_else(tmp_path: Path) -> None:
    stream = play(tmp_path, "refuse", *POSITIVE, "saml.conditions.audience-wrong", "oidc.id-token.aud-wrong")
    verdicts = {record.case: record.verdict for record in stream.verdicts}
    assert {verdicts[case] for case in POSITIVE} == {Verdict.FAIL}
    negative = {verdict for case, verdict in verdicts.items() if case not in POSITIVE}
    assert negative == {Verdict.INCONCLUSIVE}


@pytest.mark.parametrize("case", ["saml.conditions.audience-wrong", "oidc.id-token.aud-wrong"])
def test_a_crash_is_no_refusal(tmp_path: Path, case: str) -> None:
    (record,) = play(tmp_path, "crash", case).verdicts
    assert record.verdict is Verdict.FAIL
    assert "crash" in record.reason
    assert "HTTP 500" in record.observed


def test_who_never_answers_costs_one_time_limit_a_case(tmp_path: Path) -> None:
    stream = play(tmp_path, "hang", "saml.conditions.audience-wrong", "saml.time.not-on-or-after-past")
    assert {record.verdict for record in stream.verdicts} == {Verdict.INCONCLUSIVE}
    # the arena's control is played once for both cases: no retry, no endless wait
    assert sum(record.duration_ms for record in stream.verdicts) < LIMIT_MS + 10_000


def test_a_session_that_is_kept_is_no_login_as_somebody_else(tmp_path: Path) -> None:
    (kept,) = play(tmp_path / "keep", "keep", "oidc.session.id-renewed-on-login:another-person").verdicts
    assert kept.verdict is Verdict.NOT_APPLICABLE
    assert "keeps their session" in kept.reason
    (renewed,) = play(tmp_path / "first", "first", "oidc.session.id-renewed-on-login:another-person").verdicts
    assert renewed.verdict is Verdict.FAIL, "the IdP was asked, and the first session lives on"
    assert renewed.severity == "high", "which is bad, and no forgery"


def test_logins_with_one_state_cannot_carry_faults_of_their_own(tmp_path: Path) -> None:
    (record,) = play(tmp_path, "one-state", "oidc.token.timeout:hang").verdicts
    assert record.verdict is Verdict.NOT_APPLICABLE
    assert "the same state, 'always-this'" in record.reason
