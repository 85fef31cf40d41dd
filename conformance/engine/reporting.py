"""Results arriving in the controller: written to the stream, closed with a footer, turned into reports."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.engine.keys import CONTROLLER, PROPERTY
from conformance.evidence.records import record_of
from conformance.model import Result, Run, Verdict
from conformance.report import build


class Reporting:
    """A plugin of the controller process alone."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._controller = config.stash[CONTROLLER]
        self._runs = {run.id: run for run in self._controller.runs}
        self._done: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write a verdict as soon as it is known; a test that ended without one is a harness error."""
        run = self._runs.get(_run_id(report.nodeid))
        if run is None or run.id in self._done:
            return
        told = dict(report.user_properties).get(PROPERTY)
        if told is None and not report.failed:
            return
        self._done.add(run.id)
        self._controller.record(_mapping(told) if told is not None else _harness_error(run, report))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Close the stream, unless the run was broken off, and let the gate decide the exit status."""
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return
        self._controller.finish()
        build(self._controller.run_dir)
        session.exitstatus = (
            pytest.ExitCode.OK if self._controller.colour == "green" else pytest.ExitCode.TESTS_FAILED
        )

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how the run ended and where the report is, for those who call pytest themselves."""
        controller = self._controller
        terminalreporter.section(f"SSO conformance: {controller.colour}")
        for reason in controller.why:
            terminalreporter.line(f"  {reason}")
        terminalreporter.line(f"report: {controller.run_dir / 'report.html'}")


def _run_id(nodeid: str) -> str:
    return nodeid.partition("[")[2].removesuffix("]")


def _mapping(told: object) -> dict[str, Any]:
    assert isinstance(told, dict), f"a verdict is a mapping, not {told!r}"
    return told


def _harness_error(run: Run, report: pytest.TestReport) -> dict[str, Any]:
    lines = [line for line in report.longreprtext.splitlines() if line.strip()]
    reason = f"the harness failed in {report.when}: {lines[-1] if lines else 'no explanation'}"
    return record_of(Result(run, Verdict.ERROR, run.case.severity, "", "", reason))
