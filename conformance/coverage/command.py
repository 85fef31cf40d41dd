"""`conformance coverage`: the catalogue's rows by tier and by suite, covered and open."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from conformance.catalogue import CatalogueError, load_catalogue
from conformance.coverage.rows import Row, covered, read_rows, read_struck
from conformance.coverage.suites import SUITES
from conformance.engine.settings import RunSettings

_CANNOT_RUN = 2


@dataclass(frozen=True, slots=True)
class Line:
    """How many rows of one group are covered, struck and open."""

    name: str
    rows: int
    covered: int
    struck: int
    open: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The line as data."""
        return {
            "name": self.name,
            "rows": self.rows,
            "covered": self.covered,
            "struck": self.struck,
            "open": list(self.open),
        }


@click.command()
@click.option("--suite", "code", type=click.Choice(list(SUITES)), help="List the open rows of this suite.")
@click.option("--tier", type=click.IntRange(0, 2), help="Only rows of this tier.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable, with every open row.")
def coverage(code: str | None, tier: int | None, as_json: bool) -> None:
    """Say how many requirements of the catalogue the scenarios cover, by tier and by other suites' cases."""
    scenarios = Path(RunSettings().scenarios)
    try:
        done = covered(load_catalogue(scenarios))
    except CatalogueError as error:
        click.echo(f"conformance: {error}", err=True)
        sys.exit(_CANNOT_RUN)
    struck = read_struck(scenarios)
    rows = [row for row in read_rows(scenarios) if tier is None or row.tier == tier]

    def line(name: str, group: Sequence[Row]) -> Line:
        ids = [row.id for row in group]
        open_ids = tuple(one for one in ids if one not in done and one not in struck)
        struck_ids = [one for one in ids if one in struck and one not in done]
        return Line(name, len(ids), len(ids) - len(open_ids) - len(struck_ids), len(struck_ids), open_ids)

    tiers = [line(f"tier {number}", [row for row in rows if row.tier == number]) for number in (0, 1, 2)]
    suites = {key: line(name, [row for row in rows if key in row.suites]) for key, name in SUITES.items()}
    if as_json:
        told = {"tiers": tiers, "suites": list(suites.values())}
        click.echo(
            json.dumps({key: [one.as_json() for one in lines] for key, lines in told.items()}, indent=1)
        )
    elif code is not None:
        _list_open(suites[code])
    else:
        Console().print(_table("catalogue", [("", one) for one in tiers if one.rows]))
        Console().print(_table("suite", [(key, one) for key, one in suites.items() if one.rows]))


def _table(title: str, lines: Sequence[tuple[str, Line]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", title):
        table.add_column(name)
    for name in ("rows", "covered", "struck", "open"):
        table.add_column(name, justify="right")
    for key, line in lines:
        counts = (line.rows, line.covered, line.struck, len(line.open))
        table.add_row(key, line.name, *(str(count) if count else "·" for count in counts))
    return table


def _list_open(line: Line) -> None:
    click.echo(f"{line.name}: {line.covered} of {line.rows} rows covered, {line.struck} struck, open:")
    for name in line.open:
        click.echo(f"  {name}")
