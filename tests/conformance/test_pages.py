"""What the suite reads off a page and a trace: words that would run, and journeys to the IdP."""

from __future__ import annotations

import pytest

from conformance.agents.protocol import Exchange, Page
from conformance.checks.pages import live_words, visits


def page(html: str, title: str = "") -> Page:
    return Page("http://sp.test/", 200, title, "", html, frozenset(), frozenset())


@pytest.mark.parametrize(
    "html",
    [
        "<p><script>document.title='ran'</script>",
        "<img src=x onerror=\"document.title='ran'\">",
        "<a href=\" JavaScript:document.title='ran'\">on</a>",
    ],
)
def test_a_word_is_live_where_a_browser_would_run_it(html: str) -> None:
    assert live_words(page(html), ["ran", "other"]) == ["ran"]


def test_a_title_tells_that_a_script_ran() -> None:
    assert live_words(page("<p>nothing</p>", title="ran"), ["ran"]) == ["ran"]


def test_escaped_text_is_not_live() -> None:
    html = "<p title='ran'>&lt;script&gt;ran&lt;/script&gt;</p><script>const own = 1</script>"
    assert live_words(page(html), ["ran"]) == []
    assert live_words(page(""), ["ran"]) == []


def test_visits_count_the_requests_and_nothing_else() -> None:
    trace = [
        Exchange("GET", "http://sp.test/login"),
        Exchange("GET", "http://idp.test/sso?SAMLRequest=a&RelayState=b"),
        Exchange("POST", "http://idp.test/sso/login"),
        Exchange("GET", "http://idp.test/sso?SAMLRequest=c"),
        Exchange("GET", "http://sp.test/acs?SAMLRequest=d"),
    ]
    assert visits(trace, "http://idp.test", "SAMLRequest") == 2
