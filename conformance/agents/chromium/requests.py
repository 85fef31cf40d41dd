"""What Chromium asks for, seen and steered through DevTools: the trace, watchers, held requests, bounds.

Interception is done with DevTools' Fetch domain and not with Playwright's routes, because routes do not see
redirected requests, and an OpenID Connect callback is one.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from playwright.async_api import CDPSession, Error

from conformance.agents.forms import decode
from conformance.agents.limits import Limits
from conformance.agents.protocol import Action, Exchange, NoAnswerError
from conformance.agents.sites import Reach
from conformance.agents.watching import Watchers

_RAW_HEADERS_SECONDS = 1.0
"""How long to wait for the event that has an answer's headers; it comes at about the same time."""


class Changes:
    """Wakes whoever waits for a condition, whenever something in the browser has changed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def tell(self) -> None:
        """Say that something changed."""
        self._event.set()

    async def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until `condition` holds; return False when it does not within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._event.clear()
                    await self._event.wait()
        except TimeoutError:
            return condition()
        return True


@dataclass(frozen=True, slots=True)
class _Paused:
    """A request that waits for the word to go on."""

    id: str
    network_id: str
    exchange: Exchange


@dataclass(slots=True)
class _Chain:
    """A navigation's requests from the first through its redirects; `hops` are positions in the trace.

    An answer comes in two events without an order: one says that it is there, one has its headers as sent.
    """

    hops: list[int] = field(default_factory=list)
    answers: int = 0
    with_raw: list[int] = field(default_factory=list)
    """Positions in the trace of the answers whose headers come in an event of their own."""
    raw: list[Mapping[str, Any]] = field(default_factory=list)
    received: int = 0


class Requests:
    """The document requests of one page's main frame."""

    def __init__(
        self, cdp: CDPSession, changes: Changes, watchers: Watchers, limits: Limits, reach: Reach
    ) -> None:
        self.trace: list[Exchange] = []
        self.failure: BaseException | None = None
        """What a watcher raised, or a bound that was passed."""
        self.latest = ""
        """The network id of the navigation that was sent last."""
        self.is_closed = False
        """Whether every further document is refused: a page that moves on by itself comes to rest."""
        self.stand_ins: dict[str, str] = {}
        """Documents of our own by URL: served once instead of asking the network, and not traced."""
        self._cdp = cdp
        self._changes = changes
        self._watchers = watchers
        self._limits = limits
        self._reach = reach
        self._frame = ""
        self._held: _Paused | None = None
        self._chains: dict[str, _Chain] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, frame: str) -> None:
        """Begin to intercept the documents of the main frame, whose id is `frame`."""
        self._frame = frame
        self._cdp.on("Fetch.requestPaused", self._on_paused)
        self._cdp.on("Network.requestWillBeSent", self._on_redirect)
        self._cdp.on("Network.responseReceived", self._on_response)
        self._cdp.on("Network.responseReceivedExtraInfo", self._on_raw)
        self._cdp.on("Network.dataReceived", self._on_data)
        pattern = {"urlPattern": "*", "resourceType": "Document", "requestStage": "Request"}
        await self._cdp.send("Fetch.enable", {"patterns": [pattern]})

    @property
    def held(self) -> Exchange | None:
        """The request that a watcher holds."""
        return self._held.exchange if self._held is not None else None

    async def release(self) -> None:
        """Send the held request. Raises RuntimeError when there is none."""
        if self._held is None:
            raise RuntimeError("No request is held: a watcher has to answer HOLD before deliver().")
        paused, self._held = self._held, None
        await self._send(paused)

    async def drop(self) -> None:
        """Forget the held request, if there is one: it is never sent."""
        if self._held is not None:
            paused, self._held = self._held, None
            await self._command("failRequest", paused.id, errorReason="Aborted")

    def start_over(self) -> None:
        """Forget what was asked so far."""
        self.trace, self.latest, self.failure = [], "", None
        self.stand_ins.clear()
        self._chains.clear()

    async def settle(self) -> None:
        """Wait until the trace has all that the answers said so far."""
        await self._changes.until(
            lambda: not any(chain.with_raw for chain in self._chains.values()),
            _RAW_HEADERS_SECONDS,
        )

    def exchange(self, network_id: str) -> Exchange | None:
        """Return the last exchange of a navigation; None when it did not go through the network."""
        chain = self._chains.get(network_id)
        return self.trace[chain.hops[-1]] if chain is not None else None

    def _on_paused(self, event: Mapping[str, Any]) -> None:
        task = asyncio.get_running_loop().create_task(self._handle(event))
        self._tasks.add(task)
        task.add_done_callback(self._on_handled)

    def _on_handled(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._fail(task.exception())

    def _fail(self, error: BaseException | None) -> None:
        self.failure = self.failure or error
        self._changes.tell()

    async def _handle(self, event: Mapping[str, Any]) -> None:
        url = event["request"]["url"]
        if event["frameId"] != self._frame:
            await self._command("continueRequest", event["requestId"])
        elif self.is_closed:
            await self._command("failRequest", event["requestId"], errorReason="Aborted")
        elif url in self.stand_ins:
            body = base64.b64encode(self.stand_ins.pop(url).encode()).decode()
            headers = [{"name": "Content-Type", "value": "text/html; charset=utf-8"}]
            await self._command(
                "fulfillRequest", event["requestId"], responseCode=200, responseHeaders=headers, body=body
            )
        else:
            await self._on_request(event)

    async def _on_request(self, event: Mapping[str, Any]) -> None:
        request = event["request"]
        form = decode(request.get("postData", ""), _header(request["headers"], "content-type"))
        paused = _Paused(
            event["requestId"], event["networkId"], Exchange(request["method"], request["url"], form)
        )
        watcher = self._watchers.find(paused.exchange.url)
        # In a thread, so that a watcher may take its time or use another agent of the same browser.
        if watcher is not None and await asyncio.to_thread(watcher, paused.exchange) is Action.HOLD:
            self._held = paused
            self._changes.tell()
            return
        await self._send(paused)

    async def _send(self, paused: _Paused) -> None:
        chain = self._chains.setdefault(paused.network_id, _Chain())
        if len(chain.hops) > self._limits.redirects:
            self._fail(
                NoAnswerError(f"{paused.exchange.url}: more than {self._limits.redirects} redirects in a row")
            )
            await self._command("failRequest", paused.id, errorReason="Aborted")
            return
        chain.hops.append(len(self.trace))
        self.trace.append(paused.exchange)
        self.latest = paused.network_id
        if self._reach.allows(paused.exchange.url):
            await self._command("continueRequest", paused.id)
        else:
            await self._command("failRequest", paused.id, errorReason="BlockedByClient")

    def _on_redirect(self, event: Mapping[str, Any]) -> None:
        if "redirectResponse" in event:
            self._on_answer(event["requestId"], event["redirectResponse"], event["redirectHasExtraInfo"])

    def _on_response(self, event: Mapping[str, Any]) -> None:
        self._on_answer(event["requestId"], event["response"], event["hasExtraInfo"])

    def _on_answer(self, network_id: str, answer: Mapping[str, Any], has_raw: bool) -> None:
        chain = self._chains.get(network_id)
        if chain is None:
            return
        position = chain.hops[chain.answers]
        chain.answers += 1
        if has_raw:
            chain.with_raw.append(position)
            self._read_raw(chain)
        else:  # from a cache, or a redirect of Chromium's own
            self._note(position, answer["status"], answer["headers"])

    def _on_raw(self, event: Mapping[str, Any]) -> None:
        chain = self._chains.get(event["requestId"])
        if chain is not None:
            chain.raw.append(event)
            self._read_raw(chain)

    def _read_raw(self, chain: _Chain) -> None:
        while chain.with_raw and chain.raw:
            answer = chain.raw.pop(0)
            self._note(chain.with_raw.pop(0), answer["statusCode"], answer["headers"])
        self._changes.tell()

    def _note(self, position: int, status: int, headers: Mapping[str, str]) -> None:
        """Write an answer into the trace. A header that was sent several times is joined by newlines."""
        cookies = _header(headers, "set-cookie")
        self.trace[position] = replace(
            self.trace[position],
            status=status,
            location=_header(headers, "location"),
            set_cookie=tuple(cookies.split("\n")) if cookies else (),
            content_type=_header(headers, "content-type"),
        )

    def _on_data(self, event: Mapping[str, Any]) -> None:
        chain = self._chains.get(event["requestId"])
        if chain is not None:
            chain.received += event["dataLength"]
            if chain.received > self._limits.body_bytes:
                url = self.trace[chain.hops[-1]].url
                self._fail(
                    NoAnswerError(f"{url}: the answer does not end within {self._limits.body_bytes} bytes")
                )

    async def _command(self, name: str, request_id: str, **more: object) -> None:
        try:
            await self._cdp.send(f"Fetch.{name}", {"requestId": request_id, **more})
        except Error as error:
            # The browser gave the request up by itself (another navigation, a closed page): nothing to steer.
            if "Invalid InterceptionId" not in error.message and "has been closed" not in error.message:
                raise


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")
