"""Show that the suite can fail: every case that names a weakness of the stub is played against it.

It must fail there. One process of the stub opens a platform for each weakness, so that one costs little
more than the logins of its cases. The same runs are played against the strict stub too, and must pass there,
as must every case that names no weakness.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar

from conformance.catalogue import select
from conformance.catalogue.selection import length
from conformance.engine.settings import RunSettings, WorkerOrder
from conformance.engine.staging import make_stage
from conformance.launch import Servers
from conformance.model import Case, Level, Result, Run, Verdict
from conformance.steps.play import play
from conformance.steps.stage import Stage
from conformance.wire import Answer, Connections

_PROGRAM = "platform_stub"
_AGENT = "http"
_OPEN_SECONDS = 30.0
_MAX_BYTES = 1_000_000
_GOOD = (Verdict.PASS, Verdict.WARN, Verdict.NOT_APPLICABLE)
_BROKEN = {Level.MUST: (Verdict.FAIL,), Level.SHOULD: (Verdict.FAIL, Verdict.WARN)}
"""How a requirement of each level looks that is broken."""


class MutantsError(Exception):
    """Cases and weaknesses do not fit together, or no platform could be opened; the message says which."""


@dataclass(frozen=True, slots=True)
class Weakness:
    """A planted weakness of the stub, and the class of cases that must notice it."""

    name: str
    cls: str
    summary: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the cases that name one weakness ended."""

    weakness: Weakness
    caught_by: Sequence[str] = ()
    """Ids of the runs that failed, as they must."""
    blind: Mapping[str, str] = field(default_factory=dict)
    """Cases that did not fail, or that fail on the strict stub too, and what was seen instead."""

    @property
    def caught(self) -> bool:
        """Whether a case failed, and none did not."""
        return bool(self.caught_by) and not self.blind


def weaknesses() -> tuple[Weakness, ...]:
    """Ask the stub which weaknesses it can be given."""
    told = subprocess.run(  # noqa: S603  (our own module)
        [sys.executable, "-m", _PROGRAM, "weaknesses"], capture_output=True, text=True, check=True
    )
    return tuple(Weakness(w["name"], w["class"], w["summary"]) for w in json.loads(told.stdout))


def mismatches(known: Sequence[Weakness], cases: Sequence[Case]) -> list[str]:
    """Return a sentence for each case that names no weakness of its class."""
    classes = {weakness.name: weakness.cls for weakness in known}
    found = []
    for case in cases:
        where = f"{case.file}:{case.line}: {case.id}"
        for name in case.weaknesses:
            if name not in classes:
                found.append(f"{where}: the stub has no weakness {name!r}")
            elif classes[name] != case.cls:
                found.append(f"{where} is of the class {case.cls}, its weakness {name} of {classes[name]}")
    return found


@contextmanager
def playing(workers: int = 0) -> Iterator[Executor]:
    """Give the processes that play, with the servers that they play on. Raises LaunchError."""
    servers = Servers(_PROGRAM, words=("--more-platforms",))
    try:
        # spawned, not forked: a worker opens connections of its own
        context = multiprocessing.get_context("spawn")
        number = workers or os.cpu_count() or 1
        start = partial(_Worker.start, dict(servers.idp), dict(servers.variables))
        with ProcessPoolExecutor(number, mp_context=context, initializer=start) as pool:
            yield pool
    finally:
        servers.stop()


def run_weak(pool: Executor, chosen: Sequence[Weakness], cases: Sequence[Case]) -> Iterator[Outcome]:
    """Play those of the cases that name each weakness; outcomes in the given order. Raises MutantsError."""
    played = [case for case in cases if _AGENT in case.agents]
    jobs = [(weakness, [case for case in played if weakness.name in case.weaknesses]) for weakness in chosen]
    yield from pool.map(_try, jobs)


def run_strict(pool: Executor, cases: Sequence[Case]) -> Iterator[str]:
    """Play the cases that name no weakness against the strict stub; say of each run that fails there why.

    The others are played there too, each with the run that its weakness makes fail.
    """
    runs = select([case for case in cases if not case.weaknesses and _AGENT in case.agents], agents=[_AGENT])
    for run, result in zip(runs, pool.map(_try_strict, runs), strict=True):
        if result.verdict not in _GOOD:
            yield f"{run.id}: {result.verdict}: {result.reason}"


def _try_strict(run: Run) -> Result:
    return _Worker.here[0].on_strict(run)


def _try(job: tuple[Weakness, Sequence[Case]]) -> Outcome:
    return _Worker.here[0].try_weakness(*job)


class _Worker:
    """Plays in one process: against the strict platform, and against a platform for each weakness."""

    here: ClassVar[list[_Worker]] = []

    def __init__(self, idp: dict[str, Any], variables: dict[str, str]) -> None:
        self._idp = idp
        self._variables = variables
        self._care = Connections()
        self._folder = tempfile.TemporaryDirectory(prefix="sso-mutants-")
        self._strict = self._stage("strict", variables)
        self._seen: dict[str, Result] = {}

    @classmethod
    def start(cls, idp: dict[str, Any], variables: dict[str, str]) -> None:
        """Make the worker of this process; it ends with the process."""
        cls.here.append(cls(idp, variables))

    def try_weakness(self, weakness: Weakness, cases: Sequence[Case]) -> Outcome:
        """Play each case until a run fails. Raises MutantsError."""
        if not cases:
            return Outcome(weakness, blind={"no case": f"none of the class {weakness.cls} names it"})
        caught, blind = [], {}
        with self._weak_stage(weakness) as weak:
            for case in cases:
                run, why = self._first_failure(weak, case)
                if run is None:
                    blind[case.id] = why
                else:
                    caught.append(run.id)
        return Outcome(weakness, caught, blind)

    def _first_failure(self, weak: Stage, case: Case) -> tuple[Run | None, str]:
        """Return the first run that fails on the weak and passes on the strict platform, or what was seen."""
        why = ""
        for run in sorted(select([case], agents=[_AGENT]), key=lambda one: (length(one), one.personality)):
            result = play(weak, run)
            why = f"{run.id}: {result.verdict}: {result.reason}"
            if result.verdict not in _BROKEN[case.level]:
                continue
            strict = self.on_strict(run)
            if strict.verdict in _GOOD and strict.verdict is not result.verdict:
                return run, ""
            return None, f"{run.id} on the strict stub: {strict.verdict}: {strict.reason}"
        return None, why

    def on_strict(self, run: Run) -> Result:
        """Play a run on the strict platform, once for all weaknesses that it catches."""
        if run.id not in self._seen:
            self._seen[run.id] = play(self._strict, run)
        return self._seen[run.id]

    @contextmanager
    def _weak_stage(self, weakness: Weakness) -> Iterator[Stage]:
        """Open a platform with the weakness, and close it in the end. Raises MutantsError."""
        answer = self._ask(self._variables, "/api/platforms", {"weaknesses": [weakness.name]})
        if answer.status != HTTPStatus.CREATED:
            raise MutantsError(f"no platform with {weakness.name}: {answer.status} {answer.text[:300]}")
        told = answer.json()
        variables = {
            **self._variables,
            "platform_url": told["base_url"],
            "care_url": told["care_url"],
            "operator_token": told["operator_token"],
        }
        stage = self._stage(weakness.name, variables)
        try:
            yield stage
        finally:
            stage.close()
            self._ask(variables, "/shutdown", {})

    def _stage(self, name: str, variables: dict[str, str]) -> Stage:
        folder = Path(self._folder.name) / name
        return make_stage(WorkerOrder(RunSettings(), str(folder), self._idp, variables))

    def _ask(self, variables: Mapping[str, str], path: str, body: Mapping[str, Any]) -> Answer:
        return self._care.exchange(
            "POST",
            variables["care_url"] + path,
            headers={
                "Authorization": f"Bearer {variables['operator_token']}",
                "Content-Type": "application/json",
            },
            body=json.dumps(body).encode(),
            seconds=_OPEN_SECONDS,
            max_bytes=_MAX_BYTES,
        )
