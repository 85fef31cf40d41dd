"""The comparison of several runs as a table in the terminal, as Markdown and as a page that loads nothing."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from conformance.report.compare import Cell, Comparison, Row
from conformance.report.render import page_environment, stylesheet
from conformance.report.text import LABELS, SYMBOLS, plural, visible

_STYLES = {"critical": "bold white on red", "high": "bold red", "medium": "red", "low": "yellow"}
_NAMES_TO_NUMBERS = 8
"""With more targets than this a terminal's columns are numbered, and the names stand above."""


_SHORT = {"critical": "crit.", "medium": "med."}
"""Heads of narrow columns in the terminal."""
_COLUMN = 4
"""Characters of a numbered column."""
_UNDECIDED = {"inconclusive": "dim", "error": "dim"}


def mark(cell: Cell) -> str:
    """Return a cell in one or two characters: the verdict's sign, and the letter of a failure's severity."""
    if not cell.state:
        return ""
    letter = cell.severity[:1].upper() if cell.is_finding else ""
    return f"{SYMBOLS[cell.state]}{letter}"


def legend(comparison: Comparison) -> str:
    """Return what the signs mean, those that occur."""
    states = {cell.state for row in comparison.rows for cell in row.cells if cell.state}
    signs = [f"{SYMBOLS[state]} {label}" for state, label in LABELS.items() if state in states]
    return "; ".join([*signs, "C H M L: severity of a failure", "empty: not played"])


def headline(comparison: Comparison) -> str:
    """Return how many targets and cases were compared."""
    return f"{plural(len(comparison.columns), 'run')} side by side, {plural(len(comparison.rows), 'case')}"


def screen(comparison: Comparison, rows: tuple[Row, ...], width: int) -> RenderableType:
    """Return findings by target, and the chosen rows of the matrix for a terminal of so many columns.

    Where the matrix does not fit, each case lists the numbers of the targets in which it was found wanting.
    """
    numbered = len(comparison.columns) > _NAMES_TO_NUMBERS
    needed = max((len(row.case) for row in rows), default=0) + _COLUMN * len(comparison.columns)
    body = _by_case(rows) if numbered and needed > width else _matrix(comparison, rows, numbered=numbered)
    return Group(_findings(comparison), Text(), body, Text(), Text(legend(comparison), "dim"))


def _by_case(rows: tuple[Row, ...]) -> Table:
    """Return the rows with the numbers of the targets by severity; what passed everywhere is left out."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("case", overflow="fold", ratio=1)
    table.add_column("targets in which it was found wanting", ratio=1)
    for row in rows:
        told = Text()
        for name, style in {**_STYLES, **_UNDECIDED}.items():
            numbers = [
                f"{n}" for n, cell in enumerate(row.cells, 1) if (_severity(cell) or cell.state) == name
            ]
            if numbers:
                told.append("; " if told else "").append(f"{name}:", style).append(f" {' '.join(numbers)}")
        if told:
            table.add_row(Text(visible(row.case)), told)
    return table


def _severity(cell: Cell) -> str:
    return cell.severity if cell.is_finding else ""


def _matrix(comparison: Comparison, rows: tuple[Row, ...], *, numbered: bool) -> Table:
    names = [f"{number}" if numbered else visible(c.target) for number, c in enumerate(comparison.columns, 1)]
    matrix = Table(box=None, pad_edge=False, header_style="bold")
    matrix.add_column("case", no_wrap=True)
    for name in names:
        matrix.add_column(name, justify="center", no_wrap=numbered)
    for row in rows:
        signs = [
            Text(mark(cell), _STYLES.get(cell.severity, "") if cell.is_finding else "dim")
            for cell in row.cells
        ]
        matrix.add_row(Text(visible(row.case)), *signs)
    return matrix


def _findings(comparison: Comparison) -> Table:
    table = Table(
        box=None, pad_edge=False, header_style="bold", title=headline(comparison), title_justify="left"
    )
    table.add_column("")
    table.add_column("target", no_wrap=True)
    for severity in _STYLES:
        table.add_column(_SHORT.get(severity, severity), justify="right", no_wrap=True)
    for label in ("pass", "n/a", "open"):
        table.add_column(label, justify="right", no_wrap=True)
    table.add_column("baselines")
    for number, column in enumerate(comparison.columns, 1):
        found = [Text(str(n) if n else "·", _STYLES[s] if n else "dim") for s, n in column.findings.items()]
        counts = column.counts
        undecided = counts.get("inconclusive", 0) + counts.get("error", 0)
        rest = [str(n) for n in (counts.get("pass", 0), counts.get("not_applicable", 0), undecided)]
        table.add_row(str(number), visible(column.target), *found, *rest, visible(column.baselines))
    return table


def markdown(comparison: Comparison, rows: tuple[Row, ...]) -> str:
    """Return the same as Markdown."""
    names = [_plain(column.target) for column in comparison.columns]
    heads = names
    if len(names) > _NAMES_TO_NUMBERS:
        heads = [f"{number}" for number, _ in enumerate(names, 1)]
        names = [f"{head}. {name}" for head, name in zip(heads, names, strict=True)]
    lines = [
        f"# {headline(comparison)}",
        "",
        "| target | " + " | ".join(_STYLES) + " | passed | signing baselines |",
    ]
    lines.append("|---|" + "---:|" * (len(_STYLES) + 1) + "---|")
    for name, column in zip(names, comparison.columns, strict=True):
        found = " | ".join(str(count or "") for count in column.findings.values())
        lines.append(f"| {name} | {found} | {column.counts.get('pass', 0)} | {_plain(column.baselines)} |")
    lines += ["", f"| case | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    lines += [f"| `{_plain(row.case)}` | {' | '.join(mark(cell) for cell in row.cells)} |" for row in rows]
    return "\n".join([*lines, "", legend(comparison), ""])


def _plain(text: str) -> str:
    return visible(text).replace("|", "\\|").replace("<", "&lt;")


def page(comparison: Comparison) -> str:
    """Return the whole matrix as one HTML document."""
    return (
        page_environment()
        .get_template("compare.html")
        .render(
            comparison=comparison,
            headline=headline(comparison),
            legend=legend(comparison),
            mark=mark,
            style=stylesheet(),
        )
    )
