"""`conformance compare`: several runs in one matrix, on screen, as a page and as Markdown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from conformance.evidence.stream import RunStream, StreamError, read_stream
from conformance.report.compare import compare as side_by_side
from conformance.report.compare_render import markdown, page, screen
from conformance.report.render import STREAM, write

_CANNOT_RUN = 2


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--output",
    default="artifacts",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of the page.",
)
@click.option(
    "--all", "everything", is_flag=True, help="Also the cases in which no target was found wanting."
)
def compare(runs: Sequence[Path], output: Path, everything: bool) -> None:
    """Put several runs in one matrix, case by target.

    RUNS are folders of runs, or folders whose `latest` is one.

    Writes compare.html (every case) and compare.md. Exit status: 0, or 2 when a run cannot be read.
    """
    try:
        comparison = side_by_side([_read(run) for run in runs])
    except StreamError as error:
        click.echo(f"conformance: {error}", err=True)
        sys.exit(_CANNOT_RUN)
    rows = comparison.rows if everything else comparison.telling
    console = Console()
    console.print(screen(comparison, rows, console.width))
    output.mkdir(parents=True, exist_ok=True)
    write(output / "compare.md", markdown(comparison, rows))
    click.echo(f"page: {write(output / 'compare.html', page(comparison))}")


def _read(run: Path) -> RunStream:
    folder = run if (run / STREAM).exists() else run / "latest"
    if not (folder / STREAM).exists():
        raise StreamError(f"there is no run in {run}: neither {STREAM} nor latest/{STREAM}; a run writes it")
    return read_stream(folder / STREAM)
