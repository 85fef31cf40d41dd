"""Reading CSV as programs and people write it: any usual separator, line breaks in quotes, any order."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.forecast.decoding import encoding_of
from conformance.forecast.problems import InputError

_SEPARATORS = (",", ";", "\t", "|")
_NOT_A_NAME = re.compile(r"[^a-z0-9]+")
_SHOWN_NAMES = 12
Row = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Field:
    """A column that is looked for: `titles` in order of preference, written as people see them."""

    name: str
    titles: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file whose header was recognised. `columns` holds the position of each field that is there."""

    path: Path
    encoding: str
    separator: str
    header: tuple[str, ...]
    header_line: int
    columns: Mapping[str, int]

    def title(self, field: str) -> str:
        """Return what the file calls this field."""
        return self.header[self.columns[field]]

    def rows(self) -> Iterator[Row]:
        """Yield line number and cells of each row that is not empty; short rows are filled with blanks.

        Raises InputError for a row with more cells than the header, and for a quote that never ends.
        """
        width = len(self.header)
        for line, cells in _raw_rows(self.path, self.encoding, self.separator):
            if line <= self.header_line or not any(cells):
                continue
            if len(cells) < width:
                cells.extend([""] * (width - len(cells)))
            elif len(cells) > width and any(cells[width:]):
                raise InputError(
                    str(self.path),
                    line=line,
                    expected=f"{width} cells, as the header has",
                    found=f"{len(cells)} cells",
                    do=f"A cell with a “{self.separator}” in it needs quotes around it.",
                )
            yield line, cells


def open_table(path: Path, fields: Sequence[Field], what: str) -> Table:
    """Find the encoding, the separator and the columns of a CSV file.

    `what` names the file in messages, as in “a roster of users or agents”. Raises InputError for a required
    column that is missing, with the columns that were found, and for a column that is there twice.
    """
    encoding = encoding_of(path)
    best: tuple[int, int, Table] | None = None
    for separator in _SEPARATORS:
        header_line, header = _header(path, encoding, separator)
        columns = _recognise(header, fields)
        score = (len(columns), len(header))
        if best is None or score > best[:2]:
            best = (*score, Table(path, encoding, separator, header, header_line, columns))
    assert best is not None, "there is always a separator"
    table = best[2]
    _require(table, fields, what)
    return table


def refuse_empty(file: str, rows: int) -> None:
    """Raise InputError for a file without a row: an export that failed would lock out everybody on paper."""
    if not rows:
        raise InputError(
            file,
            expected="at least one row below the column names",
            found="none",
            do="Export it again; the export may have been interrupted, or filtered.",
        )


def normal(title: str) -> str:
    """Return a title without case, blanks and punctuation, so that `User.Login` is `user login`."""
    return _NOT_A_NAME.sub("", title.casefold())


def _header(path: Path, encoding: str, separator: str) -> tuple[int, tuple[str, ...]]:
    for line, cells in _raw_rows(path, encoding, separator, strict=False):  # the separator is still a guess
        told = len(cells) <= 2 and cells and cells[0].casefold().startswith("sep=")  # Excel's own first line
        if any(cell.strip() for cell in cells) and not told:
            return line, tuple(cell.strip() for cell in cells)
    return 1, ()


def _raw_rows(
    path: Path, encoding: str, separator: str, *, strict: bool = True
) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=separator, strict=strict)
        line = 1
        try:
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise InputError(
                str(path),
                line=line,
                expected="cells in CSV form",
                found=f"a row that cannot be read ({error})",
                do='Look for a quote (") that is opened here and never closed.',
            ) from error


def _recognise(header: Iterable[str], fields: Sequence[Field]) -> dict[str, int]:
    """Return field → position, by the first of the field's titles that the header has."""
    places: dict[str, int] = {}
    for position, title in enumerate(header):
        places.setdefault(normal(title), position)
    found = {}
    for field in fields:
        known = next((key for key in map(normal, field.titles) if key in places), None)
        if known is not None:
            found[field.name] = places[known]
    return found


def _require(table: Table, fields: Sequence[Field], what: str) -> None:
    names = [normal(title) for title in table.header]
    for field in fields:
        position = table.columns.get(field.name)
        if position is None:
            if field.required:
                raise missing_column(table, field, what)
        elif names.count(names[position]) > 1:
            raise InputError(
                str(table.path),
                line=table.header_line,
                column=table.header[position],
                expected="each column once",
                found=f"{names.count(names[position])} columns with this name",
                do="Remove or rename the one that does not count.",
            )


def missing_column(table: Table, field: Field, what: str) -> InputError:
    """Return the error for a column that is needed: what was found, and what it may be called."""
    shown = [f"“{title}”" for title in table.header[:_SHOWN_NAMES]]
    more = len(table.header) - len(shown)
    several = {normal(title): title for title in reversed(field.titles)}  # those of one meaning once
    titles = " or ".join(f"“{title}”" for title in list(reversed(several.values()))[:5])
    return InputError(
        str(table.path),
        line=table.header_line,
        expected=f"{what} with a column {titles}",
        found=f"the columns {', '.join(shown)}" + (f" and {more} more" if more > 0 else ""),
        do="Rename the column that holds it, or export again with that column.",
    )
