"""The HTTP agent: follows redirects, submits forms and keeps cookies as a browser does, but runs no script.

Self-submitting pages and immediate refreshes are recognised and followed (`automatic`). Other scripts, style
sheets, frames, pop-ups, content security policies and client-side validation are not executed.
"""

from __future__ import annotations

import html
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import SplitResult
from urllib.request import getproxies, proxy_bypass

from conformance.agents.automatic import refresh_target, self_submitting_form
from conformance.agents.cookies import Cookie, CookieJar
from conformance.agents.document import NOT_FETCHED, Document, blank, control_type, fold
from conformance.agents.forms import URLENCODED, Submission, choose, encode, find_button, form_of, submission
from conformance.agents.limits import Deadline, Limits
from conformance.agents.navigation import DEFAULT_POLICY, Navigation, normal, policy_in
from conformance.agents.protocol import (
    Action,
    CrashedError,
    Exchange,
    NoAnswerError,
    NotOnPageError,
    Page,
    Watcher,
)
from conformance.agents.sites import Reach, absolute, is_loopback, origin
from conformance.agents.watching import Watchers
from conformance.wire import Answer, Connections, EndlessError, WireError

_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; sso-conformance)",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate",
    "Accept-Language": "en-US,en;q=0.9",
    "Upgrade-Insecure-Requests": "1",
}


