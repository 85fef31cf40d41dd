"""Renders a run in the terminal with Rich: progress while it goes on, a table after it, one run in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.table import Table
from rich.text import Text

from conformance.evidence.stream import BROKEN, GREEN, RunStream, VerdictRecord, parse_record
from conformance.report.references import link
from conformance.report.text import (
    LABELS,
    STATES,
    SYMBOLS,
    duration,
    plural,
    state_of,
    unexpected_pass,
    visible,
    visible_record,
)
from conformance.report.view import group_name, headline, subline

_STYLES = {
    "fail": "bold red",
    "error": "bold magenta",
    "inconclusive": "magenta",
    "warn": "yellow",
    "known": "blue",
    "pass": "green",
    "not_applicable": "dim",
}
_PLAIN_STEPS = 10  # a log without a terminal gets a line for each tenth of the run


def summary_table(stream: RunStream) -> RenderableType:
    """Return the headline, runs by scenario file and verdict, and each reason to be red."""
    records = [visible_record(record) for record in stream.verdicts]
    counts: dict[str, Counter[str]] = {}
    for record in records:
        counts.setdefault(group_name(record), Counter())[state_of(record)] += 1
    total = sum(counts.values(), Counter())
    states = [state for state in STATES if total[state]]
    table = Table(box=None, pad_edge=False, show_footer=bool(counts))
    table.add_column("scenarios", footer="all")
    for state in states:
        table.add_column(
            Text(f"{SYMBOLS[state]} {LABELS[state]}", style=_STYLES[state]),
            footer=str(total[state]),
            justify="right",
        )
    for name, row in sorted(counts.items()):
        table.add_row(Text(name), *(str(row[state]) if row[state] else Text("·", "dim") for state in states))
    green = stream.colour == GREEN
    head = Text.assemble(
        (" GREEN " if green else " RED ", "bold white on green" if green else "bold white on red"),
        "  ",
        (visible(headline(stream)), "bold"),
    )
    broken = [record for record in records if record.blocking or unexpected_pass(record)]
    return Group(
        table,
        *([Text(), *(_line(record) for record in broken)] if broken else []),
        Text(),
        head,
        Text(visible(subline(stream))),
        *(Text(f"  - {visible(reason)}") for reason in stream.why),
    )


def show(record: VerdictRecord) -> RenderableType:
    """Return one run in full: the requirement, what was expected and seen, the checks, the evidence."""
    record = visible_record(record)
    state = state_of(record)
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _facts(record):
        if value:
            facts.add_row(Text(name), Text(value))
    parts: list[RenderableType] = [
        Text.assemble((f"{SYMBOLS[state]} {LABELS[state]}", _STYLES[state]), "  ", (record.title, "bold")),
        Text(record.id, style="dim"),
        Text(),
        facts,
    ]
    if record.checks:
        parts += [Text(), _checks(record)]
    if record.evidence:
        parts += [Text(), Text("Evidence", style="bold")]
        parts += [
            Text(f"  {reference.path}  ({reference.bytes:,} bytes, sha256 {reference.sha256[:12]}…)")
            for reference in record.evidence
        ]
    if record.repro:
        parts += [Text(), Text("Reproduce", style="bold"), Padding(Text(record.repro), (0, 0, 0, 2))]
    return Group(*parts)


class Progress:
    """Shows a run while it goes on: a bar on a terminal, else a line per tenth, and a line per broken run.

    A context manager; `update` takes each verdict as it comes, typed or as it goes to the stream.
    """

    def __init__(self, total: int, console: Console | None = None) -> None:
        self._total = total
        self._console = console or Console(stderr=True)
        self._states: Counter[str] = Counter()
        self._done = 0
        self._bar = (
            RichProgress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
            )
            if self._console.is_terminal
            else None
        )
        self._task = self._bar.add_task("running", total=total) if self._bar else None

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def update(self, record: VerdictRecord | Mapping[str, Any]) -> None:
        """Count one verdict, and tell about it at once when it is broken."""
        typed = visible_record(record if isinstance(record, VerdictRecord) else parse_record(record))
        self._done += 1
        self._states[state_of(typed)] += 1
        if typed.verdict in BROKEN or unexpected_pass(typed):
            self._console.print(_line(typed), soft_wrap=True)
        if self._bar and self._task is not None:
            self._bar.update(self._task, completed=self._done, description=self._counts())
        elif self._crosses_a_tenth():
            share = 100 * self._done // self._total if self._total else 100
            self._console.print(
                Text(f"{share:3d} %  {self._done} of {plural(self._total, 'run')}  {self._counts()}"),
                soft_wrap=True,
            )

    def _counts(self) -> str:
        return "  ".join(f"{self._states[state]} {LABELS[state]}" for state in STATES if self._states[state])

    def _crosses_a_tenth(self) -> bool:
        def tenth(done: int) -> int:
            return done * _PLAIN_STEPS // max(1, self._total)

        return tenth(self._done) > tenth(self._done - 1)


def _line(record: VerdictRecord) -> Text:
    """Return a broken run on one line."""
    state = state_of(record)
    label = "unexpected pass" if unexpected_pass(record) else LABELS[state]
    return Text.assemble(
        (f"{SYMBOLS[state]} {label}", _STYLES[state]),
        f"  {record.severity.value}  {record.id}: {_outcome(record)}",
        f" ({record.reason})" if record.reason else "",
    )


def _outcome(record: VerdictRecord) -> str:
    """Say what was expected and seen; an error of the harness has neither, and its reason tells all."""
    if not (record.expected or record.observed):
        return "nothing was seen"
    return f"expected {record.expected}, observed {record.observed}"


def _facts(record: VerdictRecord) -> list[tuple[str, str]]:
    known = record.known
    return [
        ("requirement", record.requirement),
        ("why it matters", record.why),
        ("references", "\n".join(f"{ref}  {link(ref).url}".rstrip() for ref in record.refs)),
        ("basis", record.basis),
        ("severity", f"{record.severity.value}, {record.level.value}"),
        ("class", " · ".join(filter(None, (record.cls, record.protocol, record.surface)))),
        ("expected", record.expected),
        ("observed", record.observed),
        ("reason", record.reason),
        ("known failure", f"{known.reason} ({known.issue}, until {known.expires})" if known else ""),
        ("how to fix", record.fix),
        ("took", duration(record.duration_ms)),
        ("declared in", f"{record.file}:{record.line}" if record.file else ""),
    ]


def _checks(record: VerdictRecord) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("check", "expected", "observed", "verdict", "reason"):
        table.add_column(column, overflow="fold")
    for check in record.checks:
        verdict = check.verdict.value
        table.add_row(
            Text(check.title),
            Text(check.expected),
            Text(check.observed),
            Text(f"{SYMBOLS[verdict]} {LABELS[verdict]}", style=_STYLES[verdict]),
            Text(check.reason),
        )
    return table
