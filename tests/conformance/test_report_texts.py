"""JUnit, Markdown and terminal: the same run, escaped for whoever reads it."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console, RenderableType

from conformance.evidence.stream import RunStream, StreamWriter, parse_record, read_stream
from conformance.report import build
from conformance.report.terminal import Progress, show, summary_table
from conformance.report.text import visible
from tests.conformance.sample_run import HOSTILE, KNOWN, record, write_footer, write_sample


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build(write_sample(tmp_path_factory.mktemp("run")))


@pytest.fixture
def junit(run: dict[str, Path]) -> ET.Element:
    return _parse(run["junit"])


@pytest.fixture
def markdown(run: dict[str, Path]) -> str:
    return run["summary"].read_text(encoding="utf-8")


def _stream(path: Path, *records: dict[str, object], footer: bool = True) -> RunStream:
    writer = StreamWriter(path / "run.jsonl")
    writer.header("suite", "target", "2026-03-04T12:00:00Z")
    for item in records:
        writer.verdict(item)
    if footer:
        write_footer(writer, list(records))
    else:
        writer.close()
    return read_stream(path / "run.jsonl")


def _parse(path: Path) -> ET.Element:
    return ET.fromstring(path.read_bytes())  # noqa: S314 - a file that this test has just written


def _plain(thing: RenderableType, *, terminal: bool = False) -> str:
    console = Console(file=io.StringIO(), width=160, force_terminal=terminal)
    console.print(thing)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_junit_counts_and_maps_every_verdict(junit: ET.Element) -> None:
    totals = [junit.get(key) for key in ("tests", "failures", "errors", "skipped")]
    assert totals == ["18", "8", "1", "2"]  # 17 runs and the gate
    types = sorted(failure.get("type", "") for failure in junit.iter("failure"))
    assert types == ["fail"] * 6 + ["gate", "inconclusive"]
    assert [error.get("type") for error in junit.iter("error")] == ["error"]
    skipped = sorted(skip.get("message", "") for skip in junit.iter("skipped"))
    assert skipped[0].startswith("known failure until 2099-12-31: The library accepts")
    assert skipped[1] == "not applicable: the target has no capability 'rp_logout'"


def test_junit_has_a_suite_per_scenario_file(junit: ET.Element) -> None:
    names = [suite.get("name") for suite in junit]
    assert names == [
        "lifecycle",
        "oidc/logout",
        "oidc/request",
        "oidc/token",
        "saml/assertion",
        "saml/wrapping",
        "gate",
    ]
    case = junit.findall("testsuite[@name='saml/assertion']/testcase")[0]
    assert case.get("name") == "saml.assertion.audience-other-sp[okta-http]"
    assert case.get("classname") == "saml.assertion"
    assert "reproduce: make conformance CASE=saml.assertion" in (case.findtext("system-out") or "")


def test_junit_is_xml_whatever_the_target_wrote(junit: ET.Element) -> None:
    texts = [error.text or "" for error in junit.iter("error")]
    assert visible(HOSTILE) in texts[0]


def test_junit_tells_warnings_and_unexpected_passes(tmp_path: Path) -> None:
    _stream(tmp_path, record("a.b", "warn", level="SHOULD"), record("a.c", known=KNOWN))
    root = _parse(build(tmp_path)["junit"])
    warned, passed = root.iter("testcase")
    assert (warned.findtext("system-out") or "").startswith("WARN (SHOULD): expected refused")
    assert warned.find("failure") is None
    failure = passed.find("failure")
    assert failure is not None
    assert failure.get("type") == "unexpected pass"


def test_junit_without_an_end_is_red(tmp_path: Path) -> None:
    _stream(tmp_path, record("a.b"), footer=False)
    root = _parse(build(tmp_path)["junit"])
    gate = root.find("testsuite[@name='gate']/testcase/failure")
    assert gate is not None
    assert gate.get("message") == "TRUNCATED: the run ended before its footer"


def test_the_summary_tells_what_blocks(markdown: str) -> None:
    assert markdown.startswith("# ❌ RED: 4 cases block the release\n")
    assert "| ✗ fail | ! error | ? inconclusive |" in markdown
    assert "\n| 6 | 1 | 1 | 1 | 1 | 6 | 1 |\n" in markdown
    rows = [line for line in markdown.splitlines() if line.startswith("| ✗ fail | critical")]
    assert len(rows) == 1
    assert "saml.wrapping.xsw3<br>entra http, okta http |" in rows[0]
    assert "<https://tracker.example/issues/42>, until 2099-12-31" in markdown
    assert "## Warnings" in markdown


def test_the_summary_is_escaped(markdown: str) -> None:
    assert "<script" not in markdown
    assert "<img" not in markdown
    assert "&lt;script&gt;alert\\(1\\)" in markdown
    rows = [line for line in markdown.splitlines() if line.startswith("| ! error | high")]
    assert len(rows) == 1
    assert len(rows[0].replace("\\|", "").split("|")) == 8


def test_the_summary_of_a_green_and_of_a_truncated_run(tmp_path: Path) -> None:
    for name, footer, start in (
        ("green", True, "# ✅ GREEN: Nothing blocks the release"),
        ("cut", False, "# ❌ RED: TRUNCATED: the run ended before its footer"),
    ):
        _stream(tmp_path / name, record("a.b"), footer=footer)
        assert build(tmp_path / name)["summary"].read_text(encoding="utf-8").startswith(start)


def test_the_summary_stays_small(tmp_path: Path) -> None:
    _stream(tmp_path, *(record(f"a.b{number}", "fail", reason="x" * 5_000) for number in range(300)))
    text = build(tmp_path)["summary"].read_text(encoding="utf-8")
    assert "… and 240 more in `report.html`." in text
    assert len(text) < 100_000


def test_the_table_after_a_run(run: dict[str, Path]) -> None:
    text = _plain(summary_table(read_stream(run["html"].parent / "run.jsonl")))
    assert "RED   4 cases block the release" in text
    assert "saml/assertion" in text
    assert "saml.wrapping.xsw3[okta-http]: expected refused" in text
    assert "  - 6 runs broke a requirement." in text


def test_one_run_in_full() -> None:
    failing = record(
        "saml.a.b",
        "fail",
        known=KNOWN,
        checks=[{"title": "c", "expected": "e", "observed": "o", "verdict": "fail", "reason": "r"}],
        evidence=[{"name": "a", "path": "evidence/x/a", "sha256": "ab" * 32, "bytes": 10}],
    )
    text = _plain(show(parse_record(failing)))
    for part in (
        "◆ known failure",
        "saml.a.b[okta-http]",
        "saml-core-2.0-os.pdf",
        "high, MUST",
        "until 2099-12-31",
        "scenarios/saml/a.yaml:12",
        "evidence/x/a  (10 bytes, sha256 abababababab…)",
        "make conformance CASE=saml.a.b",
    ):
        assert part in text


def test_the_terminal_is_not_driven_by_the_target() -> None:
    hostile = parse_record(record("a.b", "fail", title="[bold red]x[/]", observed=HOSTILE, repro="[link=x]"))
    text = _plain(show(hostile))
    assert "[bold red]x[/]" in text
    assert "[link=x]" in text
    assert "\\x1b[31m" in text
    assert "\x1b" not in text


def test_progress_in_a_log_is_a_line_per_tenth_and_per_failure() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=False)
    with Progress(20, console) as progress:
        for number in range(20):
            progress.update(record(f"a.b{number}", "fail" if number == 4 else "pass"))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert len(lines) == 11
    assert lines[2].startswith("✗ fail  high  a.b4[okta-http]: expected refused, observed refused at")
    assert lines[-1] == "100 %  20 of 20 runs  1 fail  19 pass"


def test_progress_on_a_terminal_is_a_bar() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True)
    with Progress(2, console) as progress:
        progress.update(parse_record(record("a.b")))
        progress.update(parse_record(record("a.c", "fail")))
    assert isinstance(console.file, io.StringIO)
    assert "2/2" in console.file.getvalue()
    assert "a.c[okta-http]" in console.file.getvalue()
