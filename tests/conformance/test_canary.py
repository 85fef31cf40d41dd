"""The canary hears whoever asks it, tells cases apart, and speaks up in cases that name it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from conformance.catalogue import load_catalogue
from conformance.model import Case, FaultSpec, Step, Verdict
from conformance.steps.canary import Canary

ANY_CASE = load_catalogue(Path(__file__).resolve().parents[2] / "scenarios")[0]


@pytest.fixture
def canary() -> Iterator[Canary]:
    made = Canary()
    made.next_case(naming("{canary}"))
    yield made
    made.close()


def naming(text: str) -> Case:
    return replace(ANY_CASE, fault=FaultSpec("saml.any", {"url": text}), steps=())


def ask(url: str, method: str = "GET") -> httpx.Response:
    return httpx.request(method, url, trust_env=False)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_request_is_heard_and_fails_the_case(canary: Canary, method: str) -> None:
    assert ask(f"{canary.url}/keys?a=1", method).status_code == 200
    assert [request.split("/")[0] for request in canary.heard()] == [f"{method} "]
    (check,) = canary.check(naming("{canary}/keys"), "")
    assert (check.title, check.verdict) == ("canary silent", Verdict.FAIL)
    assert "/keys?a=1" in check.observed


def test_silence_passes(canary: Canary) -> None:
    assert canary.names({})["canary"] == canary.url
    assert [check.verdict for check in canary.check(naming("{canary}"), "a page")] == [Verdict.PASS]


def test_a_late_request_of_an_earlier_case_is_not_this_one_s(canary: Canary) -> None:
    earlier = canary.url
    canary.next_case(naming("{canary}"))
    ask(earlier)
    assert canary.heard() == ()
    assert canary.url != earlier


def test_what_is_in_its_file_must_not_be_shown(canary: Canary) -> None:
    canary.next_case(naming("{canary_file}"))
    secret = Path(canary.names({})["canary_file"]).read_text(encoding="utf-8")
    (check,) = canary.check(naming("{canary_file}"), f"No account has the e-mail {secret}.")
    assert check.verdict is Verdict.FAIL


def test_reading_its_file_is_noticed_though_nothing_shows_it(canary: Canary) -> None:
    case = naming("file://{canary_file.alice}")
    canary.next_case(case)
    path = Path(canary.names({"alice": "alice@acme.test"})["canary_file.alice"])
    assert canary.names({"alice": "alice@acme.test"})["canary_file.alice"] == str(path), "one file a case"
    assert [check.verdict for check in canary.check(case, "")] == [Verdict.PASS]
    assert path.read_text(encoding="utf-8") == "alice@acme.test"
    if os.statvfs(path).f_flag & os.ST_NOATIME:
        pytest.skip("this file system does not keep the time of the last reading")
    (check,) = canary.check(case, "")
    assert check.verdict is Verdict.FAIL
    assert f"its file {path.name} was opened" in check.observed


def test_cases_that_do_not_name_it_are_not_judged_by_it(canary: Canary) -> None:
    ask(canary.url)
    assert list(canary.check(naming("http://127.0.0.1/"), "")) == []


def test_in_a_case_that_does_not_name_it_nothing_listens() -> None:
    canary = Canary()
    canary.next_case(naming("http://127.0.0.1/"))
    assert canary.names({}) == {}
    assert canary._server is None
    assert canary._folder is None


def test_steps_of_a_journey_may_name_it(canary: Canary) -> None:
    case = replace(naming(""), steps=(Step("login", {"fault": {"url": "{canary}"}}, 1),))
    assert len(list(canary.check(case, ""))) == 1


def test_it_answers_what_it_is_told_to(canary: Canary) -> None:
    canary.answer(b'{"keys": []}')
    answer = ask(canary.url)
    assert (answer.json(), answer.headers["content-type"]) == ({"keys": []}, "application/json")
    canary.next_case(naming("{canary}"))
    assert ask(canary.url).content == b""
