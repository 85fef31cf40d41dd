"""One page of Chromium, driven asynchronously: actions, coming to rest, and what the page then shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from lxml.html import HtmlElement
from playwright.async_api import CDPSession, Error
from playwright.async_api import Page as PlaywrightPage

from conformance.agents.automatic import self_submitting_form
from conformance.agents.chromium.hands import Hands, Sight
from conformance.agents.chromium.loading import Loading
from conformance.agents.chromium.requests import Changes, Requests
from conformance.agents.document import NOT_FETCHED, Document, blank
from conformance.agents.forms import choose, find_button
from conformance.agents.limits import Deadline, Limits
from conformance.agents.protocol import CrashedError, NoAnswerError, NotOnPageError, Page
from conformance.agents.sites import Reach, origin
from conformance.agents.watching import Watchers

_HERE = Path(__file__).parent
_SNAPSHOT = (_HERE / "snapshot.js").read_text("utf-8")
_TEMPLATES = Environment(loader=FileSystemLoader(_HERE), autoescape=True)
_STAYS = "net::ERR_ABORTED"
_EMPTY_ANSWER = "net::ERR_HTTP_RESPONSE_CODE_FAILURE"
_BLOCKED = "net::ERR_BLOCKED_BY_CLIENT"
_NO_ANSWER = ("ERR_TOO_MANY_REDIRECTS", "TIMED_OUT")
_DOCUMENT_GONE = ("context", "navigated", "collected")
_NAVIGATION_SAYS = ("net::ERR_", "interrupted by another navigation", "Download is starting")
_STORED = "local_storage,indexeddb,cache_storage,service_workers"
_STOP_SECONDS = 1.0
_STOP_TRIES = 3
_Found = tuple[Mapping[str, HtmlElement], HtmlElement | None]
"""Inputs by name, and the button to press."""
_Find = Callable[[Document], _Found]


class ChromiumPage:
    """A tab in a browser context of its own. Make it with `start`."""

    def __init__(
        self, page: PlaywrightPage, cdp: CDPSession, watchers: Watchers, limits: Limits, reach: Reach
    ) -> None:
        self._page = page
        self._cdp = cdp
        self._limits = limits
        self._changes = Changes()
        self._hands = Hands(cdp)
        self._loading = Loading(cdp, self._changes)
        self.requests = Requests(cdp, self._changes, watchers, limits, reach)
        self.page = blank("about:blank")
        """The last page at rest."""
        self.has_session_storage = False
        """Whether a page has put something into the session storage, which only closing the tab empties."""
        self._sight: Sight | None = None
        self._action: asyncio.Task[object] | None = None

    async def start(self) -> None:
        """Begin to listen to the browser."""
        await self.requests.start(await self._loading.start())
        self._cdp.on("DOMStorage.domStorageItemAdded", self._on_stored)
        await self._cdp.send("DOMStorage.enable")

    def _on_stored(self, event: Mapping[str, Any]) -> None:
        self.has_session_storage |= not event["storageId"]["isLocalStorage"]

    async def close(self) -> None:
        """Close the tab."""
        await self._abandon()
        await self._page.close()

    async def open(self, url: str) -> Page:
        """Go to `url` as typed into the address bar."""
        return await self._go(self._navigate(url), f"GET {url}")

    async def submit(self, fields: Mapping[str, str], button: str) -> Page:
        """Fill in and submit a form."""
        return await self._go(self._fill_in(fields, button), f"Submitting {', '.join(fields) or 'a form'}")

    async def press(self, button: str) -> Page:
        """Press a button or follow a link."""
        return await self._go(self._click(button), f"Pressing {button!r}")

    async def post(self, url: str, fields: Mapping[str, str], from_site: str) -> Page:
        """Submit a form of our own that the browser believes to have got from `from_site`."""
        address = origin(from_site) + "/"
        self.requests.stand_ins[address] = _TEMPLATES.get_template("post.html").render(
            url=url, fields=fields.items()
        )
        return await self._go(self._navigate(address), f"POST {url}")

    async def deliver(self) -> Page:
        """Send the held request and come to rest."""
        held = self.requests.held
        deadline = Deadline(self._limits, f"{held.method} {held.url}" if held else "The held request")
        await self.requests.release()
        return await self._settle(deadline)

    async def screenshot(self, path: Path) -> None:
        """Write a PNG of what the tab shows; not while a request is held, when Chromium gives none."""
        await self._page.screenshot(path=path, timeout=self._limits.seconds * 1000)

    async def start_over(self) -> None:
        """Forget what was seen and what the visited origins stored; cookies are the context's matter.

        Session storage is the tab's own and stays: see `has_session_storage`.
        """
        await self._abandon()
        for site in sorted({origin(exchange.url) for exchange in self.requests.trace}):
            await self._cdp.send("Storage.clearDataForOrigin", {"origin": site, "storageTypes": _STORED})
        self.requests.start_over()
        self.page, self._sight = blank("about:blank"), None

    async def _go(self, action: Coroutine[Any, Any, object], what: str) -> Page:
        """Carry out `action` and come to rest. A request that is held meanwhile leaves the action pending."""
        deadline = Deadline(self._limits, what)
        await self._abandon()
        self.requests.failure = None  # of an earlier navigation, whose last bytes came after it was given up
        self._action = asyncio.get_running_loop().create_task(action)
        self._action.add_done_callback(self._on_acted)
        return await self._settle(deadline)

    def _on_acted(self, action: asyncio.Future[Any]) -> None:
        if not action.cancelled():
            action.exception()  # looked at here, because nobody asks for it once the action is abandoned
        self._changes.tell()

    async def _abandon(self) -> None:
        if self._action is not None:
            self._action.cancel()
        await self.requests.drop()

    async def _settle(self, deadline: Deadline) -> Page:
        first, calls = self._loading.commits, self._loading.calls_made
        patience = Deadline(replace(self._limits, seconds=self._limits.script_seconds), "A script")
        try:
            while True:
                await self._wait_for_rest(first, deadline)
                if self.requests.held is not None:  # Chromium does not let anybody look at the page meanwhile
                    return self.page
                commits = self._loading.commits
                seen = await self._look(deadline)
                if seen is None or self._is_moving(commits):
                    continue
                if calls != self._loading.calls_made and not patience.is_over:
                    calls = self._loading.calls_made
                    await self._wait_for_calls(first, min(patience.left(), deadline.left()))
                    continue  # and look again: what came back may have changed the page
                page, sight = seen
                if not await self._moves_on(sight.document, commits, deadline):
                    self.page, self._sight = page, sight
                    return page
        except NoAnswerError:
            await self._stop()
            raise

    async def _wait_for_rest(self, first: int, deadline: Deadline) -> None:
        """Wait until nothing is going on, or a request is held. Raises what went wrong."""
        if not await self._changes.until(lambda: self._is_ready(first), deadline.left()):
            raise deadline.passed()
        failure, self.requests.failure = self.requests.failure, None
        if failure is not None:
            raise failure
        await self.requests.settle()
        if self._loading.commits - first > self._limits.hops + 1:
            raise NoAnswerError(f"More than {self._limits.hops} pages moved on by themselves")
        self._raise_action_error()

    async def _wait_for_calls(self, first: int, seconds: float) -> None:
        """Wait for the page's background calls, unless they lead to another document."""
        await self._changes.until(lambda: not self._loading.calls or not self._is_ready(first), seconds)

    @property
    def _is_stopped(self) -> bool:
        return self.requests.failure is not None or self.requests.held is not None

    def _is_ready(self, first: int) -> bool:
        if self._is_stopped:
            return True
        acted = self._action is None or self._action.done()
        endless = self._loading.commits - first > self._limits.hops + 1
        return endless or (acted and self._loading.is_at_rest)

    def _is_moving(self, commits: int) -> bool:
        """Tell whether the document of that many commits ago is being left, or has been."""
        left = not self._loading.is_at_rest or self._loading.commits != commits
        return left or self.requests.held is not None

    def _raise_action_error(self) -> None:
        """Raise what the action met, unless it only repeats what the navigation's own events say."""
        if self._action is None or not self._action.done() or self._action.cancelled():
            return
        error = self._action.exception()
        if isinstance(error, Error) and any(said in error.message for said in _NAVIGATION_SAYS):
            return
        if error is not None:
            self._action = None
            raise error

    async def _look(self, deadline: Deadline) -> tuple[Page, Sight] | None:
        """Return what is shown, None when it went away meanwhile. Raises CrashedError, NoAnswerError."""
        error = self._loading.errors.get(self.requests.latest, "")
        last = self.requests.exchange(self.requests.latest)
        if last is not None and error == _BLOCKED:
            return blank(last.url, 0, NOT_FETCHED), Sight(Document("", last.url), 0)
        if last is not None and error == _EMPTY_ANSWER:
            return blank(last.url, last.status or 0), Sight(Document("", last.url), 0)
        if last is not None and error not in ("", _STAYS):
            del self._loading.errors[self.requests.latest]
            kind = NoAnswerError if error.endswith(_NO_ANSWER) else CrashedError
            raise kind(f"{last.method} {last.url}: {error}")
        facts = await self._snapshot(deadline)
        if facts is None:
            return None
        shown = self.requests.exchange(self._loading.loader)
        sight = _sight(facts)
        return sight.document.page((shown and shown.status) or 0, facts["source"]), sight

    async def _moves_on(self, document: Document, commits: int, deadline: Deadline) -> bool:
        """Give a page that looks self-submitting the time to submit itself; tell whether it did."""
        if self_submitting_form(document) is None:
            return False
        patience = min(self._limits.script_seconds, deadline.left())
        return await self._changes.until(lambda: self._is_moving(commits), patience)

    async def _snapshot(self, deadline: Deadline) -> dict[str, Any] | None:
        """Return `url`, `source`, `marked` and `mark` (see snapshot.js).

        None when the document went away or a request is held, during which Chromium answers no script.
        """
        call = {"expression": _SNAPSHOT, "awaitPromise": True, "returnByValue": True}
        asked = asyncio.ensure_future(self._cdp.send("Runtime.evaluate", call))
        asked.add_done_callback(self._on_acted)
        try:
            if not await self._changes.until(lambda: asked.done() or self._is_stopped, deadline.left()):
                raise deadline.passed()
            if not asked.done():
                return None
            answer = asked.result()
        except Error as error:
            if any(word in error.message for word in _DOCUMENT_GONE):
                return None
            raise
        finally:
            asked.cancel()
        if "exceptionDetails" in answer:
            raise RuntimeError(f"The page at {self._page.url} cannot be read: {answer['exceptionDetails']}")
        facts: dict[str, Any] = answer["result"]["value"]
        return facts

    async def _fill_in(self, fields: Mapping[str, str], button: str) -> None:
        def chosen(document: Document) -> _Found:
            choice = choose(document, fields, button)
            return choice.inputs, choice.button

        await self._touch(chosen, fields)

    async def _click(self, button: str) -> None:
        await self._touch(lambda document: ({}, find_button(document, button, with_links=True)), {})

    async def _touch(self, find: _Find, values: Mapping[str, str]) -> None:
        """Fill in and press what `find` finds: on the page as it was seen last, if it is still so."""
        if self._sight is not None:
            # What is not as it was seen, or was not there, is looked at again.
            with suppress(NotOnPageError):
                return await self._hands.fill_and_press(*find(self._sight.document), values, self._sight.mark)
        sight = await self._look_again()
        return await self._hands.fill_and_press(*find(sight.document), values, sight.mark)

    async def _look_again(self) -> Sight:
        facts = None
        while facts is None:
            facts = await self._snapshot(Deadline(self._limits, "Reading the page"))
        return _sight(facts)

    async def _navigate(self, url: str) -> None:
        # Not by Playwright's `goto`, which watches much that nobody waits for; what it met, events tell.
        await self._cdp.send("Page.navigate", {"url": url, "transitionType": "typed"})

    async def _stop(self) -> None:
        """Give up a navigation and leave an empty tab, so that it can be used again."""
        await self._abandon()
        self.requests.is_closed = True
        try:
            await self._leave()
        finally:
            self.requests.is_closed = False

    async def _leave(self) -> None:
        for _ in range(_STOP_TRIES):
            try:
                await self._page.goto("about:blank", wait_until="commit", timeout=_STOP_SECONDS * 1000)
            except Error:  # the page moved on once more just then; NoAnswerError is raised in any case
                continue
            await self._changes.until(lambda: self._loading.is_at_rest, _STOP_SECONDS)
            return


def _sight(facts: Mapping[str, Any]) -> Sight:
    return Sight(Document(facts["marked"], facts["url"]), facts["mark"])
