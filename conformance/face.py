"""What a person sees of a run: progress while it goes on, and how it ended. A plugin of `conformance run`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

import click
import pytest
from rich.console import Console

from conformance.engine.keys import CONTROLLER
from conformance.evidence.stream import read_stream
from conformance.report.terminal import Progress, summary_table

GREEN, RED, CANNOT_RUN = 0, 1, 2
"""Exit statuses of every command."""


class Face:
    """Replaces pytest's own output by a progress display, unless that is asked for."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._display = ExitStack()
        self._config: pytest.Config | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Take the terminal, and watch the controller's records."""
        self._config = config
        controller = config.stash.get(CONTROLLER, None)
        if not self._quiet or controller is None:
            return
        reporter = config.pluginmanager.unregister(name="terminalreporter")
        assert reporter is not None, "pytest's terminal reporter was not there to be replaced"
        progress = self._display.enter_context(Progress(len(controller.runs)))
        controller.listeners.append(progress.update)

    def exit_status(self, status: int) -> int:
        """Close the display, say how the run ended, and translate pytest's exit status into ours."""
        self._display.close()
        if status in _COULD_NOT_RUN:
            click.echo(f"conformance: {_COULD_NOT_RUN[status]}", err=True)
            return 2
        controller = self._config.stash.get(CONTROLLER, None) if self._config else None
        if controller is None:
            return 2
        Console().print(summary_table(read_stream(controller.run_dir / "run.jsonl")))
        click.echo(f"report: {controller.run_dir / 'report.html'}")
        return status


_COULD_NOT_RUN: Mapping[int, str] = {
    pytest.ExitCode.INTERRUPTED: "interrupted: the stream has no footer, so this run proves nothing",
    pytest.ExitCode.INTERNAL_ERROR: "the harness itself failed; the trace above says where",
    pytest.ExitCode.USAGE_ERROR: "could not run (see above)",
    pytest.ExitCode.NO_TESTS_COLLECTED: "no case was collected",
}
