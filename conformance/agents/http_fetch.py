"""One HTTP request with bounds, over connections that all agents of a factory share. No cookies here."""

from __future__ import annotations

import codecs
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx

from conformance.agents.limits import Deadline
from conformance.agents.navigation import REDIRECTS
from conformance.agents.protocol import CrashedError, NoAnswerError
from conformance.agents.sites import Reach, is_loopback


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer."""

    status: int
    headers: httpx.Headers
    content: bytes

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; "text/html" when none is given."""
        return str(self.headers.get("content-type", "text/html")).partition(";")[0].strip().lower()

    @property
    def encoding(self) -> str:
        """The charset of the Content-Type header; UTF-8 when none is given, latin-1 when nobody knows it."""
        charset = self.headers.get("content-type", "").lower().partition("charset=")[2]
        name = charset.partition(";")[0].strip(" \"'") or "utf-8"
        try:
            return codecs.lookup(name).name
        except LookupError:
            return "latin-1"

    @property
    def text(self) -> str:
        """The decoded body."""
        return self.content.decode(self.encoding, "replace")

    @property
    def is_redirect(self) -> bool:
        """Whether a browser goes on to the Location."""
        return self.status in REDIRECTS and bool(self.headers.get("location"))

    @property
    def is_document(self) -> bool:
        """Whether a browser shows it; otherwise it stays where it is (no content, a download)."""
        disposition = self.headers.get("content-disposition", "").lower()
        return self.status not in {204, 205} and not disposition.startswith("attachment")

    @property
    def is_markup(self) -> bool:
        """Whether it is HTML."""
        return self.content_type in {"text/html", "application/xhtml+xml"}

    def json(self) -> Any:  # noqa: ANN401 - JSON has no narrower type
        """Return the decoded JSON body, None when it is none."""
        return decoded_json(self.content)


def decoded_json(content: bytes) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Return a decoded JSON body, None when it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):  # no JSON, or one that is nested without end
        return None


class Connections:
    """Open connections, without cookies and redirects, which are the agents' own business.

    httpx's transports are used directly: its client would look at the Location of a redirect, and raises an
    error of its own when that is unusual.
    """

    def __init__(self, reach: Reach, verify: ssl.SSLContext) -> None:
        from conformance.agents.bounded import Bounds, bounded_transport  # noqa: PLC0415 - see that module

        self.bounds = Bounds()
        self._direct = bounded_transport(self.bounds, verify)
        self._by_proxy: dict[str, httpx.HTTPTransport] = {}
        if not reach.is_local:
            proxies = {scheme: url for scheme, url in getproxies().items() if scheme in {"http", "https"}}
            self._by_proxy = {
                scheme: bounded_transport(self.bounds, verify, url) for scheme, url in proxies.items()
            }

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body of the response is still to be read. Raises httpx.TransportError."""
        transport = self._direct
        if not is_loopback(request.url.host) and not proxy_bypass(request.url.host):
            transport = self._by_proxy.get(request.url.scheme, self._direct)
        response = transport.handle_request(request)
        response.request = request
        return response

    def close(self) -> None:
        """Close the connections."""
        for transport in (self._direct, *self._by_proxy.values()):
            transport.close()


def fetch(connections: Connections, request: httpx.Request, deadline: Deadline, max_bytes: int) -> Answer:
    """Send one request and read its answer. Raises NoAnswerError, CrashedError.

    A connection that the server closed while it lay idle is not a crash: like Chromium, the request is sent
    once more on a new connection when a reused one breaks before any answer.
    """
    what = f"{request.method} {request.url}"
    for _ in range(2):
        connection = _Connection()
        connections.bounds.until = time.monotonic() + deadline.left()
        request.extensions = {
            "timeout": httpx.Timeout(deadline.left()).as_dict(),
            "trace": connection.note,
        }
        try:
            return _read(connections, request, deadline, max_bytes)
        except httpx.TimeoutException as error:
            raise deadline.passed() from error
        except httpx.DecodingError as error:
            raise CrashedError(f"{what}: the answer cannot be decoded: {error}") from error
        except httpx.TransportError as error:
            if connection.is_new or connection.answered:
                raise CrashedError(f"{what}: {str(error) or type(error).__name__}") from error
    raise CrashedError(f"{what}: two reused connections broke in a row")


class _Connection:
    """Notes whether a request got a new connection, and whether an answer began."""

    def __init__(self) -> None:
        self.is_new = False
        self.answered = False

    def note(self, event: str, info: Mapping[str, object]) -> None:
        """Take in an httpcore trace event (httpcore documentation, "Extensions": trace)."""
        del info
        self.is_new = self.is_new or event.startswith("connection.connect_tcp")
        self.answered = self.answered or event == "http11.receive_response_headers.complete"


def _read(connections: Connections, request: httpx.Request, deadline: Deadline, max_bytes: int) -> Answer:
    response = connections.send(request)
    try:
        received = bytearray()
        for chunk in response.iter_bytes():
            received += chunk
            deadline.left()
            if len(received) > max_bytes:
                raise NoAnswerError(
                    f"{request.method} {request.url}: the answer does not end within {max_bytes} bytes"
                )
    finally:
        response.close()
    return Answer(response.status_code, response.headers, bytes(received))
