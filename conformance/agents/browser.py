"""The Chromium agent: a person at a real browser, driven through Playwright. `chromium/` holds how."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from playwright.async_api import Browser, BrowserContext, Error, Playwright, async_playwright
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from conformance.agents.chromium.loop import LoopThread
from conformance.agents.chromium.page import ChromiumPage
from conformance.agents.find_browser import NoBrowserError, find
from conformance.agents.limits import Limits
from conformance.agents.navigation import normal
from conformance.agents.protocol import CrashedError, Exchange, NoAnswerError, Page, Watcher
from conformance.agents.sites import Reach, host
from conformance.agents.watching import Watchers
from conformance.wire import decoded_json

T = TypeVar("T")
_WITHOUT = (
    # A frame and a compositor of its own for every document: a seventh of a login, and unseen by pages.
    "RenderDocument",
    # Chromium reads the last list alone: these are those of Playwright's that count for a headless Chromium.
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "PreconnectToSearch",
)
"""Chromium's features that are turned off."""
_FLAGS = (
    f"--disable-features={','.join(_WITHOUT)}",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One renderer for all pages: a process for each site costs a fifth of a login. Cookies, SameSite and
    # requests are kept apart elsewhere, in the browser context and its network service.
    "--disable-site-isolation-trials",
    "--renderer-process-limit=1",
    # What is drawn is looked at only in a screenshot: one thread draws it, and no GPU process.
    "--in-process-gpu",
    "--disable-partial-raster",
    "--disable-checker-imaging",
    "--num-raster-threads=1",
)


class ChromiumAgent:
    """One person at a fresh browser context. Implements `UserAgent`."""

    name = "chromium"

    def __init__(
        self,
        loop: LoopThread,
        context: BrowserContext,
        limits: Limits,
        reach: Reach,
    ) -> None:
        self._loop = loop
        self._context = context
        self._watchers = Watchers()
        self._limits = limits
        self._reach = reach
        self._tab = loop.run(self._new_tab())

    @property
    def held(self) -> Exchange | None:
        """The request that a watcher holds."""
        return self._tab.requests.held

    @property
    def page(self) -> Page:
        """The page of the last navigation."""
        return self._tab.page

    @property
    def trace(self) -> Sequence[Exchange]:
        """Every request for a document of the main frame that was sent so far."""
        return self._tab.requests.trace

    def open(self, url: str) -> Page:
        """Go to `url` as typed into the address bar. Raises NoAnswerError, CrashedError."""
        return self._loop.run(self._tab.open(normal(url)))

    def submit(self, fields: Mapping[str, str], button: str = "") -> Page:
        """Fill and submit the form that holds these fields. Raises as the protocol says."""
        return self._loop.run(self._tab.submit(fields, button))

    def press(self, button: str) -> Page:
        """Press a button or follow a link. Raises NotOnPageError, NoAnswerError, CrashedError."""
        return self._loop.run(self._tab.press(button))

    def post(self, url: str, fields: Mapping[str, str], *, from_site: str) -> Page:
        """Submit a form that a page of `from_site` holds. Raises NoAnswerError, CrashedError."""
        return self._loop.run(self._tab.post(url, fields, from_site))

    def get_json(self, url: str) -> tuple[int, Any]:
        """Fetch `url` with this browser's cookies, outside the trace. Raises NoAnswerError, CrashedError.

        Playwright sends it, not Chromium: every cookie of the URL goes along, as when the address is typed; a
        cookie that the answer sets without SameSite is kept as Lax, without the grace for recent ones.
        """
        return self._loop.run(self._get_json(url))

    def watch(self, prefix: str, watcher: Watcher) -> None:
        """Call `watcher`, on a thread of its own, before each request whose URL starts with `prefix`."""
        self._watchers.add(prefix, watcher)

    def deliver(self) -> Page:
        """Send the held request and come to rest. Raises RuntimeError, NoAnswerError, CrashedError."""
        return self._loop.run(self._tab.deliver())

    def screenshot(self, path: Path) -> bool:
        """Write a PNG of the page; False while a request is held, when Chromium cannot draw it."""
        if self.held is not None:
            return False
        self._loop.run(self._tab.screenshot(path))
        return True

    def cookies(self) -> Sequence[Mapping[str, Any]]:
        """Return the cookie jar, in a form that `restore_cookies` takes."""
        return [dict(cookie) for cookie in self._loop.run(self._context.cookies())]

    def restore_cookies(self, cookies: Sequence[Mapping[str, Any]]) -> None:
        """Put cookies back into the jar, over those of the same name."""
        put: list[Any] = [dict(cookie) for cookie in cookies]  # Playwright does not export the item's type
        self._loop.run(self._context.add_cookies(put))

    def clear_cookies(self, origin: str = "") -> None:
        """Forget the cookies of `origin`, or all."""
        if not origin:
            self._loop.run(self._context.clear_cookies())
            return
        labels = host(origin).split(".")
        parents = ["." + ".".join(labels[start:]) for start in range(len(labels))]
        pattern = "|".join(re.escape(domain) for domain in [host(origin), *parents])
        self._loop.run(self._context.clear_cookies(domain=re.compile(f"^({pattern})$")))

    def start_over(self) -> None:
        """Become a fresh browser: no cookies, storage, trace, watchers or held request."""
        self._watchers.clear()
        self._loop.run(self._start_over())

    def close(self) -> None:
        """Close the browser context."""
        self._loop.run(self._context.close())

    def __enter__(self) -> Self:
        """Return the agent."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the agent."""
        self.close()

    async def _start_over(self) -> None:
        await self._tab.start_over()
        await self._context.clear_cookies()
        if self._tab.has_session_storage:
            await self._tab.close()
            self._tab = await self._new_tab()

    async def _new_tab(self) -> ChromiumPage:
        page = await self._context.new_page()
        cdp = await self._context.new_cdp_session(page)
        tab = ChromiumPage(page, cdp, self._watchers, self._limits, self._reach)
        await tab.start()
        return tab

    async def _get_json(self, url: str) -> tuple[int, Any]:
        limits = self._limits
        try:
            answer = await self._context.request.get(
                url, timeout=limits.seconds * 1000, max_redirects=limits.redirects
            )
            body = await answer.body()
            await answer.dispose()
        except PlaywrightTimeoutError as error:
            raise NoAnswerError(f"GET {url} was not answered within {limits.seconds:g} s") from error
        except Error as error:
            raise CrashedError(f"GET {url}: {error.message.splitlines()[0]}") from error
        return answer.status, decoded_json(body)


