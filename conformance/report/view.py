"""Arranges a run stream for reading: what blocks, the matrix, the cases. Markup is in the templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from conformance.evidence.stream import GREEN, TRUNCATED, Footer, RunStream, VerdictRecord
from conformance.report.evidence import EvidenceReader, Shown
from conformance.report.references import Link, link
from conformance.report.text import (
    SEVERITIES,
    STATES,
    anchor,
    duration,
    moment,
    plural,
    shorten,
    state_of,
    unexpected_pass,
    visible,
)


@dataclass(frozen=True, slots=True)
class RunView:
    """One run of a case, with what is shown of its evidence."""

    record: VerdictRecord
    anchor: str
    state: str
    unexpected: bool
    """Passes although it is listed as a known failure."""
    shown: Shown

    @property
    def column(self) -> tuple[str, str]:
        """Where the run stands in the matrix: personality and agent."""
        return self.record.personality, self.record.agent


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with all its runs."""

    id: str
    anchor: str
    runs: Sequence[RunView]
    refs: Sequence[Link]
    state: str
    """The worst state of its runs."""
    search: str

    @property
    def head(self) -> VerdictRecord:
        """The first run's record: title, requirement and so on are the same in each."""
        return self.runs[0].record

    @property
    def gravest(self) -> VerdictRecord:
        """The record of the run with the worst severity: an observation may be worse than its case."""
        return min(
            (run.record for run in self.runs), key=lambda record: SEVERITIES.index(record.severity.value)
        )

    def cells(self, columns: Sequence[tuple[str, str]]) -> list[RunView | None]:
        """Return the runs in the order of the matrix's columns, None where the case does not run so."""
        by_column = {run.column: run for run in self.runs}
        return [by_column.get(column) for column in columns]


@dataclass(frozen=True, slots=True)
class Group:
    """The cases of one scenario file."""

    name: str
    anchor: str
    cases: Sequence[CaseView]
    counts: Mapping[str, int]
    """Runs by state."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """Runs of one case that keep the release back in the same way."""

    case: CaseView
    runs: Sequence[RunView]

    @property
    def record(self) -> VerdictRecord:
        """What they have in common."""
        return self.runs[0].record


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the HTML report shows."""

    stream: RunStream
    colour: str
    headline: str
    subline: str
    why: Sequence[str]
    facts: Sequence[tuple[str, str]]
    counts: Mapping[str, int]
    """Runs by state, worst first, zero included."""
    columns: Sequence[tuple[str, str]]
    groups: Sequence[Group]
    blockers: Sequence[Blocker]
    excused: Sequence[Blocker]
    choices: Mapping[str, Sequence[str]]
    """The values that each filter offers."""

    @property
    def cases(self) -> int:
        """How many cases the run holds."""
        return sum(len(group.cases) for group in self.groups)


def page_of(stream: RunStream, reader: EvidenceReader) -> Page:
    """Arrange a `visible_stream`. Blocking runs get their evidence first, so that no budget cuts it."""
    records = stream.verdicts
    shown: dict[int, Shown] = {}
    for index in sorted(range(len(records)), key=lambda index: STATES.index(state_of(records[index]))):
        shown[index] = reader.show(records[index].evidence)
    anchors: Counter[str] = Counter()
    runs = [_run_view(record, shown[index], anchors) for index, record in enumerate(records)]
    groups = _groups(runs)
    cases = [case for group in groups for case in group.cases]
    states = Counter(run.state for run in runs)
    return Page(
        stream=stream,
        colour=stream.colour,
        headline=headline(stream),
        subline=subline(stream),
        why=[visible(reason) for reason in stream.why],
        facts=_facts(stream, len(cases)),
        counts={state: states[state] for state in STATES},
        columns=sorted({run.column for run in runs}, key=_column_order),
        groups=groups,
        blockers=_blockers(cases, lambda run: run.record.blocking or run.unexpected),
        excused=_blockers(cases, lambda run: run.state == "known"),
        choices=_choices(records),
    )


def headline(stream: RunStream) -> str:
    """Return the one sentence that a release meeting needs."""
    if stream.truncated:
        return TRUNCATED
    if stream.colour == GREEN:
        return "Nothing blocks the release"
    blocking = [record for record in stream.verdicts if record.blocking]
    if not blocking:
        return "The release is blocked"
    cases = len({record.case for record in blocking})
    verb = "blocks" if cases == 1 else "block"
    return f"{plural(cases, 'case')} {verb} the release"


def subline(stream: RunStream) -> str:
    """Return how much was executed, and which SAML signing baselines the target admits."""
    if stream.footer is None:
        verdicts = plural(len(stream.verdicts), "verdict")
        return f"{verdicts} came before the run ended; nothing is known of the rest."
    executed, collected = stream.footer.executed, stream.footer.collected
    cases = plural(len({record.case for record in stream.verdicts}), "case")
    if executed == collected:
        return f"All {plural(collected, 'run')} of {cases} gave a verdict.{_negotiated(stream.footer)}"
    return f"{executed:,} of {plural(collected, 'run')} gave a verdict ({cases}).{_negotiated(stream.footer)}"


