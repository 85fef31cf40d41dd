"""`python -m conformance mutants`: the matrix of weaknesses and the cases that must notice them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import click

from conformance.catalogue import CatalogueError, load_catalogue
from conformance.catalogue.problems import unknown
from conformance.engine.settings import RunSettings
from conformance.face import CANNOT_RUN, GREEN, RED
from conformance.launch import LaunchError
from conformance.mutants import MutantsError, Outcome, mismatches, playing, run_strict, run_weak, weaknesses


@click.command()
@click.argument("names", nargs=-1)
def mutants(names: Sequence[str]) -> None:
    """Plant each weakness in the stub: every case that names it must fail, and pass on the strict stub."""
    known = weaknesses()
    chosen = [weakness for weakness in known if not names or weakness.name in names]
    missing = sorted(set(names) - {weakness.name for weakness in known})
    if missing:
        _stop(unknown("weakness", missing[0], [weakness.name for weakness in known]))
    outcomes = []
    try:
        cases = load_catalogue(Path(RunSettings().scenarios))
        wrong = mismatches(known, cases)
        if wrong:
            _stop("; ".join(wrong))
        with playing() as pool:
            for outcome in run_weak(pool, chosen, cases):
                outcomes.append(outcome)
                click.echo(_line(outcome))
            broken = [] if names else list(run_strict(pool, cases))
    except (LaunchError, MutantsError, CatalogueError) as error:
        _stop(str(error))
    for line in _matrix(outcomes):
        click.echo(line)
    if not names:
        click.echo(f"the strict stub passes every case: {'no' if broken else 'yes'}")
    for told in broken:
        click.echo(f"  {told}")
    sys.exit(RED if broken or not all(outcome.caught for outcome in outcomes) else GREEN)


def _line(outcome: Outcome) -> str:
    """Return one weakness's row: how many cases that name it fail, and which do not."""
    one = outcome.weakness
    mark = "caught" if outcome.caught else "HOLE  "
    blind = "".join(f"\n         {case}: {why}" for case, why in outcome.blind.items())
    return f"{mark} {one.cls:<16} {one.name:<46} {len(outcome.caught_by):>3} cases fail{blind}"


def _matrix(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the table of weaknesses by class of cases; a weakness counts in its own class alone."""
    yield f"{'class':<16} {'weaknesses':>10} {'caught':>7} {'cases that fail':>16} {'that do not':>12}"
    classes = sorted({outcome.weakness.cls for outcome in outcomes})
    for cls in [*classes, "all"]:
        here = [outcome for outcome in outcomes if cls in (outcome.weakness.cls, "all")]
        caught, failing = sum(one.caught for one in here), sum(len(one.caught_by) for one in here)
        blind = sum(len(one.blind) for one in here)
        yield f"{cls:<16} {len(here):>10} {caught:>7} {failing:>16} {blind:>12}"


def _stop(reason: str) -> NoReturn:
    click.echo(f"conformance: {reason}", err=True)
    sys.exit(CANNOT_RUN)
