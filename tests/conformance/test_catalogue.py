"""Scenario files: those of the project load, and each mistake is told with file, line and what is allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.catalogue import CatalogueError, SelectionError, load_catalogue, select
from conformance.engine.settings import ROOT
from conformance.model import Plan

CATALOG = {
    "faults": [
        {
            "name": "saml.audience.replace",
            "protocol": "saml",
            "class": "audience",
            "params": {"audience": {"type": "string", "required": True, "default": None}},
        }
    ],
    "personalities": [{"name": "okta", "aliases": []}, {"name": "entra", "aliases": ["azure"]}],
    "personas": {"alice": {}, "mallory": {}, "adam": {}, "nobody": {}},
    "settings": {
        "tenant": ["consent"],
        "saml": ["audience_mode"],
        "oidc": ["secret_expires"],
        "persona": ["guest", "email"],
    },
}
ROSTER = """
alice: {kind: user, login: alice, password: pw, email: alice@acme.test}
mallory: {kind: user, login: mallory, password: pw, email: mallory@acme.test}
adam: {kind: agent, login: adam, password: pw, email: adam@acme.test}
"""
GOOD = """
cases:
  audience-wrong:
    title: Assertion addressed to another service provider
    requirement: The SP must refuse an assertion that does not name it.
    why: An assertion stolen elsewhere would open this one.
    refs: [SAMLCORE-2.5.1.4]
    basis: standard
    level: MUST
    severity: high
    class: audience
    protocol: saml
    personalities: [okta, azure]
    persona: mallory
    victim: alice
    fault: {name: saml.audience.replace, audience: "https://other.example"}
    expect: refused
