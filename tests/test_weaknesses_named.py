"""Cases and weaknesses fit together; names cross from program to program as data, so it is looked at here."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.catalogue import load_catalogue
from conformance.model import Case, Expected, Place
from conformance.mutants import Weakness, mismatches
from platform_stub.weaknesses import REGISTRY

CASES = load_catalogue(Path(__file__).parents[1] / "scenarios")
NAMED = {name for case in CASES for name in case.weaknesses}


def asks_for_a_refusal(case: Case) -> bool:
    """Tell whether the platform must refuse somebody; what the IdP refuses is no merit of the platform."""
    asked = [(case.expect, case.place)]
    asked += [(getattr(step.args, "expect", None), getattr(step.args, "place", None)) for step in case.steps]
    return any(expect == Expected.REFUSED and place != Place.IDP for expect, place in asked)


@pytest.mark.parametrize(
    "case", [case for case in CASES if asks_for_a_refusal(case)], ids=lambda case: case.id
)
def test_a_case_that_asks_for_a_refusal_names_a_weakness(case: Case) -> None:
    assert case.weaknesses, f"{case.file}:{case.line}: which planted weakness makes it fail?"


def test_each_name_is_a_weakness_of_the_cases_class() -> None:
    known = [Weakness(one.name, one.family, one.summary) for one in REGISTRY.values()]
    assert mismatches(known, CASES) == []


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_each_weakness_is_named_by_a_case(name: str) -> None:
    assert name in NAMED, "a weakness that no case catches proves nothing: name it in a case, or take it away"
