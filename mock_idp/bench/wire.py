"""A cheap HTTP/1.1 client on one kept connection, so that the measured time is the server's."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from typing import NamedTuple, Protocol
from urllib.parse import urlencode, urlsplit

from mock_idp.bench.machine import BenchError

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
LOCATION = re.compile(rb"\r\nlocation: *([^\r\n]+)", re.IGNORECASE)
COOKIE = re.compile(rb"\r\nset-cookie: *([^=\r\n]+=[^;\r\n]*)", re.IGNORECASE)
FORM = "application/x-www-form-urlencoded"


class Answer(NamedTuple):
    """An HTTP response: its status, its raw head and its body."""

    status: int
    head: bytes
    body: bytes

    @property
    def location(self) -> str:
        """Where it redirects to. Raises BenchError."""
        found = LOCATION.search(self.head)
        if found is None:
            raise BenchError(f"expected a redirect, but status {self.status} came: {self.body[:300]!r}")
        return found[1].decode("ascii")

    @property
    def cookies(self) -> str:
        """The cookies that it sets, as a `Cookie` header has them."""
        return "; ".join(found.decode("ascii") for found in COOKIE.findall(self.head))


class Stream(Protocol):
    """What a wire needs of a socket."""

    def sendall(self, data: bytes, /) -> None:
        """Send all of it."""

    def recv(self, most: int, /) -> bytes:
        """What has come, `most` bytes of it at most."""

    def close(self) -> None:
        """Close it."""


class Wire:
    """One connection to the server of `base_url`; `cookies` go along with every request."""

    def __init__(self, base_url: str, stream: Stream | None = None) -> None:
        place = urlsplit(base_url)
        self._host = f"{place.hostname}:{place.port}"
        self._socket = stream or _connected(place.hostname or "", place.port or 80)
        self.cookies = ""

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def get(self, url: str) -> Answer:
        """GET `url`, of which only path and query count."""
        return self._exchange("GET", url, b"", "")

    def post(self, url: str, fields: Mapping[str, str]) -> Answer:
        """POST a form."""
        body = urlencode(fields).encode("ascii")
        return self._exchange("POST", url, body, f"Content-Type: {FORM}\r\nContent-Length: {len(body)}\r\n")

    def _exchange(self, method: str, url: str, body: bytes, headers: str) -> Answer:
        place = urlsplit(url)
        target = f"{place.path}?{place.query}" if place.query else place.path
        cookie = f"Cookie: {self.cookies}\r\n" if self.cookies else ""
        head = f"{method} {target} HTTP/1.1\r\nHost: {self._host}\r\n{cookie}{headers}\r\n"
        self._socket.sendall(head.encode("ascii") + body)
        return self._answer()

    def _answer(self) -> Answer:
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more(received)
        head, body = received[:end], received[end + 4 :]
        length = LENGTH.search(head)
        if length is None:
            raise BenchError(f"expected a Content-Length, which this client needs, but got {head!r}")
        while len(body) < int(length[1]):
            body += self._more(body)
        return Answer(int(head.split(b" ", 2)[1]), head, body)

    def _more(self, known: bytes) -> bytes:
        part = self._socket.recv(1 << 16)
        if not part:
            raise BenchError(f"the server closed the connection after {known[:300]!r}")
        return part


def _connected(host: str, port: int) -> socket.socket:
    connected = socket.create_connection((host, port), timeout=30)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connected
