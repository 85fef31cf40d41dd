"""Questions: what an answer yields, and how it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest
from pydantic import ValidationError

from conformance.agents.protocol import CrashedError, NoAnswerError, UserAgent
from conformance.catalogue.ask import Ask
from conformance.judge import Circumstances, combine
from conformance.model import Account, Level, Verdict
from conformance.steps.arena import Arena
from conformance.steps.questions import put_question
from conformance.targets.protocol import Answer
from conformance.targets.questions import read_answer
from conformance.targets.schema import Question

QUESTION = Question.model_validate(
    {
        "requests": [{"method": "GET", "url": "{base_url}/config"}],
        "yields": {
            "issuer": {"json": "saml.issuer"},
            "switch": {"css": "#switch", "attribute": "value"},
            "rows": {"css": "td", "every": True},
            "where": {"header": "Location"},
        },
    }
)
PAGE = "<html><body><input id=switch value=on><table><tr><td> a <td>b</table></body></html>"
GIVEN = Circumstances(level=Level.MUST, cls="lifecycle")


class Session:
    """Answers every question in the same way, and keeps what came with it."""

    def __init__(self, answer: Answer | Exception) -> None:
        self.answer = answer
        self.given: list[Mapping[str, Any]] = []

    def question(self, what: str, given: Mapping[str, Any]) -> Question:
        assert what == "saved-configuration"
        return QUESTION

    def ask(self, question: Question, account: Account | None, given: Mapping[str, Any]) -> Answer:
        self.given.append(given)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Place:
    """The part of an arena that a question needs."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def names(self) -> Mapping[str, str]:
        return {"audience": "http://sp", "idp.issuer_url": "http://idp"}


def nobody() -> UserAgent:
    raise AssertionError("a question of requests needs no browser")


def verdict(answer: Answer | Exception, kept: dict[str, Any] | None = None, **args: object) -> Verdict:
    ask = Ask.model_validate({"what": "saved-configuration", **args})
    arena = cast("Arena", Place(Session(answer)))
    return combine(put_question(arena, ask, nobody, kept if kept is not None else {}, GIVEN))


def json_answer(issuer: str = "http://idp", status: int = 200) -> Answer:
    return read_answer(QUESTION, status, {"location": "/next"}, f'{{"saml": {{"issuer": "{issuer}"}}}}')


def test_fields_come_from_json_elements_and_headers() -> None:
    assert json_answer().fields == {
        "status": 200,
        "issuer": "http://idp",
        "switch": None,
        "rows": [],
        "where": "/next",
    }
    page = read_answer(QUESTION, 200, {}, PAGE)
    assert page.fields == {"status": 200, "issuer": None, "switch": "on", "rows": ["a", "b"], "where": None}


def test_equal_fields_pass_and_others_fail() -> None:
    assert verdict(json_answer(), **{"is": {"issuer": "{idp.issuer_url}", "switch": None}}) is Verdict.PASS
    assert verdict(json_answer("http://other"), **{"is": {"issuer": "{idp.issuer_url}"}}) is Verdict.FAIL
    assert verdict(json_answer(), is_not={"issuer": "http://other"}) is Verdict.PASS
    assert verdict(json_answer(), is_not={"issuer": "http://idp"}) is Verdict.FAIL


def test_words_are_looked_for_and_secrets_are_not_there() -> None:
    assert verdict(json_answer(), says=["ISSUER"]) is Verdict.PASS
    assert verdict(json_answer(), says=["nothing of the kind"]) is Verdict.FAIL
    assert verdict(json_answer(), hides=["{audience}"]) is Verdict.PASS
    assert verdict(json_answer(), hides=["{idp.issuer_url}"]) is Verdict.FAIL


def test_an_answer_that_is_no_success_says_nothing_unless_it_is_asked_for() -> None:
    assert verdict(json_answer(status=403), **{"is": {"switch": None}}) is Verdict.FAIL
    assert verdict(json_answer(status=403), **{"is": {"status": 403, "switch": None}}) is Verdict.PASS
    assert verdict(json_answer(status=500), is_not={"status": 200}) is Verdict.FAIL
    assert verdict(CrashedError("broken"), **{"is": {"status": 500}}) is Verdict.FAIL
    assert verdict(NoAnswerError("silence"), says=["a"]) is Verdict.INCONCLUSIVE


def test_what_is_remembered_can_be_compared_with_later() -> None:
    kept: dict[str, Any] = {}
    assert verdict(json_answer(), kept, says=["issuer"], remember={"before": "issuer"}) is Verdict.PASS
    assert kept == {"before": "http://idp"}
    assert verdict(json_answer(), kept, **{"is": {"issuer": "{before}"}}) is Verdict.PASS


def test_values_of_the_arena_go_along() -> None:
    session = Session(json_answer())
    ask = Ask.model_validate({"what": "saved-configuration", "with": {"address": "{audience}/x"}})
    put_question(cast("Arena", Place(session)), ask, nobody, {}, GIVEN)
    assert session.given == [{"address": "http://sp/x"}]


def test_a_field_that_the_question_does_not_yield_is_a_mistake() -> None:
    with pytest.raises(LookupError, match=r"does not yield isuer; it yields status, issuer, switch"):
        verdict(json_answer(), **{"is": {"isuer": "x"}})


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"yields": {}}, "one of `requests`, `open` and `send`"),
        ({"open": "/", "yields": {"a": {"css": "p", "header": "b"}}}, "one of `json`, `css` and `header`"),
    ],
)
def test_a_question_has_one_way_and_a_field_one_place(question: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Question.model_validate(question)


@pytest.mark.parametrize(
    "body",
    [
        '{"saml": {"issuer": "http://idp/<pre>x</pre>"}}',
        '<html><body><pre>{"saml": {"issuer": "http://idp/&lt;pre&gt;x&lt;/pre&gt;"}}</pre></body></html>',
    ],
)
def test_json_is_read_as_it_came_and_as_a_browser_shows_it(body: str) -> None:
    assert read_answer(QUESTION, 200, {}, body).fields["issuer"] == "http://idp/<pre>x</pre>"
