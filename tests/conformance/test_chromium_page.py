"""What one page of Chromium does when DevTools' events come in an order that a real browser seldom gives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest
from playwright.async_api import CDPSession
from playwright.async_api import Page as PlaywrightPage

from conformance.agents.chromium.page import ChromiumPage
from conformance.agents.limits import Limits
from conformance.agents.protocol import Action, NoAnswerError
from conformance.agents.sites import Reach
from conformance.agents.watching import Watchers

_URL = "http://localhost:1/callback"


class _SilentBrowser:
    """A browser that answers no look at its page, and asks for `_URL` while it is looked at."""

    url = "http://localhost:1/"

    def __init__(self) -> None:
        self.listeners: dict[str, Callable[[Mapping[str, Any]], object]] = {}

    def on(self, event: str, listener: Callable[[Mapping[str, Any]], object]) -> None:
        self.listeners[event] = listener

    async def goto(self, url: str, **_: object) -> None:
        """Be there at once."""

    async def send(self, method: str, _: object = None) -> dict[str, Any]:
        if method == "Page.navigate":
            return {}
        if method == "Page.getFrameTree":
            return {"frameTree": {"frame": {"id": "F"}}}
        if method == "Runtime.evaluate":
            request = {"method": "GET", "url": _URL, "headers": {}}
            asked = {"requestId": "R", "networkId": "N", "frameId": "F", "request": request}
            self.listeners["Fetch.requestPaused"](asked)
            await asyncio.Event().wait()
        return {}


async def _open(action: Action) -> ChromiumPage:
    browser = _SilentBrowser()
    watchers = Watchers()
    watchers.add(_URL, lambda _: action)
    page = ChromiumPage(
        cast(PlaywrightPage, browser),
        cast(CDPSession, browser),
        watchers,
        Limits(seconds=1.0),
        Reach(frozenset()),
    )
    await page.start()
    await page.open("http://localhost:1/")
    return page


def test_a_request_held_while_the_page_is_looked_at_ends_the_look() -> None:
    held = asyncio.run(_open(Action.HOLD)).requests.held
    assert held is not None
    assert held.url == _URL


def test_a_look_that_is_never_answered_ends_at_the_deadline() -> None:
    with pytest.raises(NoAnswerError, match="did not come to rest within 1 s"):
        asyncio.run(_open(Action.SEND))


class _CalmBrowser(_SilentBrowser):
    """A browser whose page shows one word, and moves on once more while it is left for the empty page."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[str] = []

    async def goto(self, url: str, **_: object) -> None:
        if url == "about:blank":
            request = {"method": "GET", "url": _URL, "headers": {}}
            self.listeners["Fetch.requestPaused"](
                {"requestId": "R", "networkId": "N", "frameId": "F", "request": request}
            )
            while "Fetch.failRequest" not in self.commands and "Fetch.continueRequest" not in self.commands:
                await asyncio.sleep(0)

    async def send(self, method: str, more: object = None) -> dict[str, Any]:
        self.commands.append(method)
        if method == "Runtime.evaluate":
            facts = {"marked": "<p>calm</p>", "source": "<p>calm</p>", "url": self.url, "mark": 1}
            return {"result": {"value": facts}}
        return await super().send(method, more)


async def _calm() -> tuple[_CalmBrowser, ChromiumPage]:
    browser = _CalmBrowser()
    page = ChromiumPage(
        cast(PlaywrightPage, browser),
        cast(CDPSession, browser),
        Watchers(),
        Limits(seconds=1.0),
        Reach(frozenset({"localhost"})),
    )
    await page.start()
    return browser, page


def test_what_an_earlier_navigation_met_too_late_is_not_the_next_ones_failure() -> None:
    async def play() -> str:
        _, page = await _calm()
        page.requests.failure = NoAnswerError("the page before did not end")
        return (await page.open("http://localhost:1/")).text

    assert asyncio.run(play()) == "calm"


def test_a_page_that_is_given_up_cannot_move_on_by_itself() -> None:
    async def play() -> list[str]:
        browser, page = await _calm()
        page._limits = Limits(seconds=0.0)
        with pytest.raises(NoAnswerError):
            await page.open("http://localhost:1/")
        return browser.commands

    commands = asyncio.run(play())
    assert "Fetch.failRequest" in commands
    assert "Fetch.continueRequest" not in commands
