"""The catalogue of requirements: its anchors are known, struck rows have reasons, and counts add up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.catalogue import load_catalogue
from conformance.cli import main
from conformance.coverage.rows import covered, read_rows, read_struck
from conformance.coverage.suites import suite_of
from conformance.engine.settings import ROOT

SCENARIOS = ROOT / "scenarios"


@pytest.mark.parametrize(
    ("anchor", "code"),
    [("S26", "S"), ("M:FL03", "M"), ("M", "M"), ("F2", "F2"), ("SR", "SR"), ("goxmldsig", "goxmldsig")],
)
def test_an_anchor_names_its_suite(anchor: str, code: str) -> None:
    assert suite_of(anchor) == code


@pytest.mark.parametrize("anchor", ["Z9", "26", "Sx", ""])
def test_an_unknown_anchor_is_told(anchor: str) -> None:
    with pytest.raises(LookupError, match="no known code"):
        suite_of(anchor)


def test_rows_are_read_whole() -> None:
    rows = {row.id: row for row in read_rows(SCENARIOS)}
    assert sum(row.tier == 0 for row in rows.values()) == 371
    first = rows["saml.login.assertion-signed"]
    assert (first.kind, first.tier, first.browser) == ("P", 0, False)
    assert {"S", "V", "M", "C"} <= first.suites


def test_struck_rows_are_rows_and_at_most_one_in_twenty(tmp_path: Path) -> None:
    rows = {row.id: row for row in read_rows(SCENARIOS)}
    struck = read_struck(SCENARIOS)
    assert struck.keys() <= rows.keys()
    assert sum(rows[one].tier == 0 for one in struck) <= 371 // 20
    (tmp_path / "README.md").write_text(
        "# x\n| `a.b` | no |\n\n## Struck rows\n\n| row | why |\n|---|---|\n"
        "| `c.d` | it `is` wrong |\n\n## More\n| `e.f` | no |\n"
    )
    assert read_struck(tmp_path) == {"c.d": "it `is` wrong"}


def test_the_command_counts_every_row_once() -> None:
    told = json.loads(CliRunner().invoke(main, ["coverage", "--json", "--tier", "0"]).output)
    (tier_0,) = [line for line in told["tiers"] if line["rows"]]
    assert tier_0["rows"] == tier_0["covered"] + tier_0["struck"] + len(tier_0["open"]) == 371
    done = covered(load_catalogue(SCENARIOS))
    assert not done & set(tier_0["open"])


def test_open_rows_of_one_suite_are_listed() -> None:
    said = CliRunner().invoke(main, ["coverage", "--suite", "FF"]).output.splitlines()
    assert said[0].startswith("OpenID Foundation, Federation RP plan: ")
    assert len(said) == 2


def test_a_plan_that_does_not_exist_is_told_with_those_that_do() -> None:
    done = CliRunner().invoke(main, ["run", "--plan", "tiny"])
    assert done.exit_code == 2
    assert "'smoke', 'gate', 'full'" in done.output
