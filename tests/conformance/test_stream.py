"""The run stream: written in order, read closed, and a gate that never says green by accident."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.evidence.stream import (
    GREEN,
    RED,
    RunStream,
    StreamError,
    StreamWriter,
    gate,
    read_stream,
    record_of,
    tally,
)
from conformance.model import (
    Basis,
    Case,
    Check,
    Expected,
    Level,
    Result,
    Run,
    Severity,
    Verdict,
)
from tests.conformance.sample_run import HOSTILE, KNOWN, PLANTED, record, write_footer, write_sample

HEADER = '{"type":"header","suite":"s","target":"t","started":"2026-03-04T12:00:00Z"}'
FOOTER = '{"type":"footer","collected":1,"executed":1,"verdicts":{"pass":1},"gate":"green","why":[]}'
VERDICT = json.dumps({"type": "verdict", **record("saml.a.b")})


def _write(path: Path, *records: dict[str, Any]) -> RunStream:
    writer = StreamWriter(path)
    writer.header("suite", "target", "2026-03-04T12:00:00Z")
    for item in records:
        writer.verdict(item)
    write_footer(writer, list(records))
    return read_stream(path)


def _read(tmp_path: Path, *lines: str, end: str = "\n") -> RunStream:
    path = tmp_path / "run.jsonl"
    path.write_text("\n".join(lines) + end, encoding="utf-8")
    return read_stream(path)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    stream = read_stream(write_sample(tmp_path) / "run.jsonl")
    assert (stream.header.suite, stream.header.target) == ("conformance 0.1.0", "platform_stub")
    assert stream.header.extra == {"version": "0.1.0", "commit": "3f2c9ab", "weaknesses": list(PLANTED)}
    assert stream.footer is not None
    assert stream.footer.extra == {"duration_ms": 48_200}
    assert not stream.truncated
    assert stream.colour == RED
    assert stream.counts == stream.footer.verdicts
    assert stream.known == {"fail": 1}
    first = stream.verdicts[0]
    assert first.id == "saml.assertion.audience-other-sp[okta-http]"
    assert first.verdict is Verdict.FAIL
    assert first.blocking
    assert first.cls == "audience"
    assert [check.verdict for check in first.checks] == [Verdict.PASS, Verdict.FAIL]
    assert {reference.name for reference in first.evidence} >= {"trace.json", "message.diff", "repro.md"}


def test_each_line_is_on_disk_at_once_and_begins_with_its_type(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    writer = StreamWriter(path)
    writer.header("suite", "target", "now")
    assert path.read_text(encoding="utf-8").startswith('{"type": "header"')
    writer.verdict(record("saml.a.b"))
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2
    writer.close()


def test_hostile_and_secret_texts_survive_the_stream(tmp_path: Path) -> None:
    stream = _write(tmp_path / "run.jsonl", record("saml.a.b", observed=HOSTILE, reason="pass=hunter22"))
    assert stream.verdicts[0].observed == HOSTILE
    assert stream.verdicts[0].reason == "pass=«redacted:password»"


def test_unknown_keys_of_a_verdict_are_kept(tmp_path: Path) -> None:
    assert _write(tmp_path / "run.jsonl", record("a.b", shard="3/8")).verdicts[0].extra == {"shard": "3/8"}


def test_the_writer_keeps_the_order(tmp_path: Path) -> None:
    writer = StreamWriter(tmp_path / "run.jsonl")
    with pytest.raises(StreamError, match=r"verdict cannot be written .* one header, then verdicts"):
        writer.verdict(record("saml.a.b"))
    writer.header("suite", "target", "now")
    with pytest.raises(StreamError, match="header cannot be written"):
        writer.header("suite", "target", "now")
    write_footer(writer, [])
    with pytest.raises(StreamError, match="stream is closed"):
        writer.verdict(record("saml.a.b"))


def test_the_writer_refuses_a_verdict_that_nobody_could_read(tmp_path: Path) -> None:
    writer = StreamWriter(tmp_path / "run.jsonl")
    writer.header("suite", "target", "now")
    incomplete = record("saml.a.b")
    del incomplete["severity"]
    with pytest.raises(StreamError, match=r"saml\.a\.b\[okta-http\] cannot be written: .* the key severity"):
        writer.verdict(incomplete)
    with pytest.raises(StreamError, match="'passed', which is none of pass, fail"):
        writer.verdict(record("saml.a.b", "passed"))
    writer.close()


def test_a_stream_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(HEADER, encoding="utf-8")
    with pytest.raises(StreamError, match="never overwritten"):
        StreamWriter(path)


def test_a_stream_without_footer_is_truncated_and_red(tmp_path: Path) -> None:
    stream = _read(tmp_path, HEADER, VERDICT)
    assert stream.truncated
    assert stream.colour == RED
    assert stream.why == ("TRUNCATED: the run ended before its footer, after 1 verdicts.",)


def test_a_half_written_last_line_is_truncated_not_an_error(tmp_path: Path) -> None:
    stream = _read(tmp_path, HEADER, VERDICT, VERDICT[:70], end="")
    assert stream.truncated
    assert len(stream.verdicts) == 1


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "holds no header"),
        ([VERDICT], "line 1: a run stream begins with its header, not with 'verdict'"),
        ([HEADER, "{oops", FOOTER], "line 2: not JSON"),
        ([HEADER, "[1]"], "line 2: a JSON object was expected"),
        ([HEADER, '{"type":"progress"}'], "line 2: type 'progress' is not expected"),
        ([HEADER, HEADER], "line 2: type 'header' is not expected"),
        ([HEADER, VERDICT, FOOTER, VERDICT], "line 4: nothing may follow the footer"),
        ([HEADER, '{"type":"verdict","case":"a"}'], "line 2: a verdict needs the keys personality, agent"),
        ([HEADER, VERDICT.replace('"high"', '"awful"')], "severity is 'awful', which is none of critical"),
        ([HEADER, VERDICT.replace("152.4", '"soon"')], "duration_ms must be a number"),
        (
            [HEADER, VERDICT.replace('"evidence": []', '"evidence": [1]')],
            "each of evidence must be an object",
        ),
        ([HEADER, VERDICT.replace('"checks": []', '"checks": 1')], "checks must be a list"),
        ([HEADER, VERDICT.replace('"surface": "user"', '"surface": 1')], "surface must be text"),
        ([HEADER, FOOTER.replace('"green"', '"amber"')], "line 2: a footer needs collected"),
        (['{"type":"header","suite":"s"}'], "line 1: a header needs suite, target and started"),
    ],
)
def test_damage_is_named_with_its_line(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(StreamError, match=message):
        _read(tmp_path, *lines)


def test_a_missing_stream_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(StreamError, match=r"Give a run directory that holds run\.jsonl"):
        read_stream(tmp_path / "run.jsonl")


def test_green_needs_lines_and_footer_to_agree(tmp_path: Path) -> None:
    assert _read(tmp_path, HEADER, VERDICT, FOOTER).colour == GREEN
    missing = _read(tmp_path, HEADER, FOOTER)
    assert missing.colour == RED
    assert "The stream holds 0 verdicts, its footer counts 1." in missing.why
    twice = _read(tmp_path, HEADER, VERDICT, VERDICT, FOOTER.replace("1", "2"))
    assert twice.why == ("1 runs have more than one verdict, the first is saml.a.b[okta-http].",)
    lying = _read(tmp_path, HEADER, VERDICT.replace('"verdict": "pass"', '"verdict": "fail"'), FOOTER)
    assert "1 run broke a requirement." in lying.why
    mute = _read(tmp_path, HEADER, VERDICT, FOOTER.replace('"green"', '"red"'))
    assert mute.why == ("The footer says 'red' and gives no reason.",)


@pytest.mark.parametrize(
    ("collected", "executed", "verdicts", "known", "why"),
    [
        (3, 3, {"pass": 1, "warn": 1, "not_applicable": 1}, {}, []),
        (1, 1, {"fail": 1}, {"fail": 1}, []),
        (0, 0, {}, {}, ["No run was collected"]),
        (3, 2, {"pass": 2}, {}, ["2 of 3 runs collected gave a verdict"]),
        (2, 2, {"pass": 1}, {}, ["The verdicts add up to 1, but 2 runs were executed"]),
        (2, 2, {"pass": 1, "fail": 1}, {}, ["1 run broke a requirement"]),
        (2, 2, {"fail": 2}, {"fail": 1}, ["1 run broke a requirement"]),
        (2, 2, {"error": 2}, {}, ["2 runs ended in an error"]),
        (1, 1, {"inconclusive": 1}, {}, ["1 run could not be judged"]),
        (1, 1, {"fine": 1}, {}, ["1 verdicts are 'fine'"]),
        (1, 1, {"pass": 1}, {"pass": 1, "fail": 9}, []),
    ],
)
def test_the_gate(
    collected: int, executed: int, verdicts: dict[str, int], known: dict[str, int], why: list[str]
) -> None:
    colour, reasons = gate(collected, executed, verdicts, known=known)
    assert colour == (RED if why else GREEN)
    assert len(reasons) == len(why)
    assert all(reason.startswith(start) for reason, start in zip(reasons, why, strict=True))


def test_a_problem_with_known_failures_reddens() -> None:
    assert gate(1, 1, {"pass": 1}, problems=["Known failure x expired"]) == (RED, ["Known failure x expired"])


def test_tally_counts_every_verdict_and_what_is_excused(tmp_path: Path) -> None:
    stream = _write(tmp_path / "run.jsonl", record("a.b", "fail", known=KNOWN), record("a.c", known=KNOWN))
    assert tally(stream.verdicts) == (
        {"pass": 1, "fail": 1, "warn": 0, "inconclusive": 0, "not_applicable": 0, "error": 0},
        {"fail": 1},
    )


def test_a_result_becomes_a_record_and_back(tmp_path: Path) -> None:
    result = Result(
        run=Run(_case(), "entra", "chromium"),
        verdict=Verdict.WARN,
        severity=Severity.LOW,
        expected="refused",
        observed="admitted as user alice",
        reason="admitted",
        checks=(Check("t", "refused", "admitted", Verdict.WARN, "admitted"),),
        evidence=({"name": "a.txt", "path": "evidence/x/a.txt", "sha256": "0", "bytes": 1},),
        duration_ms=12.345,
    )
    read = _write(tmp_path / "run.jsonl", record_of(result, repro="make x", known=KNOWN)).verdicts[0]
    assert read.id == result.run.id
    assert (read.verdict, read.severity, read.level) == (Verdict.WARN, Severity.LOW, Level.SHOULD)
    assert (read.refs, read.cls, read.basis) == (("RFC9700-4.7",), "session", "standard")
    assert (read.duration_ms, read.repro, read.line) == (12.3, "make x", 7)
    assert read.known is not None
    assert read.known.issue == KNOWN["issue"]
    assert read.extra == {}


def _case() -> Case:
    return Case(
        id="oidc.session.x",
        row="oidc.session.x",
        title="title",
        requirement="requirement",
        why="why",
        refs=("RFC9700-4.7",),
        basis=Basis.STANDARD,
        level=Level.SHOULD,
        severity=Severity.LOW,
        cls="session",
        protocol="oidc",
        personalities=("entra",),
        agents=("chromium",),
        expect=Expected.REFUSED,
        place=None,
        says=(),
        surface="user",
        persona="mallory",
        victim="alice",
        fault=None,
        given=(),
        steps=(),
        start="enabled",
        crowd=0,
        needs=frozenset(),
        destructive=False,
        covers=(),
        was=(),
        fix="fix",
        file="scenarios/oidc/session.yaml",
        line=7,
    )
