"""Renders a run as JUnit XML for CI systems: a testsuite per scenario file, a testcase per run."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from conformance.evidence.stream import GREEN, RunStream, VerdictRecord
from conformance.model import Verdict
from conformance.report.text import state_of, unexpected_pass, visible
from conformance.report.view import group_name, headline


def junit(stream: RunStream) -> str:
    """Return a `visible_stream` as JUnit XML.

    fail, inconclusive and an unexpected pass are failures (the verdict is the type), error is an error,
    not_applicable and known failures are skipped, warn passes and says so in system-out. A red run adds the
    suite `gate` with one failure, so that whoever reads only this file cannot see green.
    """
    root = ET.Element("testsuites", name=visible(stream.header.suite))
    groups: dict[str, list[VerdictRecord]] = {}
    for record in stream.verdicts:
        groups.setdefault(group_name(record), []).append(record)
    for name, records in sorted(groups.items()):
        suite = ET.SubElement(root, "testsuite", name=name, timestamp=_timestamp(stream))
        for record in records:
            _testcase(suite, name, record)
        _count(suite, sum(record.duration_ms for record in records))
    if stream.colour != GREEN:
        _gate(root, stream)
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", _seconds(sum(record.duration_ms for record in stream.verdicts)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _testcase(suite: ET.Element, group: str, record: VerdictRecord) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=group.replace("/", "."),
        name=record.id,
        time=_seconds(record.duration_ms),
    )
    if record.file:
        case.set("file", record.file)
        case.set("line", str(record.line))
    state = state_of(record)
    reason = record.reason or f"expected {record.expected}, observed {record.observed}"
    if unexpected_pass(record):
        _outcome(case, "failure", "unexpected pass", "listed as a known failure, but passes", record)
    elif state in {"fail", "inconclusive"}:
        _outcome(case, "failure", state, reason, record)
    elif state == "error":
        _outcome(case, "error", state, reason, record)
    elif state == "known" and record.known is not None:
        message = f"known failure until {record.known.expires}: {record.known.reason} ({record.known.issue})"
        ET.SubElement(case, "skipped", message=message)
    elif state == "not_applicable":
        ET.SubElement(case, "skipped", message=f"not applicable: {reason}")
    output = _output(record)
    if output:
        ET.SubElement(case, "system-out").text = output


def _outcome(case: ET.Element, tag: str, kind: str, message: str, record: VerdictRecord) -> None:
    outcome = ET.SubElement(case, tag, type=kind, message=f"{record.severity.value}: {message}")
    lines = [
        record.title,
        f"requirement: {record.requirement}",
        f"references:  {', '.join(record.refs)}",
        f"expected:    {record.expected}",
        f"observed:    {record.observed}",
        f"reason:      {record.reason}",
    ]
    outcome.text = "\n".join(lines)


def _output(record: VerdictRecord) -> str:
    lines = []
    if record.verdict is Verdict.WARN:
        lines.append(
            f"WARN ({record.level}): expected {record.expected}, observed {record.observed}. {record.reason}"
        )
    if record.repro:
        lines.append(f"reproduce: {record.repro}")
    lines.extend(f"evidence: {reference.path}" for reference in record.evidence)
    return "\n".join(lines)


def _gate(root: ET.Element, stream: RunStream) -> None:
    suite = ET.SubElement(root, "testsuite", name="gate", timestamp=_timestamp(stream))
    case = ET.SubElement(suite, "testcase", classname="gate", name="release gate", time="0")
    failure = ET.SubElement(case, "failure", type="gate", message=visible(headline(stream)))
    failure.text = "\n".join(visible(reason) for reason in stream.why)
    _count(suite, 0)


def _count(suite: ET.Element, milliseconds: float) -> None:
    cases: Sequence[ET.Element] = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", _seconds(milliseconds))


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}"


def _timestamp(stream: RunStream) -> str:
    return visible(stream.header.started)
