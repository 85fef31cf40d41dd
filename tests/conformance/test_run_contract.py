"""The command line keeps its contract: exit statuses, one clear sentence, the stream, no process left."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.engine.controller import idp_options
from conformance.engine.settings import ROOT, RunSettings
from conformance.launch import IdpOptions


def run(*options: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance", *options],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def lines(run_dir: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (run_dir / "run.jsonl").read_text().splitlines()]


def children_of(pid: int) -> list[str]:
    """Command lines of processes that this run has started, told by the marker in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != pid:
            try:
                environment = (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if f"RUN_MARKER={pid}-".encode() in environment and command:
                found.append(command)
    return found


def test_a_green_run_writes_stream_and_reports(tmp_path: Path) -> None:
    done = run(
        "run", "-c", "journeys.correct-login.saml-user", "-a", "http", "-n", "0", "--artifacts", str(tmp_path)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    latest = tmp_path / "latest"
    header, *verdicts, footer = lines(latest)
    assert (header["type"], header["target"]) == ("header", "platform_stub")
    assert [v["verdict"] for v in verdicts] == ["pass", "pass"]
    assert {
        "case",
        "personality",
        "agent",
        "severity",
        "level",
        "expected",
        "observed",
        "duration_ms",
        "evidence",
    } <= set(verdicts[0])
    assert (footer["collected"], footer["executed"], footer["gate"]) == (2, 2, "green")
    assert {"report.html", "junit.xml", "summary.md"} <= {path.name for path in latest.iterdir()}


@pytest.mark.parametrize("agent", ["http", "chromium"])
def test_the_idp_can_have_https_at_a_port_and_with_an_authority_known_before(
    agent: str, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = subprocess.run(
        [sys.executable, "-m", "mock_idp", "certificates", str(tmp_path / "ca")], check=True, text=True
    )
    assert made.returncode == 0
    authority = (tmp_path / "ca" / "ca.pem").read_bytes()
    done = run(
        *("run", "-c", "journeys.correct-login.*-user", "-p", "okta", "-a", agent, "-n", "0"),
        *("--artifacts", str(tmp_path), "--idp-port", str(port), "--idp-ca-dir", str(tmp_path / "ca")),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    _, *verdicts, footer = lines(tmp_path / "latest")
    assert (len(verdicts), footer["gate"]) == (2, "green")
    assert (tmp_path / "ca" / "ca.pem").read_bytes() == authority
    seen = [
        path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.suffix in {".json", ".md"}
    ]
    assert any(f"https://127.0.0.1:{port}/t/" in text for text in seen)
    assert not any(f"http://127.0.0.1:{port}/" in text for text in seen)


def test_the_command_line_is_laid_over_what_the_target_file_says_of_the_idp(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    text = (ROOT / "targets" / "platform_stub.yaml").read_text()
    path.write_text(text + "\nidp: {tls: true, port: 8443, ca_dir: kept}\n")
    said = RunSettings(target=str(path))
    assert idp_options(said) == IdpOptions(tls=True, port=8443, ca_dir="kept")
    assert idp_options(replace(said, idp_port=9443, idp_ca_dir="other")).words() == [
        *("--port", "9443", "--control-port", "0", "--tls", "--tls-dir", "other")
    ]
    assert idp_options(RunSettings(target="adapters.mine:Target")) == IdpOptions()


def test_a_planted_weakness_makes_the_run_red(tmp_path: Path) -> None:
    done = run(
        *(
            "run",
            "-c",
            "saml.conditions.audience-wrong",
            "-p",
            "okta",
            "-n",
            "0",
            "--artifacts",
            str(tmp_path),
        ),
        *("--weakness", "saml-audience-not-checked"),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    footer = lines(tmp_path / "latest")[-1]
    assert footer["gate"] == "red"
    assert footer["why"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--case", "saml.audiance"], "no case fits `saml.audiance`"),
        (["--target", "targets/mine.yaml"], "there is no target file targets/mine.yaml"),
        (["--weakness", "no-such-weakness"], "no-such-weakness"),
        (["--personality", "auth0"], "no case is left"),
    ],
)
def test_what_cannot_run_exits_2_with_a_sentence(options: list[str], told: str, tmp_path: Path) -> None:
    done = run("run", "-n", "0", "--artifacts", str(tmp_path), *options)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_an_unreachable_target_exits_2(tmp_path: Path) -> None:
    text = (ROOT / "targets" / "platform_stub.yaml").read_text()
    path = tmp_path / "gone.yaml"
    path.write_text(
        text.replace("launch: platform_stub", "launch: ''")
        .replace('"{platform_url}"', "http://127.0.0.1:9")
        .replace("{care_url}", "http://127.0.0.1:9")
        .replace("{operator_token}", "t")
    )
    done = run("run", "-n", "0", "--artifacts", str(tmp_path), "--target", str(path))
    assert done.returncode == 2
    assert "ping, step 1: GET http://127.0.0.1:9/health" in done.stderr


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_broken_off_has_no_footer_and_leaves_nothing_running(
    signal_number: signal.Signals, tmp_path: Path
) -> None:
    marker = f"{os.getpid()}-{signal_number}"
    # a shell's background job ignores Ctrl-C, and so would the run that its tests start
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", "run", "-a", "http", "-n", "0", "--artifacts", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "RUN_MARKER": marker},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    stream = tmp_path / "latest" / "run.jsonl"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (not stream.exists() or stream.read_text().count("\n") < 3):
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.02)  # waits for the third line of the stream; the deadline bounds it
    process.send_signal(signal_number)
    _, told = process.communicate(timeout=30)
    if signal_number is not signal.SIGKILL:
        assert process.returncode == 2
        assert "interrupted" in told
    deadline = time.monotonic() + 10
    while children_of(os.getpid()) and time.monotonic() < deadline:
        time.sleep(0.05)  # orphans notice within half a second that their parent is gone
    assert not children_of(os.getpid())
    assert all(line["type"] != "footer" for line in lines_so_far(stream))
    done = run("report", str(tmp_path / "latest"))
    assert done.returncode == 1
    assert "TRUNCATED" in done.stdout.upper()


def lines_so_far(stream: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.read_text().splitlines() if line.endswith("}")]
