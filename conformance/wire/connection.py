"""One open connection: a request goes out, its complete answer comes back."""

from __future__ import annotations

import base64
import select
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final
from urllib.parse import unquote, urlsplit

from conformance.wire.answer import Answer, Headers
from conformance.wire.bounded import BoundedSocket

_CHUNK: Final = 65536
_PACKED: Final = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
"""Window bits of zlib, by content coding (RFC 9110 section 8.4.1)."""


class WireError(Exception):
    """The exchange broke: no connection, no HTTP, a body that cannot be unpacked or ends early."""


class EndlessError(WireError):
    """The answer did not end within the time or the size that it may have."""


class StaleError(WireError):
    """A reused connection broke before any byte of an answer: the server closed it while it lay idle."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a connection leads, and by which proxy (a URL; "" for none)."""

    scheme: str
    host: str
    port: int
    proxy: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request; `target` is path and query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None


class Connection:
    """A connection that is opened at once. Raises OSError, TimeoutError."""

    def __init__(self, address: Address, trust: ssl.SSLContext | None, until: float) -> None:
        self._http = _connected(address, trust, max(until - time.monotonic(), 0.001))
        self._socket = BoundedSocket(self._http.sock)
        self._http.sock = self._socket  # it does what http.client needs
        self._through, self._extra = _forwarding(address)
        self._is_reused = False
        self.is_open = True
        """Whether it can take another request."""

    @property
    def is_stale(self) -> bool:
        """Whether the idle connection ended, or says something that nobody asked for."""
        poll = select.poll()
        poll.register(self._socket.inner, select.POLLIN)
        return bool(poll.poll(0))

    def exchange(self, sent: Sent, until: float, max_bytes: int) -> Answer:
        """Return the complete answer. Raises WireError, TimeoutError, OSError, HTTPException, ValueError."""
        self.is_open = False  # until the answer was read to its end
        self._socket.begin(until)
        try:
            headers = {**sent.headers, **self._extra}
            self._http.request(sent.method, self._through + sent.target, sent.body, headers)
            response = self._http.getresponse()
        except ConnectionError as error:
            if self._is_reused and not self._socket.received:
                raise StaleError(str(error)) from error
            raise
        self._is_reused = True
        try:
            if self._socket.ended:
                raise WireError("the connection ended within the headers")
            content = _read(response, max_bytes)
            self.is_open = not response.will_close and not self._socket.ended
            return Answer(response.status, Headers(response.getheaders()), content)
        finally:
            # an answer that is forgotten open closes itself, and there Python drops a Ctrl-C without a word
            response.close()

    def close(self) -> None:
        """Close it."""
        self.is_open = False
        self._socket.inner.close()


def _forwarding(address: Address) -> tuple[str, dict[str, str]]:
    """Return what a proxy that forwards wants before each target and in each request; https has a tunnel."""
    if not address.proxy or address.scheme == "https":
        return "", {}
    host = f"[{address.host}]" if ":" in address.host else address.host
    port = "" if address.port == 80 else f":{address.port}"
    return f"http://{host}{port}", _proxy_headers(address.proxy)


def _connected(address: Address, trust: ssl.SSLContext | None, seconds: float) -> HTTPConnection:
    proxy = urlsplit(address.proxy)
    host, port = (proxy.hostname or "", proxy.port or 80) if address.proxy else (address.host, address.port)
    if address.scheme == "http":
        made = HTTPConnection(host, port, timeout=seconds)
    else:
        made = HTTPSConnection(host, port, timeout=seconds, context=trust)
    if address.proxy and address.scheme == "https":
        made.set_tunnel(address.host, address.port, _proxy_headers(address.proxy))
    made.connect()
    return made


def basic_credentials(name: str, password: str) -> str:
    """Return the value of an Authorization header (RFC 7617 section 2)."""
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def _proxy_headers(proxy: str) -> dict[str, str]:
    """Return what the proxy wants to know of its user (RFC 9110 section 11.7.2)."""
    parts = urlsplit(proxy)
    if not parts.username:
        return {}
    credentials = basic_credentials(unquote(parts.username), unquote(parts.password or ""))
    return {"Proxy-Authorization": credentials}


def _read(response: HTTPResponse, max_bytes: int) -> bytes:
    """Read a body to its end and unpack it."""
    lengths = response.headers.get_all("content-length", [])
    if len(set(lengths)) > 1:
        raise WireError(f"the answer has several lengths: {', '.join(lengths)}")
    received = bytearray()
    while chunk := response.read(_CHUNK):
        received += chunk
        _bound(received, max_bytes)
    if response.length:
        raise WireError(f"the answer ended {response.length} bytes before its Content-Length")
    content = bytes(received)
    for coding in reversed(response.headers.get("content-encoding", "").lower().split(",")):
        content = _unpacked(content, coding.strip(), max_bytes)
    return content


def _unpacked(content: bytes, coding: str, max_bytes: int) -> bytes:
    """Unpack one content coding; one that nobody knows is left as it is."""
    if coding not in _PACKED or not content:
        return content
    # servers call both forms `deflate`: with zlib's header (RFC 1950) and without (RFC 1951)
    bare = coding == "deflate" and content[0] & 0x0F != zlib.DEFLATED
    try:
        unpacked = zlib.decompressobj(-zlib.MAX_WBITS if bare else _PACKED[coding]).decompress(
            content, max_bytes + 1
        )
    except zlib.error as error:
        raise WireError(f"the answer cannot be decoded: {error}") from error
    _bound(unpacked, max_bytes)
    return unpacked


def _bound(content: bytes | bytearray, max_bytes: int) -> None:
    if len(content) > max_bytes:
        raise EndlessError(f"the answer does not end within {max_bytes} bytes")


BROKEN: Final = (OSError, HTTPException, ValueError)
"""What else than a WireError an exchange can raise: the network's, http.client's and the codecs' errors."""
