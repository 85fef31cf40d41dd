"""The command line as a process: it starts, says where, stops cleanly, and tells mistakes in a sentence."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

PYTHON = [sys.executable, "-m", "platform_stub"]
ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PYTHON, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )


def wait_for(path: Path, process: "subprocess.Popen[str]", seconds: float = 30) -> dict[str, str]:
    """Return the ready file's content as soon as it is there."""
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "no ready file"
        time.sleep(0.01)
    content: dict[str, str] = json.loads(path.read_text())
    return content


@contextmanager
def serving(tmp_path: Path, *arguments: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, str]]]:
    ready = tmp_path / "ready.json"
    command = [*PYTHON, "serve", "--port", "0", "--care-port", "0", "--password-cost", "1"]
    process = subprocess.Popen(
        [*command, "--ready-file", str(ready), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    try:
        yield process, wait_for(ready, process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal_and_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as (process, ready):
        assert ready["base_url"].startswith("http://localhost:") and int(ready["pid"]) == process.pid
        care = httpx.get(f"{ready['care_url']}/health")
        assert care.json()["status"] == "ok"
        assert httpx.get(f"{ready['base_url']}/").status_code == 200
        process.send_signal(number)
        printed, errors = process.communicate(timeout=15)
    assert (process.returncode, errors) == (0, "")
    for told in ("base_url", "care_url", "operator_token"):
        assert ready[told] in printed
    assert [path.name for path in tmp_path.iterdir()] == ["ready.json"]


def test_customer_care_can_stop_it_and_quiet_prints_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, "--quiet", "--operator-token", "op") as (process, ready):
        answer = httpx.post(f"{ready['care_url']}/shutdown", headers={"Authorization": "Bearer op"})
        assert answer.status_code == 202
        assert process.communicate(timeout=15) == ("", "")
    assert process.returncode == 0


def test_further_platforms_have_their_own_weaknesses_and_go_when_they_are_told_to(tmp_path: Path) -> None:
    with serving(tmp_path, "--operator-token", "op", "--more-platforms") as (process, ready):
        with httpx.Client(base_url=ready["care_url"], headers={"Authorization": "Bearer op"}) as care:
            wrong = care.post("/api/platforms", json={"weaknesses": ["saml-audience-not-check"]})
            assert (wrong.status_code, wrong.json()["error"]) == (422, "unknown-weakness")
            opened = care.post("/api/platforms", json={"weaknesses": ["saml-audience-not-checked"]})
            other = opened.json()
        assert opened.status_code == 201
        operator = {"Authorization": f"Bearer {other['operator_token']}"}
        assert httpx.get(f"{other['care_url']}/api/clients", headers=operator).json() == {"clients": []}
        assert httpx.post(f"{other['care_url']}/shutdown", headers=operator).status_code == 202
        assert httpx.get(f"{ready['care_url']}/health").json()["status"] == "ok"
        process.terminate()
        assert process.communicate(timeout=15)[1] == ""
    assert [path.name for path in tmp_path.iterdir()] == ["ready.json"]


def test_a_client_with_six_accounts_over_http_and_a_kept_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'kept.sqlite3'}"
    with serving(tmp_path, "--operator-token", "op", "--database", url) as (process, ready):
        sysadmin = {"login": "sam", "password": "correct-horse-sam"}
        made = httpx.post(
            f"{ready['care_url']}/api/clients",
            json={"code": "acme", "sysadmin": sysadmin},
            headers={"Authorization": "Bearer op"},
        ).json()
        with httpx.Client(base_url=ready["base_url"], headers={"LV-Session": made["session"]}) as api:
            for kind in ("users", "agents"):
                for name in ("a", "b", "c"):
                    body = {
                        "login": name,
                        "password": "correct-horse-x",
                        "role": "Manager" if kind == "users" else "",
                    }
                    assert api.post(f"/api/configuration/{kind}", json=body).status_code == 201
        process.terminate()
        process.communicate(timeout=15)
    (tmp_path / "ready.json").unlink()
    with serving(tmp_path, "--database", url) as (_, ready):
        form = {"client_code": "acme", "user": "sam", "pass": "correct-horse-sam"}
        assert httpx.post(f"{ready['base_url']}/acme", data=form).status_code == 303


def test_an_orphan_stops(tmp_path: Path) -> None:
    """The parent is a shell that starts the platform, waits for its ready file, and ends."""
    ready = tmp_path / "ready.json"
    command = [*PYTHON, "serve", "--port", "0", "--care-port", "0", "--quiet", "--exit-with-parent"]
    code = (
        "import subprocess, sys, time, pathlib\n"
        "subprocess.Popen(sys.argv[2:])\n"
        "while not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.01)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(ready), *command, "--ready-file", str(ready)],
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    url = json.loads(ready.read_text())["care_url"]
    deadline = time.monotonic() + 20
    while True:
        try:
            httpx.get(f"{url}/health", timeout=1)
        except httpx.TransportError:
            return  # it stopped
        assert time.monotonic() < deadline, "the orphan still serves"
        time.sleep(0.1)


def test_a_taken_port_ends_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", "--port", port, "--care-port", "0")
    assert done.returncode == 2
    assert f"Cannot listen on 127.0.0.1 port {port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--weakness", "login-crsf"], "login-csrf"),
        (["--weakness", "login-csrf", "--host", "192.0.2.1"], "for this computer only"),
        (["--database", "nonsense"], "cannot be opened"),
        (["--port", "high"], "not a valid integer"),
        (["--password-cost", "99"], "1<=x<=20"),
        (["--colour"], "No such option"),
        (["--ready-file", "/nowhere/at/all"], "ready file"),
    ],
    ids=str,
)
def test_a_mistake_ends_in_a_sentence(arguments: list[str], sentence: str) -> None:
    done = run("serve", "--port", "0", "--care-port", "0", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_weaknesses_are_listed_as_json() -> None:
    listed = json.loads(run("weaknesses").stdout)
    assert {"name", "class", "summary"} == set(listed[0])


def test_planted_weaknesses_are_told(tmp_path: Path) -> None:
    with serving(tmp_path, "--weakness", "login-csrf") as (_, ready):
        assert httpx.get(f"{ready['care_url']}/health").json()["weaknesses"] == ["login-csrf"]
