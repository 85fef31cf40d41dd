"""Whether a page of Chromium is at rest: told from DevTools events of its main frame, not from a clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.async_api import CDPSession

from conformance.agents.automatic import SOON_SECONDS
from conformance.agents.chromium.requests import Changes

_CALLS = frozenset({"XHR", "Fetch"})


class Loading:
    """What the main frame of one page is doing."""

    def __init__(self, cdp: CDPSession, changes: Changes) -> None:
        self.loader = ""
        """The id of the document that is shown; equal to the network id of its navigation."""
        self.commits = 0
        """Documents shown so far."""
        self.calls: set[str] = set()
        """Ids of the background calls (XMLHttpRequest, fetch) under way."""
        self.calls_made = 0
        self.errors: dict[str, str] = {}
        """Why documents failed, by network id: Chromium's `net::ERR_` names."""
        self._cdp = cdp
        self._changes = changes
        self._frame = ""
        self._is_loading = False
        self._is_wanted = False

    async def start(self) -> str:
        """Begin to listen; return the id of the main frame."""
        listeners = {
            "Page.frameStartedLoading": self._on_started,
            "Page.frameStoppedLoading": self._on_stopped,
            "Page.frameRequestedNavigation": self._on_requested,
            "Page.frameScheduledNavigation": self._on_scheduled,
            "Page.frameClearedScheduledNavigation": self._on_cleared,
            "Page.frameNavigated": self._on_navigated,
            "Network.requestWillBeSent": self._on_request,
            "Network.loadingFinished": self._on_finished,
            "Network.loadingFailed": self._on_failed,
        }
        for event, listener in listeners.items():
            self._cdp.on(event, listener)
        await self._cdp.send("Page.enable")
        await self._cdp.send("Network.enable")
        # Every document comes from the server, as in the HTTP agent.
        await self._cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
        tree = await self._cdp.send("Page.getFrameTree")
        self._frame = str(tree["frameTree"]["frame"]["id"])
        return self._frame

    @property
    def is_at_rest(self) -> bool:
        """Whether a document is loaded and nothing was asked for that would replace it."""
        return not self._is_loading and not self._is_wanted

    def _on_started(self, event: Mapping[str, Any]) -> None:
        if event["frameId"] == self._frame:
            self._is_loading, self._is_wanted = True, False
            self._changes.tell()

    def _on_stopped(self, event: Mapping[str, Any]) -> None:
        if event["frameId"] == self._frame:
            self._is_loading = False
            self._changes.tell()

    def _on_requested(self, event: Mapping[str, Any]) -> None:
        """A script, form or link wants another document; Chromium starts to load it a little later."""
        if event["frameId"] == self._frame and event.get("disposition", "currentTab") == "currentTab":
            self._is_wanted = True
            self._changes.tell()

    def _on_scheduled(self, event: Mapping[str, Any]) -> None:
        if event["frameId"] == self._frame and event["delay"] <= SOON_SECONDS:
            self._is_wanted = True
            self._changes.tell()

    def _on_cleared(self, event: Mapping[str, Any]) -> None:
        if event["frameId"] == self._frame:
            self._is_wanted = False
            self._changes.tell()

    def _on_navigated(self, event: Mapping[str, Any]) -> None:
        frame = event["frame"]
        if frame["id"] == self._frame:
            self.loader = frame["loaderId"]
            self.commits += 1
            self.calls.clear()
            self._changes.tell()

    def _on_request(self, event: Mapping[str, Any]) -> None:
        if event.get("type") in _CALLS:
            self.calls.add(event["requestId"])
            self.calls_made += 1

    def _on_finished(self, event: Mapping[str, Any]) -> None:
        self.calls.discard(event["requestId"])
        self._changes.tell()

    def _on_failed(self, event: Mapping[str, Any]) -> None:
        self.calls.discard(event["requestId"])
        if event.get("type") == "Document":
            self.errors[event["requestId"]] = event["errorText"]
        self._changes.tell()
