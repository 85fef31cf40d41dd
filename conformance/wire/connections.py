"""Connections that are kept open from one exchange to the next."""

from __future__ import annotations

import ssl
import string
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from conformance.wire.answer import Answer
from conformance.wire.connection import (
    BROKEN,
    Address,
    Connection,
    EndlessError,
    Sent,
    StaleError,
    WireError,
)

_KEPT: Final = 32
"""Idle connections, one for each address: a run with a process for each case meets ever new ones."""
_ONCE_SECONDS: Final = 10.0
_ONCE_BYTES: Final = 10_000_000
_PORTS: Final = {"http": 80, "https": 443}
_LITERAL: Final = string.ascii_letters + string.digits + string.punctuation


class Connections:
    """Exchanges requests, one at a time; not for several threads.

    `trust` is for https; `proxy` returns the URL of the proxy for an address, "" for none.
    """

    def __init__(
        self, trust: ssl.SSLContext | None = None, proxy: Callable[[SplitResult], str] | None = None
    ) -> None:
        self._trust = trust
        self._proxy = proxy
        self._idle: dict[Address, Connection] = {}

    def exchange(
        self,
        method: str,
        url: str,
        *,
        seconds: float,
        max_bytes: int,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Send a request and read its answer to the end. Raises WireError, EndlessError.

        `seconds` bounds the whole exchange, `max_bytes` the body as sent and as unpacked. A connection that
        the server closed while it lay idle is no error: like Chromium, the request is sent once more on a new
        one when a reused connection breaks before any answer.
        """
        what = f"{method} {url}"
        until = time.monotonic() + seconds
        try:
            address, target = self._of(url)
            return self._sent(address, Sent(method, target, headers or {}, body), until, max_bytes)
        except TimeoutError as error:
            raise EndlessError(f"{what}: no complete answer came within {seconds:.3g} s") from error
        except WireError as error:
            raise type(error)(f"{what}: {error}") from error
        except BROKEN as error:
            raise WireError(f"{what}: {str(error) or type(error).__name__}") from error

    def _sent(self, address: Address, sent: Sent, until: float, max_bytes: int) -> Answer:
        kept = self._usable(address)
        if kept is not None:
            try:
                return self._exchange(kept, address, sent, until, max_bytes)
            except StaleError:
                pass  # on a new connection, then
        if address.scheme == "https" and self._trust is None:
            self._trust = ssl.create_default_context()
        fresh = Connection(address, self._trust, until)
        return self._exchange(fresh, address, sent, until, max_bytes)

    def _of(self, url: str) -> tuple[Address, str]:
        """Return where a URL leads, and what is asked there. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(f"{url!r} is no address of a web server")
        proxy = self._proxy(parts) if self._proxy is not None else ""
        address = Address(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme], proxy)
        query = f"?{parts.query}" if parts.query else ""
        return address, quote((parts.path or "/") + query, safe=_LITERAL)

    def _usable(self, address: Address) -> Connection | None:
        """Take an idle connection that still stands."""
        kept = self._idle.pop(address, None)
        if kept is not None and kept.is_stale:
            kept.close()
            return None
        return kept

    def _exchange(
        self, connection: Connection, address: Address, sent: Sent, until: float, max_bytes: int
    ) -> Answer:
        try:
            return connection.exchange(sent, until, max_bytes)
        finally:
            if connection.is_open:
                self._idle[address] = connection
            else:
                connection.close()
            if len(self._idle) > _KEPT:
                self._idle.pop(next(iter(self._idle))).close()

    def close(self) -> None:
        """Close what is idle; a later exchange opens a new connection."""
        for connection in self._idle.values():
            connection.close()
        self._idle.clear()


def exchange_once(
    method: str,
    url: str,
    *,
    trust: ssl.SSLContext | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Exchange one request on a connection of its own, with bounds that suit our own servers.

    Raises WireError, EndlessError.
    """
    connections = Connections(trust)
    try:
        return connections.exchange(
            method, url, headers=headers, body=body, seconds=_ONCE_SECONDS, max_bytes=_ONCE_BYTES
        )
    finally:
        connections.close()