"""


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "catalog.json").write_text(json.dumps(CATALOG))
    (tmp_path / "roster.yaml").write_text(ROSTER)
    (tmp_path / "saml").mkdir()
    return tmp_path


def write(scenarios: Path, text: str, name: str = "saml/conditions.yaml") -> None:
    (scenarios / name).write_text(text)


def problem(scenarios: Path, text: str) -> str:
    write(scenarios, text)
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(scenarios)
    return str(caught.value)


def test_the_projects_own_scenarios_load() -> None:
    cases = load_catalogue(ROOT / "scenarios")
    assert len(cases) >= 60
    assert {case.protocol for case in cases} == {"saml", "oidc"}


def test_a_case_gets_its_id_from_file_and_key(scenarios: Path) -> None:
    write(scenarios, GOOD)
    (case,) = load_catalogue(scenarios)
    assert case.id == "saml.conditions.audience-wrong"
    assert case.personalities == ("okta", "entra")
    assert (case.file, case.line) == ("scenarios/saml/conditions.yaml", 3)


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("    severity: high\n", "", 3, "missing: this field is mandatory"),
        ("severity: high", "sevrity: high", 10, "did you mean `severity`?"),
        ("saml.audience.replace", "saml.audience.replaced", 16, "did you mean `saml.audience.replace`?"),
        ('audience: "https', 'audiance: "https', 16, "unknown parameter of saml.audience.replace `audiance`"),
        ("persona: mallory", "persona: malory", 14, "did you mean `mallory`?"),
        ("persona: mallory", "persona: nobody", 14, "unknown account of the roster `nobody`"),
        ("refs: [SAMLCORE-2.5.1.4]", "refs: [SAMLCOR-2.5.1.4]", 7, "unknown reference prefix"),
        ("class: audience", "class: time", 11, "is of class `audience`"),
        ("protocol: saml", "protocol: oidc", 16, "is a saml fault, this is a oidc case"),
        ("    victim: alice\n", "", 3, "an attack needs two people"),
        ("okta, azure", "okta, auth0", 13, "unknown personality `auth0`"),
        ("level: MUST", "level: SHALL", 9, "'MUST' or 'SHOULD'"),
        ("expect: refused", "expect: refused\n    expect: admitted", 18, "`expect` is given twice"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(
    scenarios: Path, old: str, new: str, line: int, told: str
) -> None:
    assert old in GOOD
    message = problem(scenarios, GOOD.replace(old, new))
    assert told in message
    assert f"scenarios/saml/conditions.yaml:{line}: " in message or "missing" in told or "two people" in told


def test_a_negative_case_needs_a_cause(scenarios: Path) -> None:
    without = "\n".join(line for line in GOOD.splitlines() if "fault:" not in line)
    assert "a negative case needs a `fault` or a `given` state" in problem(scenarios, without)


def test_a_journey_needs_an_expectation_and_known_verbs(scenarios: Path) -> None:
    head = GOOD[: GOOD.index("    persona:")]
    assert "no step expects anything" in problem(scenarios, head + "    steps:\n      - switch: on\n")
    told = problem(
        scenarios, head + "    steps:\n      - swich: on\n      - login: {as: alice, expect: admitted}\n"
    )
    assert "unknown verb `swich`; did you mean `switch`?" in told
    told = problem(scenarios, head + "    steps:\n      - login: {as: alice, expect: admited}\n")
    assert ":15: " in told and "'admitted', 'refused' or 'either'" in told


def test_every_problem_is_told_at_once(scenarios: Path) -> None:
    told = problem(
        scenarios, GOOD.replace("level: MUST", "level: X").replace("severity: high", "severity: Y")
    )
    assert told.count("scenarios/saml/conditions.yaml:") == 2


def test_chromium_plays_the_personalities_that_a_case_names_for_it(scenarios: Path) -> None:
    agents = "    agents: [http, chromium]\n    chromium_personalities: [azure]\n"
    write(scenarios, GOOD.replace("    persona: mallory\n", f"{agents}    persona: mallory\n"))
    played = {(run.personality, run.agent) for run in select(load_catalogue(scenarios))}
    assert played == {("okta", "http"), ("entra", "http"), ("entra", "chromium")}


@pytest.mark.parametrize(
    ("agents", "named", "told"),
    [
        ("[http]", "[okta]", "nothing is played in Chromium here"),
        ("[http, chromium]", "[auth0]", "unknown personality of this case `auth0`"),
    ],
)
def test_personalities_for_chromium_are_some_of_the_cases_own(
    scenarios: Path, agents: str, named: str, told: str
) -> None:
    more = f"    agents: {agents}\n    chromium_personalities: {named}\n"
    assert told in problem(scenarios, GOOD.replace("    persona: mallory\n", f"{more}    persona: mallory\n"))


def test_selection_by_glob_and_by_what_a_case_covers(scenarios: Path) -> None:
    write(scenarios, GOOD + "    covers: [row-of-a-catalogue]\n")
    cases = load_catalogue(scenarios)
    assert [run.personality for run in select(cases, globs=["saml.*"])] == ["okta", "entra"]
    assert len(select(cases, globs=["row-of-*"], personalities=["entra"])) == 1
    with pytest.raises(SelectionError, match=r"no case fits .*near: saml.conditions.audience-wrong"):
        select(cases, globs=["saml.condition.audience"])
    with pytest.raises(SelectionError, match="no case is left"):
        select(cases, agents=["chromium"])


LEVERS = """
defaults: {protocol: saml, level: MUST, basis: inferred, class: audience, severity: low, persona: alice}
cases:
  spn:
    title: A lever of the application
    requirement: What a refusal says is checked.
    why: A support engineer reads it.
    refs: [GITHUB-owner/name.rb#12]
    given: [{idp: {app: {audience_mode: spn}, keys: [publish_next]}}, {directory: {who: alice, guest: true}}]
    expect: refused
    says: [audience-mismatch]
"""


def test_settings_of_the_idp_are_states_of_a_case(scenarios: Path) -> None:
    write(scenarios, LEVERS)
    (case,) = load_catalogue(scenarios)
    assert [step.verb for step in case.given] == ["idp", "directory"]
    assert case.given[1].args.changes == {"guest": True}
    assert case.says == ("audience-mismatch",)


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (
            "audience_mode",
            "audience_mod",
            "unknown setting of a SAML application `audience_mod`; did you mean",
        ),
        ("guest: true", "gest: true", "unknown setting of a person at the IdP `gest`; did you mean `guest`"),
        ("app: {", "tenant: {", "unknown setting of a tenant `audience_mode`"),
        ("publish_next", "publish", "publish_next"),
        ("expect: refused", "expect: admitted", "a login that must be admitted has no refusal"),
    ],
)
def test_a_setting_that_does_not_exist_is_told(scenarios: Path, right: str, wrong: str, told: str) -> None:
    write(scenarios, LEVERS.replace(right, wrong))
    with pytest.raises(CatalogueError, match=told):
        load_catalogue(scenarios)


VARIANTS = GOOD.replace(
    """    fault: {name: saml.audience.replace, audience: "https://other.example"}
""",
    """    baselines: [assertion, both]
    variants:
      other: {fault: {name: saml.audience.replace, audience: "https://other.example"}}
      empty:
        fault: {name: saml.audience.replace, audience: ""}
        title: an empty audience
        severity: low
""",
)


def test_variants_and_baselines_are_cases_of_their_own(scenarios: Path) -> None:
    write(scenarios, VARIANTS)
    cases = load_catalogue(scenarios)
    row = "saml.conditions.audience-wrong"
    assert [case.id for case in cases] == [
        f"{row}:{variant}:{baseline}" for variant in ("other", "empty") for baseline in ("assertion", "both")
    ]
    assert {case.row for case in cases} == {row}
    first, last = cases[0], cases[-1]
    assert (first.title, first.severity, first.baseline) == (
        "Assertion addressed to another service provider (other)", "high", "assertion",
    )  # fmt: skip
    assert (last.title, last.severity, last.baseline) == (
        "Assertion addressed to another service provider (an empty audience)", "low", "both",
    )  # fmt: skip
    assert last.line > first.line
    assert len(select(cases, globs=[row], personalities=["okta"])) == len(cases)


def test_a_mistake_in_a_variant_is_told_with_its_own_line(scenarios: Path) -> None:
    told = problem(scenarios, VARIANTS.replace("severity: low", "severity: tiny"))
    line = VARIANTS.splitlines().index("        severity: low") + 1
    assert f"saml/conditions.yaml:{line}:" in told
    assert "severity" in told


def test_variants_are_told_what_they_must_be(scenarios: Path) -> None:
    told = problem(scenarios, GOOD + "    variants: [a, b]\n")
    assert "variants" in told


def test_what_defaults_say_of_one_login_is_nothing_to_a_journey(scenarios: Path) -> None:
    single, journey = (
        GOOD.split("    persona:", maxsplit=1)[0],
        "    steps: [login: {as: alice, expect: admitted}]\n",
    )
    defaults = "defaults: {persona: mallory, victim: alice, expect: refused, place: endpoint}\n"
    write(scenarios, defaults + single.lstrip() + journey)
    (case,) = load_catalogue(scenarios)
    assert (case.persona, case.expect, case.place, len(case.steps)) == ("", None, None, 1)


def test_a_single_baseline_does_not_show_in_the_id(scenarios: Path) -> None:
    write(scenarios, GOOD + "    baselines: [response]\n")
    (case,) = load_catalogue(scenarios)
    assert (case.id, case.baseline) == ("saml.conditions.audience-wrong", "response")


def test_a_plan_plays_those_before_it_too(scenarios: Path) -> None:
    write(scenarios, GOOD + "    plan: smoke\n")
    write(scenarios, GOOD + "    plan: full\n", "saml/other.yaml")
    cases = load_catalogue(scenarios)
    assert {run.case.id for run in select(cases, plan=Plan.GATE)} == {"saml.conditions.audience-wrong"}
    assert len({run.case.id for run in select(cases, plan=Plan.FULL)}) == 2
