"""One server with two workers, and the means to say which of them answers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_idp.tenants import TenantStore
from tests.mock_idp.browser import Browser
from tests.mock_idp.conftest import TOKEN, RunningIdp
from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import NO_AUTHORITIES, RelyingParty

WAIT_SECONDS = 30


@dataclass
class Served:
    """A server process and what its ready file says."""

    process: subprocess.Popen[str]
    facts: dict[str, Any]

    @property
    def workers(self) -> list[int]:
        """The workers' process IDs."""
        pids: list[int] = self.facts["workers"]
        return pids


@contextmanager
def served(folder: Path, *options: str) -> Iterator[Served]:
    """`serve` with two workers, in a process group of its own; it is gone afterwards in any case."""
    ready = folder / "ready.json"
    usual = ["--port", "0", "--control-port", "0", "--workers", "2", "--quiet", "--ready-file", str(ready)]
    usual += ["--exit-with-parent"]  # also where a test run is killed
    command = [sys.executable, "-m", "mock_idp", "serve", *usual, *options]
    environment = {**os.environ, "MOCK_IDP_TOKEN": TOKEN}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stderr=pipe, text=True, env=environment, start_new_session=True
    ) as process:
        try:
            wait_until(lambda: ready.exists() or process.poll() is not None)
            assert ready.exists(), process.stderr and process.stderr.read()
            yield Served(process, json.loads(ready.read_text()))
        finally:
            end(process)


def end(process: subprocess.Popen[str]) -> None:
    """End the server in an orderly way, so that its file goes, too; else with force."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGCONT)
    process.terminate()
    try:
        process.wait(WAIT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def wait_until(holds: Any) -> None:  # noqa: ANN401 - any condition without arguments
    """Wait for what must come; fails when it does not."""
    limit = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < limit, "it did not come"
        time.sleep(0.005)


def state_of(pid: int) -> str:
    """The kernel's letter for a process (T: stopped), empty when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Turns:
    """Lets the workers answer in turn: before each request it stops all but one, so that no other can."""

    def __init__(self, pids: list[int]) -> None:
        self._pids = pids
        self._requests = 0

    def __call__(self, request: httpx.Request) -> None:
        """Choose who answers `request`."""
        del request
        chosen = self._pids[self._requests % len(self._pids)]
        self._requests += 1
        os.kill(chosen, signal.SIGCONT)
        for pid in self._pids:
            if pid != chosen:
                os.kill(pid, signal.SIGSTOP)
                wait_until(lambda pid=pid: state_of(pid) == "T")

    def all(self) -> None:
        """Let all of them answer again."""
        for pid in self._pids:
            os.kill(pid, signal.SIGCONT)

    def client(self, *, follow_redirects: bool = False) -> httpx.Client:
        """A client whose requests are answered in turn, each on a connection of its own."""
        return httpx.Client(
            follow_redirects=follow_redirects,
            timeout=WAIT_SECONDS,
            verify=NO_AUTHORITIES,
            limits=httpx.Limits(max_keepalive_connections=0),
            event_hooks={"request": [self]},
        )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server of all tests that leave it running."""
    with served(tmp_path_factory.mktemp("workers")) as found:
        yield found


@pytest.fixture
def turns(server: Served) -> Iterator[Turns]:
    """The workers of the server; all of them serve again afterwards."""
    found = Turns(server.workers)
    yield found
    found.all()


@pytest.fixture(scope="session")
def idp(server: Served) -> Iterator[RunningIdp]:
    """The server for the helpers of other tests. The store is empty: its tenants are in other processes."""
    facts = server.facts
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=facts["control_url"], headers=headers, timeout=30, trust_env=False) as client:
        yield RunningIdp(
            facts["base_url"], facts["control_url"], TOKEN, TenantStore(facts["base_url"]), client
        )


@pytest.fixture
def browser(turns: Turns) -> Iterator[Browser]:
    """A browser whose requests the workers answer in turn."""
    with Browser() as found:
        found.http.close()
        found.http = turns.client(follow_redirects=True)
        yield found


@dataclass
class Parties:
    """Makes relying parties whose requests the workers answer in turn."""

    registrar: Registrar
    turns: Turns

    def __call__(self, vendor: str, **app: Any) -> RelyingParty:  # noqa: ANN401 - fields of a registration
        """A relying party for a newly registered application."""
        party = self.registrar.party(vendor, **app)
        party.close()
        party.browser, party.back_channel = self.turns.client(), self.turns.client()
        return party


@pytest.fixture
def parties(registrar: Registrar, turns: Turns) -> Parties:
    """See `Parties`."""
    return Parties(registrar, turns)
