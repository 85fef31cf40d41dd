"""Show that the suite can fail: plant each weakness of the stub and see which cases of its class notice.

A weakness costs one start of the stub, and by default only the cases up to the first that notices it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from conformance.catalogue import load_catalogue, select
from conformance.catalogue.selection import length
from conformance.engine.settings import RunSettings, WorkerOrder
from conformance.engine.staging import make_stage
from conformance.evidence.stream import StreamError, read_stream
from conformance.launch import LaunchError, Servers
from conformance.model import Case, Expected, Run, Verdict
from conformance.steps.play import play

_STRICT_LIMIT_SECONDS = 900
_PROGRAM = "platform_stub"
_SHARED: list[Servers] = []
"""The mock IdP of this process."""


@dataclass(frozen=True, slots=True)
class Weakness:
    """A planted weakness of the stub, and the class of cases that must notice it."""

    name: str
    cls: str
    summary: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the suite answered to one weakness."""

    weakness: Weakness
    caught_by: Sequence[str]
    """Ids of runs of the weakness's class that failed: the first one, or all when all were played."""
    trouble: str = ""
    """Why the runs say nothing."""

    @property
    def caught(self) -> bool:
        """Whether a case of the right class failed."""
        return bool(self.caught_by) and not self.trouble


def weaknesses() -> tuple[Weakness, ...]:
    """Ask the stub which weaknesses it can be given."""
    told = subprocess.run(  # noqa: S603  (our own module)
        [sys.executable, "-m", _PROGRAM, "weaknesses"], capture_output=True, text=True, check=True
    )
    return tuple(Weakness(w["name"], w["class"], w["summary"]) for w in json.loads(told.stdout))


def run_all(chosen: Sequence[Weakness], *, every_case: bool) -> Iterator[Outcome]:
    """Play the cases of each weakness's class against a stub that has it; outcomes in the given order.

    With `every_case` all cases of the class are played, otherwise until one fails.
    """
    # spawned, not forked: a worker opens connections and event loops of its own
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context, initializer=_start_idp) as pool:
        yield from pool.map(partial(_try, every_case=every_case), chosen)


def uncaught_negatives(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Return the single-login cases that ask for a refusal and failed on no weakness at all."""
    caught = {run_id.partition("[")[0] for outcome in outcomes for run_id in outcome.caught_by}
    return tuple(case.id for case in _cases() if case.expect is Expected.REFUSED and case.id not in caught)


def run_strict(folder: Path) -> str:
    """Run every case over HTTP against the strict stub; return why that is not green, empty when it is."""
    command = [sys.executable, "-m", "conformance", "run", "--agent", "http", "--artifacts", str(folder)]
    try:
        done = subprocess.run(  # noqa: S603  (our own module)
            command, capture_output=True, text=True, timeout=_STRICT_LIMIT_SECONDS, check=False
        )
        if done.returncode not in (0, 1):
            return done.stderr.strip()[-300:] or f"exit status {done.returncode}"
        return " ".join(read_stream(folder / "latest" / "run.jsonl").why)
    except subprocess.TimeoutExpired:
        return f"the run took more than {_STRICT_LIMIT_SECONDS} s"
    except StreamError as error:
        return str(error)


def _cases() -> tuple[Case, ...]:
    return load_catalogue(Path(RunSettings().scenarios))


def _start_idp() -> None:
    """Start one mock IdP for all weaknesses that this process tries; it ends with the process."""
    _SHARED.append(Servers(""))


def _try(weakness: Weakness, *, every_case: bool) -> Outcome:
    """Plant one weakness and play, in this process. Never raises for what the stub does."""
    cases = [case for case in _cases() if case.cls == weakness.cls]
    if not cases:
        return Outcome(weakness, (), f"no case is of the class {weakness.cls}")
    try:
        servers = Servers(_PROGRAM, [weakness.name], idp=_SHARED[0].idp)
    except LaunchError as error:
        return Outcome(weakness, (), str(error))
    try:
        with tempfile.TemporaryDirectory(prefix="sso-mutant-") as folder:
            settings = RunSettings(weaknesses=(weakness.name,))
            order = WorkerOrder(settings, folder, dict(servers.idp), dict(servers.variables))
            return Outcome(weakness, tuple(_failing(order, cases, every_case=every_case)))
    finally:
        servers.stop()


def _failing(order: WorkerOrder, cases: Sequence[Case], *, every_case: bool) -> Iterator[str]:
    stage = make_stage(order)
    try:
        for run in sorted(select(cases, agents=["http"]), key=_cheapest):
            if play(stage, run).verdict is Verdict.FAIL:
                yield run.id
                if not every_case:
                    return
    finally:
        stage.close()


def _cheapest(run: Run) -> tuple[int, str]:
    """Order single logins before journeys, and the lock-out meter and rehearsals last."""
    return length(run)[1], run.personality
