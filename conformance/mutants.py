"""Show that the suite can fail: plant each weakness of the stub and see which cases of its class notice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from conformance.evidence.stream import StreamError, read_stream
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


def _run_one(weakness: Weakness, folder: Path) -> Outcome:
    artifacts = folder / weakness.name
    command = [sys.executable, "-m", "conformance", "run", "--workers", "0", "--agent", "http"]
    command += ["--class", weakness.cls, "--weakness", weakness.name, "--artifacts", str(artifacts)]
    try:
        done = subprocess.run(  # noqa: S603  (our own module)
            command, capture_output=True, text=True, timeout=_RUN_LIMIT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Outcome(weakness, (), f"the run took more than {_RUN_LIMIT_SECONDS} s")
    if done.returncode not in (0, 1):
        return Outcome(weakness, (), done.stderr.strip()[-300:] or f"exit status {done.returncode}")
    try:
        stream = read_stream(artifacts / "latest" / "run.jsonl")
    except StreamError as error:
        return Outcome(weakness, (), str(error))
    failed = [
        record.id
        for record in stream.verdicts
        if record.verdict is Verdict.FAIL and record.cls == weakness.cls
    ]
    return Outcome(weakness, failed)
