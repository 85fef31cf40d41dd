"""The face of the suite: run, list, show, report. pytest does the work behind `run`."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
import pytest
from rich.console import Console

from conformance.bench import BenchError, measure
from conformance.catalogue import CatalogueError, SelectionError, load_catalogue, select
from conformance.coverage.command import coverage
from conformance.engine.settings import ROOT, RunSettings
from conformance.evidence.stream import RunStream, StreamError, read_stream
from conformance.face import CANNOT_RUN, GREEN, RED, Face
from conformance.forecast.command import forecast
from conformance.launch import LaunchError
from conformance.model import Case, Plan
from conformance.mutants_command import mutants
from conformance.report import build, terminal
from conformance.report.compare_command import compare

_LEAN = ("--assert=plain", "-p", "no:unraisableexception", "-p", "xdist.plugin")
_LEAN_WORKERS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""Cases assert nothing and need no other plugin, which every worker would import; only the variable tells
workers too."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Play single sign-on logins and attacks against a platform, and say who ended up logged in.

    Exit status: 0 green, 1 red, 2 could not run.
    """


def _stop(reason: str) -> NoReturn:
    click.echo(f"conformance: {reason}", err=True)
    sys.exit(CANNOT_RUN)


@main.command()
@click.option("--target", "-t", default="", help="Target file (targets/*.yaml) or module:Class.")
@click.option("--case", "-c", "cases", multiple=True, help="Glob of case ids, as in 'saml.*'. Repeatable.")
@click.option("--personality", "-p", multiple=True, help="okta or entra (azure is accepted). Repeatable.")
@click.option("--agent", "-a", "agents", multiple=True, help="http or chromium. Default: each case's own.")
@click.option("--class", "classes", multiple=True, help="Only cases of this class. Repeatable.")
@click.option(
    "--plan",
    type=click.Choice([plan.value for plan in Plan]),
    help="How much. Default: gate, or all that fits where --case is given.",
)
@click.option("--weakness", "weaknesses", multiple=True, help="Plant a weakness in the stub. Repeatable.")
@click.option("--workers", "-n", default="auto", show_default=True, help="Parallel workers, or 0 for none.")
@click.option("--artifacts", default="artifacts", show_default=True, help="Folder of runs.")
@click.option("--scenarios", default="", help="Folder of cases, roster and schema. Default: the suite's own.")
@click.option("--tls", is_flag=True, help="Give the mock IdP https addresses, with a CA of its own.")
@click.option("--idp-port", type=click.IntRange(0, 65535), default=0, help="The mock IdP's port.")
@click.option("--idp-ca-dir", default="", help="Keep its CA (ca.pem) in this folder; implies --tls.")
@click.option("--pytest-output", is_flag=True, help="Show pytest's own output instead of the progress line.")
def run(  # noqa: PLR0917  (one parameter for each option)
    target: str,
    cases: Sequence[str],
    personality: Sequence[str],
    agents: Sequence[str],
    classes: Sequence[str],
    plan: str | None,
    weaknesses: Sequence[str],
    workers: str,
    artifacts: str,
    scenarios: str,
    tls: bool,
    idp_port: int,
    idp_ca_dir: str,
    pytest_output: bool,
) -> None:
    """Run cases against a target and write a report."""
    arguments = [str(ROOT / "conformance"), "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    arguments += ["-p", "no:cacheprovider", "--artifacts", artifacts, *_LEAN]
    os.environ.update(_LEAN_WORKERS)
    arguments += ["--target", target] if target else []
    arguments += ["--scenarios", scenarios] if scenarios else []
    arguments += ["--plan", plan] if plan else []
    arguments += [*(["--tls"] if tls else []), f"--idp-port={idp_port}", f"--idp-ca-dir={idp_ca_dir}"]
    for option, values in (
        ("--case", cases),
        ("--personality", personality),
        ("--agent", agents),
        ("--class", classes),
        ("--weakness", weaknesses),
    ):
        arguments += [f"{option}={value}" for value in values]
    number = _number(workers)
    # one by one, the longest first: no worker is left with the long ones while the others are done
    arguments += ["-n", number, "--dist", "load", "--maxschedchunk", "1"] if number not in ("0", "1") else []
    signal.signal(signal.SIGTERM, _interrupt)
    face = Face(quiet=not pytest_output)
    status = pytest.main(arguments, plugins=[face])
    sys.exit(face.exit_status(int(status)))


def _number(workers: str) -> str:
    """Return how many workers `auto` means: one for each core, because a browser keeps more than one busy."""
    return str(os.cpu_count() or 1) if workers == "auto" else workers


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _cases(globs: Sequence[str]) -> tuple[Case, ...]:
    try:
        cases = load_catalogue(Path(RunSettings().scenarios))
        if not globs:
            return cases
        chosen = {one.case.id for one in select(cases, globs=globs)}
    except (CatalogueError, SelectionError) as error:
        _stop(str(error))
    return tuple(case for case in cases if case.id in chosen)


main.add_command(forecast)
main.add_command(mutants)
main.add_command(compare)
main.add_command(coverage)


@main.command("list")
@click.argument("globs", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_cases(globs: Sequence[str], as_json: bool) -> None:
    """List the cases: what each requires, where that stands, and how it is run."""
    cases = _cases(globs)
    if as_json:
        click.echo(json.dumps([_as_data(case) for case in cases], indent=1, ensure_ascii=False))
        return
    for case in cases:
        how = f"{'+'.join(case.personalities)} × {'+'.join(case.agents)}"
        if case.chromium_personalities:
            how += f" (Chromium: {'+'.join(case.chromium_personalities)})"
        click.echo(click.style(case.id, bold=True))
        click.echo(f"    {case.title}")
        facts = (case.cls, case.severity, case.level, case.basis, how)
        click.echo(click.style("    " + " · ".join(facts), dim=True))
    click.echo(f"\n{len(cases)} cases, {len(select(cases))} runs. More: python -m conformance show CASE")


def _as_data(case: Case) -> dict[str, object]:
    return {
        "id": case.id,
        "title": case.title,
        "requirement": case.requirement,
        "class": case.cls,
        "level": case.level,
        "severity": case.severity,
        "basis": case.basis,
        "refs": case.refs,
        "covers": case.covers,
        "protocol": case.protocol,
        "personalities": case.personalities,
        "agents": case.agents,
        "chromium_personalities": case.personalities_in("chromium") if "chromium" in case.agents else (),
        "file": f"{case.file}:{case.line}",
    }


@main.command()
@click.argument("case_id")
@click.option("--run", "run_dir", default="artifacts/latest", show_default=True, help="Folder of the run.")
def show(case_id: str, run_dir: str) -> None:
    """Show one case: what it requires, and how it went in the last run."""
    cases = _cases([case_id])
    stream = _read(Path(run_dir)) if (Path(run_dir) / "run.jsonl").exists() else None
    console = Console()
    for case in cases:
        records = [record for record in stream.verdicts if record.case == case.id] if stream else []
        for record in records:
            console.print(terminal.show(record))
        if not records:
            console.print(f"[bold]{case.id}[/]  {case.title}\n  {case.requirement}\n  why: {case.why}")
            console.print(f"  {case.file}:{case.line}; not in the run {run_dir}")


@main.command()
@click.argument("run_dir", default="artifacts/latest")
def report(run_dir: str) -> None:
    """Render the reports of a run again and say how it ended."""
    stream = _read(Path(run_dir))
    written = build(Path(run_dir).resolve())
    Console().print(terminal.summary_table(stream))
    click.echo(f"report: {written['html']}")
    sys.exit(GREEN if stream.colour == "green" else RED)


@main.command()
def bench() -> None:
    """Measure the suite's speed on this machine."""
    slow = 0
    try:
        for figure in measure():
            click.echo(figure)
            slow += bool(figure.limit and figure.value > figure.limit)
    except (BenchError, LaunchError) as error:
        _stop(str(error))
    sys.exit(RED if slow else GREEN)


def _read(run_dir: Path) -> RunStream:
    try:
        return read_stream(run_dir / "run.jsonl")
    except FileNotFoundError:
        _stop(f"there is no run in {run_dir} (no run.jsonl); `make conformance` makes one")
    except StreamError as error:
        _stop(str(error))
