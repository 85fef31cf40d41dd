"""What a user agent can do, whichever way it is driven: the seam between journeys and browsers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self


class NoAnswerError(Exception):
    """The server did not answer within the time limit (a hang, an endless redirect or an endless page)."""


class CrashedError(Exception):
    """The connection broke or the answer was not HTTP: a crash, which is never a refusal."""


class NotOnPageError(LookupError):
    """The page shows no such field or button; the message says what it shows."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One front-channel request and its answer, in the order in which the browser made them."""

    method: str
    url: str
    form: Mapping[str, str] = field(default_factory=dict)
    """Fields of a form post (empty otherwise)."""
    status: int | None = None
    """None while the request has not been sent yet (a watcher sees it so), or when no answer came."""
    location: str = ""
    set_cookie: Sequence[str] = ()
    content_type: str = ""


class Action(StrEnum):
    """What happens to a request that a watcher looked at."""

    SEND = "send"
    HOLD = "hold"
    """Keep it: the browser stays where it is until `deliver`."""


Watcher = Callable[[Exchange], Action]


@dataclass(frozen=True, slots=True)
class Page:
    """The document that the browser shows once redirects and self-submitting forms have come to rest."""

    url: str
    status: int
    title: str
    text: str
    """The visible text, white space folded."""
    html: str
    fields: frozenset[str]
    """Names of the visible inputs that a person could fill in."""
    buttons: frozenset[str]
    """Ids, names, values or texts of the buttons that a person could press."""


class UserAgent(Protocol):
    """A browser with its own cookie jar: one instance is one person at one fresh browser."""

    name: str
    """"http" or "chromium"."""

    def open(self, url: str) -> Page:
        """Go to `url` as typed into the address bar. Raises NoAnswerError, CrashedError."""

    def submit(self, fields: Mapping[str, str], button: str = "") -> Page:
        """Fill and submit the form that holds these fields, by `button` (id, name or text) if given.

        Client-side validation is off, so that it is the server that judges.
        Raises NotOnPageError, NoAnswerError, CrashedError.
        """

    def press(self, button: str) -> Page:
        """Press a button or follow a link by its id, name or text. Raises as `submit` does."""

    def post(self, url: str, fields: Mapping[str, str], *, from_site: str) -> Page:
        """Submit a form that a page of `from_site` (an origin) holds: SameSite applies as in a browser."""

    def get_json(self, url: str) -> tuple[int, Any]:
        """Fetch `url` with this browser's cookies, outside the trace; (status, decoded body or None)."""

    def watch(self, prefix: str, watcher: Watcher) -> None:
        """Call `watcher` before each request whose URL starts with `prefix`; the newest watcher wins."""

    def deliver(self) -> Page:
        """Send the request that a watcher held, and come to rest. Raises RuntimeError when none is held."""

    @property
    def held(self) -> Exchange | None:
        """The request that a watcher holds. Going elsewhere drops it."""

    @property
    def page(self) -> Page:
        """The last page at rest; that is not a self-submitting page whose request is held."""

    @property
    def trace(self) -> Sequence[Exchange]:
        """Every request for a document that was sent so far (main frame only, URLs without fragment)."""

    def screenshot(self, path: Path) -> bool:
        """Write a PNG of the page; False where the agent has no eyes."""

    def cookies(self) -> Sequence[Mapping[str, Any]]:
        """Return the cookie jar, in a form that `restore_cookies` of the same agent takes."""

    def restore_cookies(self, cookies: Sequence[Mapping[str, Any]]) -> None:
        """Put cookies back into the jar, over those of the same name."""

    def clear_cookies(self, origin: str = "") -> None:
        """Forget the cookies of `origin`, or all."""

    def start_over(self) -> None:
        """Become a fresh browser: no cookies, storage, trace, watchers or held request.

        Cheaper than another agent, for many people in a row. Storage is cleared at every origin of the trace.
        """

    def close(self) -> None:
        """Give back what the browser holds."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class AgentFactory(Protocol):
    """Makes fresh user agents; the Chromium one keeps one browser for the run."""

    def new(self) -> UserAgent:
        """Return a user agent with an empty cookie jar."""

    def close(self) -> None:
        """End the browser, if there is one."""
