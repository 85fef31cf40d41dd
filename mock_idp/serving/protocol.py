"""One HTTP/1.1 connection: bytes through the parser to WSGI environments, and answers back (PEP 3333).

Requests are answered in the event loop itself, one after the other: none of them waits for anything, so that
threads would only cost. Connections stay open until the client closes them or the listener stops.
"""

from __future__ import annotations

import asyncio
import io
import sys
import time
from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_to_bytes

import httptools

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication  # exists for type checkers only

MOST_HEAD = 1 << 20
"""Bytes of a request line with its headers; whole SAML messages travel there."""
MOST_BODY = 4 << 20
"""Bytes of a body that are kept. The rest is dropped: the application refuses it by Content-Length."""
BUFFER_SIZE = 1 << 16
"""Bytes that are received at once."""
MOST_NAMES, LONGEST_NAME = 256, 64  # of headers that are remembered
UNPREFIXED = {"CONTENT_TYPE", "CONTENT_LENGTH"}
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
LATE, DRIPPING = "mock-idp-late", "mock-idp-dripping"
"""Headers of an application's answer, in lower case, that stay here: seconds after which it is sent as a
whole, or between its single bytes behind the head."""
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Answer(NamedTuple):
    """What an application answers: the status line's text, headers in their order, and the body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def call(app: WSGIApplication, environ: dict[str, Any]) -> Answer:
    """Run the application for one request."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> Any:  # noqa: ANN401 - PEP 3333's write, which nobody calls
        started.append((status, headers))

    chunks: Iterable[bytes] = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    return Answer(*started[-1], body)


class _Request:
    """One request as it comes in; `httptools` calls the methods of the connection, which fills this."""

    __slots__ = ("body", "dropped", "environ", "keep_alive", "url")

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ
        self.url = b""
        self.body = bytearray()
        self.dropped = 0
        self.keep_alive = False


