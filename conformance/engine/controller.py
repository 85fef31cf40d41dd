"""The controller of a run: starts servers, owns the run stream, closes it with a footer. One per run."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.catalogue import load_catalogue, select
from conformance.engine.settings import RunSettings, WorkerOrder
from conformance.evidence.gate import gate, tally
from conformance.evidence.known import KnownFailures
from conformance.evidence.records import VerdictRecord, parse_record
from conformance.evidence.stream import StreamWriter
from conformance.launch import LAUNCHABLE, IdpOptions, Servers
from conformance.model import Case, Run
from conformance.targets.loader import TargetFileError, is_adapter, load_target, read_target_file
from conformance.targets.schema import IdpAddress

SUITE = "sso-conformance"


class Controller:
    """Starts what a run needs and writes its stream. `prepare` raises the errors that mean exit status 2."""

    def __init__(self, settings: RunSettings) -> None:
        self.settings = settings
        self.catalogue: tuple[Case, ...] = ()
        self.runs: tuple[Run, ...] = ()
        self.records: list[VerdictRecord] = []
        self.listeners: list[Callable[[VerdictRecord], None]] = []
        self.colour = "red"
        self.why: Sequence[str] = ("the run did not reach its end",)
        self.run_dir = Path(settings.artifacts)
        self.collected = 0
        self._servers: Servers | None = None
        self._stream: StreamWriter | None = None
        self._known = KnownFailures()

    def prepare(self) -> WorkerOrder:
        """Read the catalogue, start the servers, reach the target, begin the stream.

        Raises CatalogueError, SelectionError, TargetFileError, KnownFailuresError, LaunchError, TargetError.
        """
        chosen = self.settings
        self.catalogue = load_catalogue(Path(chosen.scenarios))
        self.runs = chosen.runs_of(self.catalogue)
        self._known = _known_failures(chosen.target)
        self._servers = Servers(_program(chosen.target), chosen.weaknesses, options=idp_options(chosen))
        self.run_dir = _new_run_dir(Path(chosen.artifacts))
        order = WorkerOrder(chosen, str(self.run_dir), dict(self._servers.idp), dict(self._servers.variables))
        target = load_target(chosen.target, order.variables)
        title = target.ping()
        target.close()
        self._stream = StreamWriter(self.run_dir / "run.jsonl")
        started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self._stream.header(
            SUITE, target.name, started, target_title=title, weaknesses=list(chosen.weaknesses)
        )
        return order

    def record(self, data: Mapping[str, Any]) -> None:
        """Write one verdict to the stream."""
        assert self._stream is not None
        record = parse_record(data)
        known = self._known.match(record)
        line = {**data, "known": known.note() if known else None}
        self._stream.verdict(line)
        self.records.append(parse_record(line))
        for listener in self.listeners:
            listener(self.records[-1])

    def finish(self) -> None:
        """Write the footer. Never called for a run that was broken off: its stream stays without one."""
        assert self._stream is not None
        verdicts, known = tally(self.records)
        today = datetime.datetime.now(datetime.UTC).date()
        every = {(run.case.id, run.personality, run.agent) for run in select(self.catalogue)}
        problems = self._known.problems(every, self.records, today)
        executed = len(self.records)
        self.colour, self.why = gate(self.collected, executed, verdicts, known=known, problems=problems)
        baselines = {
            record.personality: record.extra["baselines"]
            for record in self.records
            if "baselines" in record.extra
        }
        self._stream.footer(
            self.collected,
            executed,
            verdicts,
            self.colour,
            self.why,
            baselines=dict(sorted(baselines.items())),
        )

    def stop(self) -> None:
        """Stop the servers. Safe to call at any time, and twice."""
        if self._servers is not None:
            self._servers.stop()


def idp_options(chosen: RunSettings) -> IdpOptions:
    """Return how the IdP listens: as the target file says, and the command line over it."""
    said = IdpAddress() if is_adapter(chosen.target) else read_target_file(Path(chosen.target)).idp
    return IdpOptions(
        tls=chosen.tls or said.tls,
        port=chosen.idp_port or said.port,
        ca_dir=chosen.idp_ca_dir or said.ca_dir,
    )


def _program(target: str) -> str:
    """Return the program that the suite starts for this target; empty for a platform that runs already."""
    if is_adapter(target):
        return ""
    launch = read_target_file(Path(target)).launch
    if launch and launch not in LAUNCHABLE:
        raise TargetFileError(
            f"{target}: launch: the suite cannot start `{launch}` (it can start: {', '.join(LAUNCHABLE)})"
        )
    return launch


def _known_failures(target: str) -> KnownFailures:
    path = Path(target).with_suffix(".known.yaml")
    return KnownFailures.load(path) if path.exists() else KnownFailures()


def _new_run_dir(artifacts: Path) -> Path:
    """Make a folder for this run, and let `latest` point to it."""
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M%S")
    number = 0
    while True:
        folder = artifacts / (stamp if not number else f"{stamp}-{number}")
        try:
            folder.mkdir(parents=True)
            break
        except FileExistsError:
            number += 1
    link = artifacts / "latest"
    fresh = artifacts / f".latest-{os.getpid()}"
    fresh.symlink_to(folder.name)
    fresh.replace(link)
    return folder.resolve()
