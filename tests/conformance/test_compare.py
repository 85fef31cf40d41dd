"""Several runs side by side: the worst run of a case counts, and hostile texts stay texts."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from conformance.cli import main
from conformance.evidence.stream import RunStream, StreamWriter, read_stream
from conformance.report.compare import compare
from conformance.report.compare_render import mark, markdown, page, screen
from tests.conformance.sample_run import HOSTILE, record, write_footer


def run(folder: Path, target: str, *records: dict[str, object]) -> RunStream:
    folder.mkdir(parents=True)
    writer = StreamWriter(folder / "run.jsonl")
    writer.header("suite", target, "2026-03-04T12:00:00Z")
    for item in records:
        writer.verdict(item)
    write_footer(writer, list(records), baselines={"okta": ["assertion", "both"]})
    return read_stream(folder / "run.jsonl")


@pytest.fixture
def two(tmp_path: Path) -> tuple[RunStream, RunStream]:
    weak = run(
        tmp_path / "weak",
        "weak",
        record("saml.xsw.3", "fail", severity="critical", personality="okta"),
        record("saml.xsw.3", "pass", severity="critical", personality="entra"),
        record("saml.time.x", "pass"),
        record("saml.only.here", "inconclusive"),
    )
    good = run(tmp_path / "good", HOSTILE, record("saml.xsw.3", "pass"), record("saml.time.x", "pass"))
    return weak, good


def test_a_case_counts_as_its_worst_run(two: tuple[RunStream, RunStream]) -> None:
    comparison = compare(two)
    cells = {row.case: [mark(cell) for cell in row.cells] for row in comparison.rows}
    assert cells == {"saml.only.here": ["?", ""], "saml.time.x": ["✓", "✓"], "saml.xsw.3": ["✗C", "✓"]}
    assert [row.case for row in comparison.telling] == ["saml.xsw.3"]
    assert comparison.columns[0].findings == {"critical": 1, "high": 0, "medium": 0, "low": 0}
    assert comparison.columns[1].findings["critical"] == 0
    assert comparison.columns[0].baselines == "okta: assertion, both"


def test_every_rendering_shows_the_finding_and_escapes(two: tuple[RunStream, RunStream]) -> None:
    comparison = compare(two)
    out = io.StringIO()
    Console(file=out, width=200).print(screen(comparison, comparison.telling, 200))
    for text in (out.getvalue(), markdown(comparison, comparison.telling), page(comparison)):
        assert "saml.xsw.3" in text
        assert "✗C" in text
        assert "\x1b" not in text
    assert "<script>alert" not in page(comparison)
    assert "<script>" not in markdown(comparison, comparison.rows)


def test_many_targets_are_numbered_on_screen(two: tuple[RunStream, RunStream]) -> None:
    comparison = compare([two[0]] * 9)
    out = io.StringIO()
    Console(file=out, width=160).print(screen(comparison, comparison.rows, 160))
    header = next(line for line in out.getvalue().splitlines() if line.startswith("case"))
    assert header.split() == ["case", *map(str, range(1, 10))]
    assert f"| case | {' | '.join(map(str, range(1, 10)))} |" in markdown(comparison, comparison.rows)


def test_where_the_matrix_does_not_fit_each_case_lists_its_targets(two: tuple[RunStream, RunStream]) -> None:
    comparison = compare([two[0], two[1]] * 10)
    out = io.StringIO()
    Console(file=out, width=80).print(screen(comparison, comparison.rows, 80))
    told = " ".join(out.getvalue().split())
    assert f"saml.xsw.3 critical: {' '.join(map(str, range(1, 20, 2)))}" in told
    assert f"saml.only.here inconclusive: {' '.join(map(str, range(1, 20, 2)))}" in told
    assert "saml.time.x" not in told, "it passed everywhere"


def test_the_command_writes_page_and_markdown(two: tuple[RunStream, RunStream], tmp_path: Path) -> None:
    del two
    chosen = [str(tmp_path / "weak"), str(tmp_path / "good")]
    done = CliRunner().invoke(main, ["compare", *chosen, "--output", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "✗C" in done.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"compare.html", "compare.md"}


def test_a_folder_without_a_run_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["compare", str(tmp_path)])
    assert done.exit_code == 2
    assert "there is no run in" in done.output
