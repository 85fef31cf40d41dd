"""`python -m mock_idp` as a process: the page, the ready file, signals, exit codes, TLS."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "MOCK_IDP_TOKEN"}


@contextmanager
def serving(*options: str, token: str = "") -> Iterator[subprocess.Popen[str]]:
    """The process, which is ended and reaped in any case."""
    command = [sys.executable, "-m", "mock_idp", "serve", "--port", "0", "--control-port", "0", *options]
    environment = {**ENVIRONMENT, "PYTHONUNBUFFERED": "1", **({"MOCK_IDP_TOKEN": token} if token else {})}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """The output up to the line that has `words`; fails when the output ends before."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            return "".join(lines)
    pytest.fail(f"no line with {words!r} in {''.join(lines)!r}")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mock_idp", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=ENVIRONMENT)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_prints_its_page_writes_the_ready_file_and_stops_on_a_signal(
    tmp_path: Path, number: int
) -> None:
    ready = tmp_path / "ready.json"
    with serving("--ready-file", str(ready), token="from-the-environment") as process:
        page = read_until(process, "Stop with Ctrl-C")
        facts: dict[str, Any] = json.loads(ready.read_text())
        assert facts == {
            "base_url": facts["base_url"],
            "control_url": facts["control_url"],
            "token": "from-the-environment",
            "pid": process.pid,
        }
        for url in (facts["base_url"], facts["control_url"], "signs whatever it is asked to"):
            assert url in page
        assert httpx.get(f"{facts['control_url']}/health").json()["status"] == "ok"
        assert [entry.name for entry in tmp_path.iterdir()] == ["ready.json"]
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
        assert (process.returncode, errors) == (0, "")


def test_the_commands_of_the_page_work_as_printed(tmp_path: Path) -> None:
    with serving("--ready-file", str(tmp_path / "ready.json"), "--token", "t") as process:
        page = read_until(process, "Stop with Ctrl-C")
        bodies = [
            json.loads(line.partition("--json ")[2].strip("'"))
            for line in page.splitlines()
            if "--json" in line
        ]
        control = json.loads((tmp_path / "ready.json").read_text())["control_url"]
        headers = {"Authorization": "Bearer t"}
        assert httpx.post(f"{control}/tenants", json=bodies[0], headers=headers).is_success
        made = httpx.put(f"{control}/tenants/acme/apps/portal", json=bodies[1], headers=headers)
        assert made.json()["sso_url"].startswith("http"), made.text


def test_shutdown_by_the_control_api(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with serving("--ready-file", str(ready), "--token", "t") as process:
        read_until(process, "Stop with Ctrl-C")
        control = json.loads(ready.read_text())["control_url"]
        answer = httpx.post(f"{control}/shutdown", headers={"Authorization": "Bearer t"})
        assert answer.json() == {"status": "stopping"}
        _, errors = process.communicate(timeout=20)
        assert (process.returncode, errors) == (0, "")


def test_a_taken_port_is_one_sentence_and_exit_2() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for options in (("--port", port, "--control-port", "0"), ("--port", "0", "--control-port", port)):
            done = run("serve", *options)
            assert (done.returncode, done.stdout) == (2, "")
            assert len(done.stderr.splitlines()) == 1
            assert f"port {port}" in done.stderr
            assert "the port is taken" in done.stderr


@pytest.mark.parametrize("arguments", [("serve", "--port", "x"), ("serve", "--prot", "1"), ("serv",)])
def test_a_wrong_option_is_one_sentence_and_exit_2(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_catalog_prints_what_the_control_api_answers() -> None:
    done = run("catalog")
    assert done.returncode == 0
    assert set(json.loads(done.stdout)) == {"faults", "stages", "personalities", "personas", "settings"}


def test_https_with_a_throw_away_ca(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with serving("--ready-file", str(ready), "--tls", "--token", "t") as process:
        read_until(process, "Stop with Ctrl-C")
        facts = json.loads(ready.read_text())
        ca = Path(facts["ca_file"])
        key_mode = (ca.parent / "server-key.pem").stat().st_mode
        assert stat.S_IMODE(key_mode) == 0o600
        headers = {"Authorization": "Bearer t"}
        body = {"personality": "okta", "name": "acme"}
        made = httpx.post(f"{facts['control_url']}/tenants", headers=headers, json=body).json()
        context = ssl.create_default_context(cafile=str(ca))
        document = httpx.get(made["urls"]["discovery_url"], verify=context).json()
        assert document["issuer"] == made["base_url"]
        assert made["base_url"].startswith("https://127.0.0.1:")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert not ca.exists()


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    options = [
        "serve",
        "--port",
        "0",
        "--control-port",
        "0",
        "--exit-with-parent",
        "--ready-file",
        str(ready),
    ]
    script = (
        "import subprocess, sys\n"
        f"command = [sys.executable, '-m', 'mock_idp', *{options!r}]\n"
        "child = subprocess.Popen(command, stdout=subprocess.PIPE)\n"
        "assert any(b'Stop with Ctrl-C' in line for line in child.stdout)\n"
    )
    # The grandchild inherits stderr, so this returns once the grandchild is gone, too.
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, stderr=subprocess.PIPE, check=True, timeout=60, env=ENVIRONMENT)
    with pytest.raises(httpx.ConnectError):
        httpx.get(json.loads(ready.read_text())["control_url"])
    assert b"Traceback" not in done.stderr
