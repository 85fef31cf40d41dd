"""Show that the suite can fail: plant each weakness of the stub and see which cases of its class notice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from conformance.evidence.stream import RunStream, StreamError, read_stream
from conformance.model import Verdict

_AT_ONCE = 2
_RUN_LIMIT_SECONDS = 300


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
    """Runs of cases of the weakness's class that failed."""
    trouble: str = ""
    """Why the run says nothing."""

    @property
    def caught(self) -> bool:
        """Whether a case of the right class failed."""
        return bool(self.caught_by) and not self.trouble


def weaknesses(program: str) -> tuple[Weakness, ...]:
    """Ask the stub which weaknesses it can be given."""
    told = subprocess.run(  # noqa: S603  (our own module)
        [sys.executable, "-m", program, "weaknesses"], capture_output=True, text=True, check=True
    )
    return tuple(Weakness(w["name"], w["class"], w["summary"]) for w in json.loads(told.stdout))


def run_all(chosen: Sequence[Weakness], folder: Path) -> Iterator[Outcome]:
    """Run the cases of each weakness's class against a stub that has it; outcomes in the given order."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(lambda weakness: _run_one(weakness, folder), chosen)


def run_strict(folder: Path) -> str:
    """Run every case against the strict stub; return why that is not green, empty when it is."""
    stream, trouble = _run(["--workers", "auto"], folder / "strict")
    return trouble if stream is None else " ".join(stream.why)


def _run_one(weakness: Weakness, folder: Path) -> Outcome:
    options = ["--workers", "0", "--class", weakness.cls, "--weakness", weakness.name]
    stream, trouble = _run(options, folder / weakness.name)
    if stream is None:
        return Outcome(weakness, (), trouble)
    failed = [
        record.id
        for record in stream.verdicts
        if record.verdict is Verdict.FAIL and record.cls == weakness.cls
    ]
    return Outcome(weakness, failed)


def _run(options: Sequence[str], artifacts: Path) -> tuple[RunStream | None, str]:
    """Run the suite over HTTP in a process of its own; return its stream, or None and why there is none."""
    command = [sys.executable, "-m", "conformance", "run", "--agent", "http"]
    try:
        done = subprocess.run(  # noqa: S603  (our own module)
            [*command, "--artifacts", str(artifacts), *options],
            capture_output=True,
            text=True,
            timeout=_RUN_LIMIT_SECONDS,
            check=False,
        )
        if done.returncode not in (0, 1):
            return None, done.stderr.strip()[-300:] or f"exit status {done.returncode}"
        return read_stream(artifacts / "latest" / "run.jsonl"), ""
    except subprocess.TimeoutExpired:
        return None, f"the run took more than {_RUN_LIMIT_SECONDS} s"
    except StreamError as error:
        return None, str(error)