def _negotiated(footer: Footer) -> str:
    told = footer.extra.get("baselines") or {}
    if not isinstance(told, Mapping) or not told:
        return ""
    admitted = "; ".join(f"{name}: {', '.join(map(str, signed)) or 'none'}" for name, signed in told.items())
    return f" Signing baselines admitted: {admitted}."


def group_name(record: VerdictRecord) -> str:
    """Return the scenario file of a case without folder and suffix: `saml/assertion`."""
    if not record.file:
        return record.case.rpartition(".")[0].replace(".", "/") or record.case
    parts = PurePosixPath(record.file.replace("\\", "/")).with_suffix("").parts
    return "/".join(parts[parts.index("scenarios") + 1 :] if "scenarios" in parts else parts)


def _run_view(record: VerdictRecord, shown: Shown, anchors: Counter[str]) -> RunView:
    name = anchor(f"run-{record.id}")
    anchors[name] += 1
    unique = name if anchors[name] == 1 else f"{name}-{anchors[name]}"
    return RunView(record, unique, state_of(record), unexpected_pass(record), shown)


def _groups(runs: Iterable[RunView]) -> list[Group]:
    by_group: dict[str, dict[str, list[RunView]]] = {}
    for run in runs:
        by_group.setdefault(group_name(run.record), {}).setdefault(run.record.case, []).append(run)
    return [
        Group(
            name=name,
            anchor=anchor(f"group-{name}"),
            cases=[_case_view(case, cases[case]) for case in sorted(cases)],
            counts=Counter(run.state for case in cases.values() for run in case),
        )
        for name, cases in sorted(by_group.items())
    ]


def _case_view(case: str, runs: list[RunView]) -> CaseView:
    runs.sort(key=lambda run: _column_order(run.column))
    head = runs[0].record
    words = " ".join((case, head.title, head.requirement, head.cls, *head.refs))
    return CaseView(
        id=case,
        anchor=anchor(f"case-{case}"),
        runs=runs,
        refs=[link(ref) for ref in head.refs],
        state=min((run.state for run in runs), key=STATES.index),
        search=shorten(words, 600).lower(),
    )


def _column_order(column: tuple[str, str]) -> tuple[str, bool, str]:
    personality, agent = column
    return personality, agent != "http", agent


def _blockers(cases: Sequence[CaseView], wanted: Callable[[RunView], bool]) -> list[Blocker]:
    """Runs that differ only in their parameters are one entry: a reader counts causes, not columns."""
    blockers: list[Blocker] = []
    for case in cases:
        alike: dict[tuple[str, ...], list[RunView]] = {}
        for run in filter(wanted, case.runs):
            record = run.record
            key = (run.state, record.severity, record.expected, record.observed, record.reason)
            alike.setdefault(key, []).append(run)
        blockers.extend(Blocker(case, runs) for runs in alike.values())
    return sorted(blockers, key=_urgency)


def _urgency(blocker: Blocker) -> tuple[int, int, str]:
    run = blocker.runs[0]
    return SEVERITIES.index(run.record.severity.value), STATES.index(run.state), blocker.case.id


def _facts(stream: RunStream, cases: int) -> list[tuple[str, str]]:
    facts = [
        ("Target", stream.header.target),
        ("Suite", stream.header.suite),
        ("Started", moment(stream.header.started)),
        ("Cases", f"{cases:,}"),
        ("Time in cases", duration(sum(record.duration_ms for record in stream.verdicts))),
    ]
    if stream.footer is not None:
        facts.insert(4, ("Runs", f"{stream.footer.executed:,} of {stream.footer.collected:,}"))
    extra = {**stream.header.extra, **(stream.footer.extra if stream.footer else {})}
    for key, value in extra.items():
        if key == "duration_ms" and isinstance(value, int | float):
            facts.append(("Wall time", duration(value)))
        elif isinstance(value, list) and value:
            facts.append((key.capitalize(), ", ".join(map(str, value))))
        elif isinstance(value, str | int | float) and value != "":
            facts.append((key.replace("_", " ").capitalize(), str(value)))
    return [(visible(name), shorten(visible(value), 200)) for name, value in facts]


def _choices(records: Sequence[VerdictRecord]) -> dict[str, Sequence[str]]:
    def values(key: str) -> list[str]:
        return sorted({str(getattr(record, key)) for record in records} - {""})

    severities = {record.severity.value for record in records}
    return {
        "severity": [severity for severity in SEVERITIES if severity in severities],
        "level": values("level"),
        "class": values("cls"),
        "protocol": values("protocol"),
        "personality": values("personality"),
        "agent": values("agent"),
        "ref": sorted({ref for record in records for ref in record.refs}),
    }
