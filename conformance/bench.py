"""Measure the suite's own speed: start-up, cases, whole runs. Medians, and what the time is spent on."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.bench_growth import MAY_GROW, TIMES, copied_scenarios
from conformance.bench_screens import ROUNDS, screen_times
from conformance.engine.settings import RunSettings
from conformance.evidence.records import VerdictRecord
from conformance.evidence.stream import read_stream
from conformance.forecast.bench import ROWS, measure_forecast
from conformance.launch import Servers

_STARTS = 3
_WHOLE_RUNS: tuple[tuple[str, Sequence[str], float], ...] = (
    ("the life cycle over HTTP", ("--agent", "http", "--case", "lifecycle.*"), 60.0),
    ("all cases over HTTP", ("--agent", "http"), 90.0),
    ("all of `make conformance`", (), 180.0),
)
"""Whole runs as people start them: title, options, and the target in seconds on two cores."""
_FORECASTS = 3


class BenchError(Exception):
    """A measured run did not end green: its times would mean nothing."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measured figure with its target; `limit` 0 means that there is none."""

    title: str
    value: float
    unit: str
    limit: float = 0.0
    note: str = ""

    def __str__(self) -> str:
        """Read as one line of the printed table."""
        target = f"target <= {self.limit:g} {self.unit}" if self.limit else ""
        mark = "" if not self.limit else ("ok  " if self.value <= self.limit else "SLOW")
        return f"{mark:4} {self.title:<44} {self.value:>8.1f} {self.unit:<3} {target:<22} {self.note}"


def measure() -> Iterator[Measure]:
    """Measure everything, yielding each figure as soon as it is known. Raises BenchError."""
    starts = [_start_seconds() for _ in range(_STARTS)]
    yield Measure("both servers up", statistics.median(starts), "s", 2.0, f"median of {_STARTS}")
    yield from _screens()
    with tempfile.TemporaryDirectory(prefix="sso-bench-") as folder:
        yield from _forecast(Path(folder))
        yield from _cases("http", 60.0, Path(folder))
        yield from _cases("chromium", 2000.0, Path(folder))
        for title, options, limit in _WHOLE_RUNS:
            seconds, records = _run(["--workers", "auto", *options], Path(folder) / "whole")
            yield Measure(title, seconds, "s", limit, f"{len(records)} runs, parallel")
        yield from _growth(Path(folder))
        yield Measure("a run starts (command to stream's header)", _seconds_to_header(Path(folder)), "s", 3.0)


def _screens() -> Iterator[Measure]:
    try:
        times = screen_times()
    except RuntimeError as error:
        raise BenchError(str(error)) from error
    slowest = max(times, key=times.__getitem__)
    note = f"{len(times)} screens, {ROUNDS} times each"
    yield Measure("a screen of the platform", statistics.median(times.values()), "ms", 50.0, note)
    yield Measure("  the slowest of them", times[slowest], "ms", 50.0, slowest)


def _forecast(folder: Path) -> Iterator[Measure]:
    try:
        figures = measure_forecast(folder, _FORECASTS)
    except RuntimeError as error:
        raise BenchError(str(error)) from error
    note = f"{ROWS:,} accounts and people, median of {_FORECASTS}"
    yield Measure("a forecast", statistics.median(one.seconds for one in figures), "s", 5.0, note)
    yield Measure("  its processor time", statistics.median(one.processor for one in figures), "s")
    yield Measure("  its memory", statistics.median(one.megabytes for one in figures), "MB", 500.0)


def _seconds_to_header(folder: Path) -> float:
    """Return how long a run takes until its servers are up and its stream has begun."""
    artifacts = folder / "start"
    command = [sys.executable, "-m", "conformance", "run", "--artifacts", str(artifacts), "--agent", "http"]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603  (our own module)
        stream = artifacts / "latest" / "run.jsonl"
        while not stream.exists() and process.poll() is None:
            time.sleep(0.005)  # measures: waits for a file, proves nothing
        seconds = time.perf_counter() - started
        process.terminate()
    if not stream.exists():
        raise BenchError("the measured run ended before its stream began")
    return seconds


def _start_seconds() -> float:
    started = time.perf_counter()
    servers = Servers("platform_stub")
    seconds = time.perf_counter() - started
    servers.stop()
    return seconds


def _cases(agent: str, limit: float, folder: Path) -> Iterator[Measure]:
    seconds, records = _run(["--workers", "0", "--agent", agent], folder / agent)
    durations = sorted(record.duration_ms for record in records)
    note = f"{len(records)} runs, one worker, {seconds:.1f} s; slowest {durations[-1]:.0f} ms"
    yield Measure(f"median case, {agent}", statistics.median(durations), "ms", limit, note)
    total = sum(durations)
    for part, spent in _parts(records):
        yield Measure(f"  spent on {part}", 100 * spent / total, "%")


def _growth(folder: Path) -> Iterator[Measure]:
    """Compare a case's median time in a plan with that in one ten times as long."""
    few, note = _median_of_copies(1, folder)
    yield Measure("median case of a short plan", few, "ms", note=note)
    many, note = _median_of_copies(TIMES, folder)
    yield Measure(f"  of one {TIMES} times as long", many, "ms", round(few * MAY_GROW, 1), note)


def _median_of_copies(times: int, folder: Path) -> tuple[float, str]:
    """Return the median case of a run of so many copies, and what else is to be told of that run."""
    scenarios = copied_scenarios(Path(RunSettings().scenarios), folder, times)
    options = ["--workers", "auto", "--agent", "http", "--scenarios", str(scenarios)]
    seconds, records = _run(options, folder / "growth")
    note = f"{len(records)} runs, parallel, {seconds:.1f} s: {1000 * seconds / len(records):.0f} ms each"
    return statistics.median(record.duration_ms for record in records), note


def _parts(records: Sequence[VerdictRecord]) -> list[tuple[str, float]]:
    sums: dict[str, float] = {}
    for record in records:
        for part, spent in record.extra.get("spent_ms", {}).items():
            sums[part] = sums.get(part, 0.0) + spent
    return sorted(sums.items(), key=lambda item: -item[1])


def _run(options: Sequence[str], artifacts: Path) -> tuple[float, Sequence[VerdictRecord]]:
    command = [sys.executable, "-m", "conformance", "run", "--artifacts", str(artifacts), *options]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (our own module)
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise BenchError(
            f"`{' '.join(command[2:])}` ended with {done.returncode}: {(done.stdout + done.stderr)[-900:]}"
        )
    return seconds, read_stream(artifacts / "latest" / "run.jsonl").verdicts
