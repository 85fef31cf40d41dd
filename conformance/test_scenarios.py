"""Every run of every case is one test: play it, keep its result, let pytest show it."""

from __future__ import annotations

import pytest

from conformance.engine.plugin import keep
from conformance.model import Run, Verdict
from conformance.steps.play import play
from conformance.steps.stage import Stage


def test_case(run: Run, stage: Stage, request: pytest.FixtureRequest) -> None:
    """Play one case with one personality in one user agent."""
    result = play(stage, run)
    keep(request, stage, result)
    if result.verdict is Verdict.NOT_APPLICABLE:
        pytest.skip(result.reason)
    if result.verdict not in (Verdict.PASS, Verdict.WARN):
        pytest.fail(
            f"{result.verdict} ({result.severity}): {result.reason}\n"
            f"expected {result.expected}, observed {result.observed}",
            pytrace=False,
        )