class Connection(asyncio.BufferedProtocol):
    """The protocol of one connection; `base` is what every environment of the listener begins with.

    All connections of a listener receive into one `buffer`, each in its turn: asyncio would make one of
    256 KiB for every request, which takes as long as everything else that it does for one."""

    def __init__(
        self, app: WSGIApplication, base: dict[str, Any], open_: set[asyncio.Transport], buffer: memoryview
    ) -> None:
        self._app = app
        self._buffer = buffer
        self._base = base
        self._open = open_
        self._parser = httptools.HttpRequestParser(self)
        self._complete: list[_Request] = []
        self._head = 0
        self._transport: asyncio.Transport
        self._request: _Request

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the transport, by which the listener can close it."""
        assert isinstance(transport, asyncio.Transport)  # narrows the type: a stream is all that is served
        self._transport = transport
        self._open.add(transport)
        peer = transport.get_extra_info("peername") or ("", 0)
        self._base = {**self._base, "REMOTE_ADDR": peer[0], "REMOTE_PORT": str(peer[1])}

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the transport."""
        del exc
        self._open.discard(self._transport)

    def pause_writing(self) -> None:
        """Stop reading while the client does not take its answers."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        self._transport.resume_reading()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where to put what comes."""
        del sizehint
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what has come."""
        self.data_received(self._buffer[:nbytes])

    def data_received(self, data: bytes | memoryview) -> None:
        """Parse, then answer every request that is complete."""
        self._head += len(data)
        upgrade = False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            upgrade = True  # nothing is spoken here but HTTP/1.1, so the request is answered as it stands
        except httptools.HttpParserError:
            self._refuse()
            return
        if self._head > MOST_HEAD:
            self._refuse()
            return
        complete, self._complete = self._complete, []
        for request in complete:
            self._answer(request, close=upgrade or not request.keep_alive)

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._request = _Request(self._base.copy())

    def on_url(self, url: bytes) -> None:
        """Take a part of the request's target."""
        self._request.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        key = _remembered_key(name) if len(name) <= LONGEST_NAME else _key(name)
        if not key:
            return
        environ = self._request.environ
        text = value.decode("latin-1")
        if key in environ:
            text = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + text
        environ[key] = text

    def on_headers_complete(self) -> None:
        """Let a client go on that waits before it sends the body (RFC 9110 section 10.1.1)."""
        self._head = 0
        request = self._request
        url = httptools.parse_url(request.url)
        request.environ |= {
            "REQUEST_METHOD": self._parser.get_method().decode("ascii"),
            "PATH_INFO": unquote_to_bytes(url.path or b"/").decode("latin-1"),
            "QUERY_STRING": (url.query or b"").decode("latin-1"),
            "SERVER_PROTOCOL": f"HTTP/{self._parser.get_http_version()}",
        }
        if request.environ.get("HTTP_EXPECT", "").lower() == "100-continue":
            self._transport.write(CONTINUE)

    def on_body(self, body: bytes) -> None:
        """Take a part of the body, up to MOST_BODY."""
        self._head = 0
        room = MOST_BODY - len(self._request.body)
        self._request.body += body[:room]
        self._request.dropped += max(0, len(body) - room)

    def on_message_complete(self) -> None:
        """Queue the request: the parser would take a mistake in answering it for the client's."""
        self._head = 0
        request = self._request
        request.keep_alive = self._parser.should_keep_alive() and self._parser.get_http_version() == "1.1"
        self._complete.append(request)

    # What this class does.

    def _answer(self, request: _Request, *, close: bool) -> None:
        environ = request.environ
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            environ["CONTENT_LENGTH"] = str(len(request.body) + request.dropped)
        environ["wsgi.input"] = io.BytesIO(request.body)
        answer = call(self._app, environ)
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body
        head = "\r\n".join((f"HTTP/1.1 {answer.status}", *map(": ".join, answer.headers), ""))
        told = head.lower()
        if "\r\ncontent-length: " not in told and answer.status[:3] not in ("204", "304"):
            head += f"Content-Length: {len(answer.body)}\r\n"
        if "\r\ndate: " not in told:
            head += f"Date: {_date(int(time.time()))}\r\n"
        if close:
            head += "Connection: close\r\n"
        if f"\r\n{LATE}: " in told or f"\r\n{DRIPPING}: " in told:
            self._send_slowly(answer, head, body)
            return
        self._transport.write(f"{head}\r\n".encode("latin-1") + body)
        if close:
            self._transport.close()

    def _send_slowly(self, answer: Answer, head: str, body: bytes) -> None:
        """Send later, or byte by byte, without keeping anybody else waiting; then close."""
        told = {name.lower(): value for name, value in answer.headers}
        lines = head.split("\r\n")
        honest = [line for line in lines if line.partition(":")[0].lower() not in (LATE, DRIPPING)]
        start = "\r\n".join((*honest, "")).encode("latin-1")
        if LATE in told:
            asyncio.get_running_loop().call_later(float(told[LATE]), self._drip, start + body, 0.0)
        else:
            self._transport.write(start)
            self._drip(body, float(told[DRIPPING]))

    def _drip(self, rest: bytes, pause: float) -> None:
        """Send one byte after each `pause`, or all at once without one, as long as somebody is there."""
        if self._transport.is_closing():
            return
        now = rest[:1] if pause else rest
        self._transport.write(now)
        if now == rest:
            self._transport.close()
        else:
            asyncio.get_running_loop().call_later(pause, self._drip, rest[1:], pause)

    def _refuse(self) -> None:
        self._transport.write(BAD_REQUEST)
        self._transport.close()


def _key(name: bytes) -> str:
    """The environment's key of a header; empty for a name that could pass for another's."""
    key = name.decode("latin-1").upper().replace("-", "_")
    return "" if b"_" in name else key if key in UNPREFIXED else f"HTTP_{key}"


_remembered_key = lru_cache(MOST_NAMES)(_key)


@lru_cache(1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def receiving_buffer() -> memoryview:
    """The buffer of one listener."""
    return memoryview(bytearray(BUFFER_SIZE))


def base_environ(host: str, port: int, *, encrypted: bool) -> dict[str, Any]:
    """What the environments of one listener have in common."""
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if encrypted else "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
