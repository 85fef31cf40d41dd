"""Several runs side by side: which cases each target passes, and what was found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.evidence.stream import RunStream, VerdictRecord
from conformance.model import BASELINES, Severity
from conformance.report.text import STATES, state_of

_SEVERITIES = [severity.value for severity in Severity]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one target did in one case: its worst run."""

    state: str
    """A word of `STATES`; empty where the run does not have the case."""
    severity: str = ""
    """Of a failure or an advisory."""
    told: str = ""
    """What was seen and why, for those who look closer."""

    @property
    def is_finding(self) -> bool:
        """Whether the target broke the requirement."""
        return self.state == "fail"


NOT_PLAYED = Cell("")


@dataclass(frozen=True, slots=True)
class Column:
    """One run."""

    target: str
    counts: Mapping[str, int]
    """Cases by state, those of `STATES` that occur."""
    findings: Mapping[str, int]
    """Failed cases by severity, worst first; every severity is named."""
    baselines: str
    """What the IdP may sign (SAML), where that was tried."""


@dataclass(frozen=True, slots=True)
class Row:
    """One case over all runs."""

    case: str
    cls: str
    severity: str
    title: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Whether a target was found wanting here, or those to which the case applies differ."""
        states = {cell.state for cell in self.cells} - {"", "not_applicable"}
        return any(cell.is_finding for cell in self.cells) or len(states) > 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """The matrix: cases by targets."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def found(self) -> bool:
        """Whether any target was found wanting."""
        return any(any(column.findings.values()) for column in self.columns)

    @property
    def telling(self) -> tuple[Row, ...]:
        """The rows with a finding, or on which the targets differ."""
        return tuple(row for row in self.rows if row.differs)


def compare(streams: Sequence[RunStream]) -> Comparison:
    """Put runs side by side, in the order given; cases in the order of their ids."""
    by_case = [_by_case(stream) for stream in streams]
    known: dict[str, VerdictRecord] = {}
    for records in by_case:
        known |= {case: found[0] for case, found in records.items() if case not in known}
    rows = tuple(
        Row(
            case,
            record.cls,
            record.severity.value,
            record.title,
            tuple(_cell(records.get(case, ())) for records in by_case),
        )
        for case, record in sorted(known.items())
    )
    columns = tuple(
        _column(stream, [row.cells[number] for row in rows]) for number, stream in enumerate(streams)
    )
    return Comparison(columns, rows)


def _by_case(stream: RunStream) -> Mapping[str, list[VerdictRecord]]:
    found: dict[str, list[VerdictRecord]] = {}
    for record in stream.verdicts:
        found.setdefault(record.case, []).append(record)
    return found


def _cell(records: Iterable[VerdictRecord]) -> Cell:
    """The worst run of a case: by state, then by severity."""
    worst = min(records, key=_order, default=None)
    if worst is None:
        return NOT_PLAYED
    state = state_of(worst)
    severity = worst.severity.value if state in {"fail", "warn", "known"} else ""
    return Cell(
        state,
        severity,
        f"{worst.personality}, {worst.agent}: {worst.observed or 'not played'}; {worst.reason}",
    )


def _order(record: VerdictRecord) -> tuple[int, int]:
    return STATES.index(state_of(record)), _SEVERITIES.index(record.severity.value)


def _column(stream: RunStream, cells: Sequence[Cell]) -> Column:
    counts = {state: sum(cell.state == state for cell in cells) for state in STATES}
    found = [cell.severity for cell in cells if cell.is_finding]
    return Column(
        stream.header.target,
        {state: count for state, count in counts.items() if count},
        {severity: found.count(severity) for severity in _SEVERITIES},
        "; ".join(_baselines(stream)),
    )


def _baselines(stream: RunStream) -> Iterator[str]:
    told = stream.footer.extra.get("baselines") if stream.footer else None
    if isinstance(told, Mapping):
        for personality, admitted in told.items():
            every = len(admitted) == len(BASELINES)
            yield f"{personality}: {'all' if every else ', '.join(map(str, admitted)) or 'none'}"