class HttpAgent:
    """One person at a fresh browser without scripts. Implements `UserAgent`."""

    name = "http"

    def __init__(self, connections: Connections, limits: Limits, reach: Reach) -> None:
        self._connections = connections
        self._limits = limits
        self._reach = reach
        self.start_over()

    def start_over(self) -> None:
        """Become a fresh browser: no cookies, trace, watchers or held request."""
        self._jar = CookieJar()
        self._watchers = Watchers()
        self._trace: list[Exchange] = []
        self._page = self._shown = blank("about:blank")
        self._document = Document("", "about:blank")
        self._policy = DEFAULT_POLICY
        self._held: Navigation | None = None

    @property
    def held(self) -> Exchange | None:
        """The request that a watcher holds."""
        return self._held.exchange() if self._held is not None else None

    @property
    def page(self) -> Page:
        """The page of the last navigation."""
        return self._page

    @property
    def trace(self) -> Sequence[Exchange]:
        """Every front-channel document exchange so far."""
        return self._trace

    def open(self, url: str) -> Page:
        """Go to `url` as typed into the address bar. Raises NoAnswerError, CrashedError."""
        return self._go(Navigation(url=normal(url)))

    def submit(self, fields: Mapping[str, str], button: str = "") -> Page:
        """Fill and submit the form that holds these fields. Raises as the protocol says."""
        choice = choose(self._document, fields, button)
        if choice.form is None:
            raise NotOnPageError(
                f"The field(s) on {self._document.url} are in no form: only a script can send them."
            )
        form = submission(self._document, choice.form, choice.button, fields)
        return self._go(self._of_form(form))

    def press(self, button: str) -> Page:
        """Press a button or follow a link. Raises NotOnPageError, NoAnswerError, CrashedError."""
        element = find_button(self._document, button, with_links=True)
        if element.tag == "a":
            url = absolute(self._document.base, element.attrib["href"])
            return self._go(Navigation.of_link(url, self._document.url, self._policy, by_person=True))
        form = form_of(self._document, element)
        if form is None or control_type(element) not in {"submit", "image"}:
            raise NotOnPageError(
                f"The button {button!r} on {self._document.url} does nothing without its script."
            )
        return self._go(self._of_form(submission(self._document, form, element)))

    def post(self, url: str, fields: Mapping[str, str], *, from_site: str) -> Page:
        """Submit a form that a page of `from_site` holds. Raises NoAnswerError, CrashedError."""
        body = encode(tuple(fields.items())).encode("ascii")
        form = Submission("POST", url, tuple(fields.items()), body, URLENCODED)
        page_url = origin(from_site) + "/"
        return self._go(Navigation.of_form(form, page_url, DEFAULT_POLICY, by_person=False))

    def get_json(self, url: str) -> tuple[int, Any]:
        """Fetch `url` with this browser's cookies, outside the trace. Raises NoAnswerError, CrashedError."""
        deadline = Deadline(self._limits, f"GET {url}")
        navigation = Navigation(url=normal(url))
        for _ in range(self._limits.redirects + 1):
            answer = self._send(navigation, deadline)
            following = answer.is_redirect and navigation.redirected(
                answer.status, answer.headers.get("location"), ""
            )
            if not following:
                return answer.status, answer.json()
            navigation = following
        raise NoAnswerError(f"GET {url}: more than {self._limits.redirects} redirects in a row")

    def watch(self, prefix: str, watcher: Watcher) -> None:
        """Call `watcher` before each request whose URL starts with `prefix`; the newest watcher wins."""
        self._watchers.add(prefix, watcher)

    def deliver(self) -> Page:
        """Send the held request and come to rest. Raises RuntimeError, NoAnswerError, CrashedError."""
        if self._held is None:
            raise RuntimeError("No request is held: a watcher has to answer HOLD before deliver().")
        return self._go(self._held, ask_first=False)

    def screenshot(self, path: Path) -> bool:
        """Return False: this agent has no eyes."""
        del path
        return False

    def cookies(self) -> Sequence[Mapping[str, Any]]:
        """Return the cookie jar, in a form that `restore_cookies` takes."""
        return [asdict(cookie) for cookie in self._jar]

    def restore_cookies(self, cookies: Sequence[Mapping[str, Any]]) -> None:
        """Put cookies back into the jar, over those of the same name."""
        self._jar.put(Cookie(**cookie) for cookie in cookies)

    def clear_cookies(self, origin: str = "") -> None:
        """Forget the cookies of `origin`, or all."""
        self._jar.clear(origin)

    def close(self) -> None:
        """Forget what is held; the connections belong to the factory."""
        self._held = None

    def __enter__(self) -> Self:
        """Return the agent."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the agent."""
        self.close()

    def _of_form(self, form: Submission, *, by_person: bool = True) -> Navigation:
        return Navigation.of_form(form, self._document.url, self._policy, by_person=by_person)

    def _go(self, navigation: Navigation, *, ask_first: bool = True) -> Page:
        """Send requests until the browser comes to rest, is held, or leaves what it may reach."""
        self._held = None
        deadline = Deadline(self._limits, f"{navigation.method} {navigation.url}")
        hops = 0
        following: Navigation | None = navigation
        while following is not None:
            if ask_first and self._watchers.ask(following.exchange()) is Action.HOLD:
                self._held = following
                return self._page
            ask_first = True
            if len(following.before) > self._limits.redirects:
                raise NoAnswerError(
                    f"{navigation.url}: more than {self._limits.redirects} redirects in a row"
                )
            following = self._step(following, deadline)
            if following is not None and not following.before:
                hops += 1
                if hops > self._limits.hops:
                    raise NoAnswerError(
                        f"{navigation.url}: more than {hops - 1} pages moved on by themselves"
                    )
        self._page = self._shown
        return self._page

    def _step(self, navigation: Navigation, deadline: Deadline) -> Navigation | None:
        """Send one request; return what follows by itself, None when the browser is at rest."""
        exchange = navigation.exchange()
        self._trace.append(exchange)
        if not self._reach.allows(navigation.url):
            self._show(Document("", navigation.url), blank(navigation.url, 0, NOT_FETCHED))
            return None
        answer = self._send(navigation, deadline)
        policy = answer.headers.get("referrer-policy")
        self._trace[-1] = replace(
            exchange,
            status=answer.status,
            location=answer.headers.get("location"),
            set_cookie=tuple(answer.headers.get_list("set-cookie")),
            content_type=answer.headers.get("content-type"),
        )
        if answer.is_redirect:
            return navigation.redirected(answer.status, answer.headers.get("location"), policy)
        if not answer.is_document:
            return None
        self._policy = policy_in(policy) or DEFAULT_POLICY
        return self._read(navigation.url, answer)

    def _send(self, navigation: Navigation, deadline: Deadline) -> Answer:
        headers = {**_HEADERS, **navigation.headers()}
        cookies = self._jar.header_for(
            navigation.url, method=navigation.method, initiator=navigation.initiator
        )
        if cookies:
            headers["Cookie"] = cookies
        try:
            answer = self._connections.exchange(
                navigation.method,
                navigation.url,
                headers=headers,
                body=navigation.body or None,
                seconds=deadline.left(),
                max_bytes=self._limits.body_bytes,
            )
        except EndlessError as error:
            raise (deadline.passed() if deadline.is_over else NoAnswerError(str(error))) from error
        except WireError as error:
            raise CrashedError(str(error)) from error
        self._jar.store(navigation.url, answer.headers.get_list("set-cookie"))
        return answer

    def _read(self, url: str, answer: Answer) -> Navigation | None:
        """Show an answer; return the navigation that its document starts by itself."""
        if not answer.is_markup:
            page = blank(url, answer.status, fold(answer.text))
            # a browser shows other text as text: nothing in it runs
            self._show(Document("", url), replace(page, html=f"<pre>{html.escape(answer.text)}</pre>"))
            return None
        document = Document(answer.content, url, answer.encoding)
        self._show(document, document.page(answer.status, answer.text))
        self._policy = document.referrer_policy or self._policy
        form = self_submitting_form(document)
        if form is not None:
            return self._of_form(submission(document, form), by_person=False)
        target = refresh_target(document)
        return Navigation.of_link(target, url, self._policy, by_person=False) if target else None

    def _show(self, document: Document, page: Page) -> None:
        self._document, self._shown = document, page


class HttpFactory:
    """Makes HTTP agents that share connections and nothing else. Implements `AgentFactory`.

    `hosts` are the hosts besides loopback that may be reached (`*` for all); `trust` is a file with the
    certificate authority of a test deployment.
    """

    def __init__(
        self, *, limits: Limits | None = None, hosts: Sequence[str] = (), trust: Path | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._reach = Reach(frozenset(hosts))
        context = None
        if trust is not None:
            context = ssl.create_default_context()
            context.load_verify_locations(trust)
        self._connections = Connections(context, None if self._reach.is_local else _proxies())

    def new(self) -> HttpAgent:
        """Return an agent with an empty cookie jar."""
        return HttpAgent(self._connections, self._limits, self._reach)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()


def _proxies() -> Callable[[SplitResult], str]:
    """Return what tells an address's proxy, "" for none and for this machine, as the environment is now."""
    known = getproxies()

    def proxy_of(url: SplitResult) -> str:
        host = url.hostname or ""
        return "" if is_loopback(host) or proxy_bypass(host) else known.get(url.scheme, "")

    return proxy_of
