"""The command as an administrator meets it: screens that fit, files that open, statuses, no stack traces."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.cli import main
from tests.conformance.forecast.company import Company, healthy, with_mistakes
from tests.conformance.forecast.idp_files import discovery, metadata


def forecast(*arguments: str | Path, columns: int = 80) -> Result:
    """Run the command as with a terminal of so many columns."""
    runner = CliRunner(env={"COLUMNS": str(columns)})
    return runner.invoke(main, ["forecast", *map(str, arguments)])


def files(company: Company, folder: Path) -> tuple[str, ...]:
    """Write the company's files and return the arguments for them."""
    return (
        *("--roster", str(company.users(folder / "users.csv"))),
        *("--roster", str(company.agents(folder / "agents.csv"))),
        *("--idp-users", str(company.entra(folder / "entra.csv"))),
    )


@pytest.mark.parametrize("columns", [80, 120])
def test_the_screen_fits_and_names_everybody_with_the_reason(tmp_path: Path, columns: int) -> None:
    company = with_mistakes(70, 130)

    result = forecast(*files(company, tmp_path), columns=columns)

    assert result.exit_code == 1, result.output
    assert max(map(len, result.stdout.splitlines())) <= columns
    out = [person for person in company.everybody if person.expected not in {"ok", "inactive"}]
    assert f"{len(out)} of 198 active accounts" in result.stdout
    for person in out:
        assert person.login in result.stdout
        assert person.expected in result.stdout


def test_invisible_characters_are_shown(tmp_path: Path) -> None:
    company = healthy(3, 0)
    company.everybody[0].email += "\u00a0"
    company.everybody[1].email += " "
    company.everybody[2].email = "\u202e" + company.everybody[2].email

    output = forecast(*files(company, tmp_path), columns=120).stdout

    assert "\\u00a0" in output
    assert "example.com␣" in output
    assert "\\u202e" in output
    assert "\u202e" not in output


def test_a_long_list_is_cut_and_the_csv_has_all_of_it(tmp_path: Path) -> None:
    company = healthy(30, 0)
    for person in company.everybody:
        person.email = ""
    listed = tmp_path / "out.csv"

    output = forecast(*files(company, tmp_path), "--show", "3", "--csv", listed).stdout

    assert "… and 27 more" in output
    assert output.rstrip().splitlines()[-1].startswith(" LOCKED OUT ")
    with listed.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["code"] for row in rows] == ["no-email"] * 30
    assert {row["login"] for row in rows} == {person.login for person in company.everybody}
    assert rows[0]["file"].endswith("users.csv")
    assert rows[0]["line"] == "2"


def test_the_csv_lists_those_who_are_locked_out_first_and_runs_no_formula(tmp_path: Path) -> None:
    company = healthy(3, 0)
    company.everybody[2].email = '=HYPERLINK("http://evil.test")'
    listed = tmp_path / "out.csv"

    forecast(*files(company, tmp_path), "--csv", listed)

    with listed.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["outcome"] for row in rows] == ["locked-out", "gets-in", "gets-in"]
    assert rows[0]["platform_email"].startswith("'=HYPERLINK")


def test_json_on_standard_output_leaves_the_screen_on_standard_error(tmp_path: Path) -> None:
    company = with_mistakes(70, 130)

    result = forecast(*files(company, tmp_path), "--json", "-")

    answer = json.loads(result.stdout)
    assert answer["exit_status"] == 1
    assert answer["accounts"]["locked-out"] == sum(answer["reasons"].values())
    assert {one["login"]: one["code"] for one in answer["people"]} == {
        login: code for login, code in company.expected().items() if code not in {"ok", "inactive"}
    }
    assert "LOCKED OUT" in result.stderr


def test_nobody_locked_out_is_exit_status_0_and_says_what_was_not_checked(tmp_path: Path) -> None:
    result = forecast(*files(healthy(3, 3), tmp_path))

    assert result.exit_code == 0
    assert "NOBODY LOCKED OUT" in result.stdout
    assert "--metadata FILE" in result.stdout


def test_a_fatal_fault_of_the_configuration_locks_out_everybody(tmp_path: Path) -> None:
    document = tmp_path / "metadata.xml"
    document.write_bytes(metadata(issuer="https://sts.windows.net/{tenantid}/"))

    result = forecast(*files(healthy(3, 3), tmp_path), "--metadata", document)

    assert result.exit_code == 1
    assert "EVERYBODY LOCKED OUT" in result.stdout
    assert "issuer-placeholder" in result.stdout


def test_the_day_of_the_switch_decides_about_certificates(tmp_path: Path) -> None:
    document = tmp_path / "metadata.xml"
    document.write_bytes(metadata())

    assert "expired" not in forecast("--metadata", document, "--on", "2026-03-01").stdout
    assert "expired" in forecast("--metadata", document, "--on", "2036-03-01").stdout


def test_azure_is_entra(tmp_path: Path) -> None:
    azure = forecast(*files(healthy(1, 0), tmp_path), "--idp", "azure", "--json", "-")
    assert json.loads(azure.stdout)["identity_provider"] == "entra"


@pytest.mark.parametrize(
    "option", ["--metadata", "--discovery", "--roster", "--idp-users", "--assigned", "--saved"]
)
def test_a_file_that_is_not_there_is_exit_status_2(tmp_path: Path, option: str) -> None:
    document = tmp_path / "d.json"
    document.write_bytes(discovery())
    more = ("--discovery", document) if option == "--saved" else ()

    result = forecast(*files(healthy(1, 0), tmp_path), option, tmp_path / "nothing", *more)

    assert result.exit_code == 2
    assert "nothing" in result.stderr
    assert "found:    No such file or directory" in result.stderr
    assert "Traceback" not in result.output


def test_a_terminal_that_knows_no_such_character_gets_it_spelled_out(tmp_path: Path) -> None:
    company = healthy(1, 0)
    company.everybody[0].email = ""
    command = [sys.executable, "-m", "conformance", "forecast", *files(company, tmp_path)]

    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )

    assert done.returncode == 1
    assert "\\u2717" in done.stdout
    assert not done.stderr


def test_what_cannot_be_written_is_exit_status_2(tmp_path: Path) -> None:
    for option in ("--csv", "--json"):
        result = forecast(*files(healthy(1, 0), tmp_path), option, tmp_path / "no folder" / "x")
        assert result.exit_code == 2
        assert "no folder" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Nothing to look at"),
        (("--metadata", "a", "--discovery", "b"), "one standard is active"),
        (("--saved", "a"), "--metadata or --discovery"),
        (("--metadata", "a", "--idp-users", "b"), "--roster"),
        (("--roster", "a", "--assigned", "b"), "--idp-users"),
        (("--roster", "a", "--idp", "keycloak"), "azure"),
    ],
)
def test_combinations_that_say_nothing_are_refused(arguments: tuple[str, ...], says: str) -> None:
    result = forecast(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr
