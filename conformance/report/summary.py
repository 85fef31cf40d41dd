"""Renders a run as Markdown for the summary of a CI step: headline, counts, what failed, where to look."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from conformance.evidence.stream import GREEN, RunStream, VerdictRecord
from conformance.report.calendars import sentence
from conformance.report.text import (
    LABELS,
    SEVERITIES,
    STATES,
    SYMBOLS,
    plural,
    safe_url,
    shorten,
    state_of,
    unexpected_pass,
    visible,
)
from conformance.report.view import headline, subline

_MOST_ROWS = 60  # CI services cut a step summary at about a megabyte
_LONGEST = 240


def summary(stream: RunStream) -> str:
    """Return a `visible_stream` as GitHub-flavoured Markdown, every text escaped and on one line."""
    return "\n".join(_lines(stream, stream.verdicts)) + "\n"


def _lines(stream: RunStream, records: Sequence[VerdictRecord]) -> Iterator[str]:
    green = stream.colour == GREEN
    yield f"# {'✅ GREEN' if green else '❌ RED'}: {_text(headline(stream))}"
    yield ""
    header = stream.header
    yield f"**{_text(header.target)}** · {_text(header.suite)} · {_text(header.started)}  "
    yield _text(subline(stream))
    yield ""
    yield from _counts(records)
    if stream.why:
        yield "## Why it is red"
        yield ""
        yield from (f"- {_text(reason)}" for reason in stream.why)
        yield ""
    blocking = [record for record in records if record.blocking or unexpected_pass(record)]
    yield from _table("What blocks the release", blocking)
    yield from _rehearsals(records)
    yield from _known([record for record in records if state_of(record) == "known"])
    yield from _table("Warnings", [record for record in records if state_of(record) == "warn"])
    yield "The full report is `report.html` in the run's artifacts, with requirement, trace, diff and a "
    yield "command for each run; `junit.xml` and `run.jsonl` are beside it."


def _counts(records: Sequence[VerdictRecord]) -> Iterator[str]:
    counts = Counter(state_of(record) for record in records)
    states = [state for state in STATES if counts[state]] or ["pass"]
    yield "| " + " | ".join(f"{SYMBOLS[state]} {LABELS[state]}" for state in states) + " |"
    yield "|" + " ---: |" * len(states)
    yield "| " + " | ".join(f"{counts[state]:,}" for state in states) + " |"
    yield ""


def _table(title: str, records: Sequence[VerdictRecord]) -> Iterator[str]:
    if not records:
        return
    yield f"## {title}"
    yield ""
    yield "| Verdict | Severity | Run | Expected | Observed | Why |"
    yield "| --- | --- | --- | --- | --- | --- |"
    rows = _alike(records)
    for alike in rows[:_MOST_ROWS]:
        record = alike[0]
        state = state_of(record)
        verdict = f"{SYMBOLS[state]} {'unexpected pass' if unexpected_pass(record) else LABELS[state]}"
        cells = (record.expected, record.observed, record.reason)
        where = ", ".join(f"{one.personality} {one.agent}" for one in alike)
        run = f"{_text(record.title)}<br>{_text(record.case)}<br>{_text(where)}"
        yield f"| {verdict} | {record.severity.value} | {run} | " + " | ".join(map(_text, cells)) + " |"
    if len(rows) > _MOST_ROWS:
        yield ""
        yield f"… and {len(rows) - _MOST_ROWS} more in `report.html`."
    yield ""


def _rehearsals(records: Sequence[VerdictRecord]) -> Iterator[str]:
    played = [record for record in records if isinstance(record.extra.get("rehearsal"), dict)]
    if not played:
        return
    yield "## Rehearsals with the clock"
    yield ""
    yield "| Rehearsal | Run | Logins |"
    yield "| --- | --- | --- |"
    for record in played[:_MOST_ROWS]:
        told = sentence(record.extra["rehearsal"])
        where = f"{record.personality} {record.agent}"
        yield f"| {_text(record.title)} | {_text(where)} | {_text(told)} |"
    yield ""


def _alike(records: Sequence[VerdictRecord]) -> list[list[VerdictRecord]]:
    """Group runs of a case that differ in their parameters only, worst first."""
    groups: dict[tuple[str, ...], list[VerdictRecord]] = {}
    for record in sorted(records, key=lambda record: (SEVERITIES.index(record.severity.value), record.id)):
        key = (record.case, record.verdict, record.severity, record.expected, record.observed, record.reason)
        groups.setdefault(key, []).append(record)
    return list(groups.values())


def _known(records: Sequence[VerdictRecord]) -> Iterator[str]:
    if not records:
        return
    yield "## Known failures"
    yield ""
    for record in records[:_MOST_ROWS]:
        if record.known is not None:
            yield (
                f"- {_text(record.id)}: {_text(record.known.reason)} "
                f"({_link(record.known.issue)}, until {_text(record.known.expires)})"
            )
    if len(records) > _MOST_ROWS:
        yield f"- … and {plural(len(records) - _MOST_ROWS, 'more run')} in `report.html`."
    yield ""


def _text(text: str) -> str:
    """Escape what Markdown or HTML would act on; line breaks become spaces, for the sake of tables."""
    line = shorten(visible(text), _LONGEST)
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = re.sub(r"([\\`*_{}\[\]()#|~!$])", r"\\\1", line)
    return line.replace("@", "&#64;").replace(
        "://", "&#58;//"
    )  # no mentions, no links of the target's making


def _link(url: str) -> str:
    safe = safe_url(url)
    return f"<{safe}>" if safe and not re.search(r"[\s<>|]", safe) else _text(url)
