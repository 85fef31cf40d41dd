"""The worker processes: they end with their server, and one that ends before is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.mock_idp.conftest import TOKEN
from tests.mock_idp.workers.conftest import Served, served, state_of, wait_until

HOLDER = """
import sys; from pathlib import Path; from mock_idp.storage.sqlite import Sqlite
storage = Sqlite(Path(sys.argv[1]))
with storage.atomic():
    storage.shelf("x", "y", 1).put("half", "done"); print("held", flush=True)
    sys.stdin.read()
"""
"""Holds the queue of writers of the store it is given."""
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def answers(server: Served) -> int:
    """The status of a discovery document at a tenant of its own, with both planes at work."""
    body = {"personality": "okta"}
    url = f"{server.facts['control_url']}/tenants"
    made = httpx.post(url, json=body, headers=HEADERS, trust_env=False, timeout=30).raise_for_status().json()
    return httpx.get(made["urls"]["discovery_url"], trust_env=False, timeout=30).status_code


def store_in(folder: Path) -> str:
    """The URL of a store there."""
    return f"sqlite:///{folder / 'state.db'}"


def ended(server: Served) -> tuple[int, str]:
    """The exit code and what was told on stderr; no worker is left then."""
    _, errors = server.process.communicate(timeout=30)
    wait_until(lambda: not any(state_of(pid) for pid in server.workers))
    return server.process.returncode, errors


@pytest.mark.parametrize("how", ["SIGTERM", "Ctrl-C", "SIGTERM for all", "control API"])
def test_stopping_leaves_no_process_and_no_file(tmp_path: Path, how: str) -> None:
    with served(tmp_path, "--store", store_in(tmp_path)) as server:
        assert answers(server) == 200
        assert {path.name for path in tmp_path.iterdir()} > {"ready.json", "state.db"}
        pid = server.process.pid
        if how == "SIGTERM":
            os.kill(pid, signal.SIGTERM)
        elif how == "control API":
            httpx.post(f"{server.facts['control_url']}/shutdown", headers=HEADERS, trust_env=False)
        else:  # a terminal and some supervisors signal the whole group
            os.killpg(pid, signal.SIGINT if how == "Ctrl-C" else signal.SIGTERM)
        assert ended(server) == (0, "")
        assert [path.name for path in tmp_path.iterdir()] == ["ready.json"]
        with pytest.raises(httpx.ConnectError):
            httpx.get(server.facts["base_url"], trust_env=False)


def test_workers_end_with_a_server_that_is_killed(tmp_path: Path) -> None:
    with served(tmp_path, "--store", store_in(tmp_path)) as server:
        assert answers(server) == 200
        os.kill(server.process.pid, signal.SIGKILL)
        assert ended(server)[0] == -signal.SIGKILL
        assert [path.name for path in tmp_path.iterdir()] == ["ready.json"]


def test_a_worker_that_is_killed_is_told_and_the_other_serves_on(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        first, second = server.workers
        os.kill(first, signal.SIGKILL)
        assert server.process.stderr is not None
        told = server.process.stderr.readline()
        assert told == f"Worker 1 (process {first}) was ended by SIGKILL; one still serves.\n"
        assert answers(server) == 200
        os.kill(second, signal.SIGKILL)
        code, told = ended(server)
        assert told == f"Worker 2 (process {second}) was ended by SIGKILL; none is left, so serve stops.\n"
        assert code == 1


def test_a_worker_that_is_killed_while_others_wait_for_it_does_not_hold_them_up(tmp_path: Path) -> None:
    """It holds the queue of writers; the system lets go of it."""
    with served(tmp_path, "--store", store_in(tmp_path)) as server:
        holder = subprocess.Popen(
            [
                sys.executable,
                "-c",
                HOLDER,
                str(tmp_path / "state.db"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            holder.kill()
        assert answers(server) == 200


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://x/y", "Expected a store like sqlite:////dev/shm/idp.db"),
        ("sqlite:///", "Expected a store like sqlite:////dev/shm/idp.db"),
        ("sqlite:////no/such/folder/x.db", "cannot be made: No such file or directory"),
        (f"sqlite:///{__file__}", "exists already"),
    ],
)
def test_a_store_that_cannot_be_used_is_one_sentence_and_exit_2(url: str, told: str) -> None:
    options = ["--port", "0", "--control-port", "0", "--store", url]
    command = [sys.executable, "-m", "mock_idp", "serve", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