class BrowserFactory:
    """Makes Chromium agents; the browser starts when the first is asked for. Implements `AgentFactory`.

    `hosts` are the hosts besides loopback that may be reached (`*` for all); with `trust`, the
    certificate authority of a test deployment, certificates are not checked at all, because Chromium takes no
    extra authority by flag.
    `executable` is the browser to start; by default `find_browser.find` looks for one.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        hosts: Sequence[str] = (),
        trust: Path | None = None,
        executable: Path | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._reach = Reach(frozenset(hosts))
        self._trust = trust
        self._executable = executable
        self._loop: LoopThread | None = None
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    def new(self) -> ChromiumAgent:
        """Return an agent with a browser context of its own. Raises NoBrowserError."""
        if self._loop is None:
            executable = self._executable or find()
            loop = LoopThread()
            try:
                loop.run(self._start(executable))
            except NoBrowserError:
                loop.close()
                raise
            self._loop = loop
        context = self._loop.run(self._new_context())
        return ChromiumAgent(self._loop, context, self._limits, self._reach)

    def close(self) -> None:
        """End the browser."""
        if self._loop is not None:
            self._loop.run(self._end())
            self._loop.close()
            self._loop = None

    async def _start(self, executable: Path) -> None:
        self._playwright = await async_playwright().start()
        try:
            self._browser = await self._playwright.chromium.launch(
                executable_path=executable,
                headless=True,
                chromium_sandbox=not (hasattr(os, "geteuid") and os.geteuid() == 0),
                args=[*_FLAGS, *_network_flags(self._reach)],
            )
        except Error as error:
            await self._playwright.stop()
            raise NoBrowserError(f"{executable} does not start: {error.message.strip()}") from error

    async def _new_context(self) -> BrowserContext:
        assert self._browser is not None
        return await self._browser.new_context(
            accept_downloads=False, ignore_https_errors=self._trust is not None
        )

    async def _end(self) -> None:
        if self._browser is not None:
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()
        self._browser = self._playwright = None


def _network_flags(reach: Reach) -> list[str]:
    """Return the flags by which no name but the allowed ones resolves, for scripts, images and frames too."""
    if "*" in reach.hosts:
        return []
    allowed = ["localhost", "*.localhost", "127.0.0.1", "[::1]", *sorted(reach.hosts)]
    rules = ", ".join(["MAP * ~NOTFOUND", *(f"EXCLUDE {name}" for name in allowed)])
    return [f"--host-resolver-rules={rules}", *(["--no-proxy-server"] if reach.is_local else [])]
