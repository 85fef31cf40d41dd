"""What a login step asks of the page at its end and of the way there, each able to fail."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.agents.protocol import Exchange, Page
from conformance.catalogue.verbs import Login
from conformance.judge import combine
from conformance.model import Level, Verdict
from conformance.steps.after_login import judge_page
from conformance.steps.attempt import Attempt

IDP = "http://idp.test"


def verdict(asked: dict[str, Any], *, html: str = "<p>x</p>", text: str = "x", requests: int = 1) -> Verdict:
    """Judge a login step that asks this, at a page like this, after so many requests to the IdP."""
    page = Page("http://sp.test/", 403, "", text, html, frozenset(), frozenset())
    trace = [Exchange("GET", f"{IDP}/sso?SAMLRequest={number}") for number in range(requests)]
    attempt = SimpleNamespace(
        seen=SimpleNamespace(text=text),
        agent=SimpleNamespace(page=page, trace=trace),
        arena=SimpleNamespace(protocol="saml", tenant=SimpleNamespace(base_url=IDP)),
    )
    args = Login.model_validate({"as": "alice", "expect": "refused", **asked})
    names = {"alice.email": "alice@acme.test"}
    return combine(list(judge_page("a login", args, cast(Attempt, attempt), names, Level.MUST)))


@pytest.mark.parametrize(
    ("asked", "good", "bad"),
    [
        ({"hides": ["{alice.email}"]}, {"text": "nobody"}, {"text": "alice@acme.test"}),
        ({"inert": ["ran"]}, {"html": "<p>&lt;script&gt;ran"}, {"html": "<script>ran</script>"}),
        ({"shorter_than": 10}, {"text": "x" * 9}, {"text": "x" * 10}),
        ({"round_trips": 2}, {"requests": 2}, {"requests": 3}),
    ],
)
def test_each_wish_passes_and_fails(asked: dict[str, Any], good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert verdict(asked, **good) is Verdict.PASS
    assert verdict(asked, **bad) is Verdict.FAIL


def test_a_step_without_wishes_adds_no_check() -> None:
    args = Login.model_validate({"as": "alice", "expect": "refused"})
    attempt = cast(Attempt, SimpleNamespace(seen=None, agent=SimpleNamespace(page=None), arena=None))
    assert list(judge_page("a login", args, attempt, {}, Level.MUST)) == []
