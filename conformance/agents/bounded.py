"""A network under httpx that ends an exchange at a moment, however slowly its bytes come.

httpx bounds each single wait: a server that sends a byte now and then, even of its headers, never ends it.
Import this where a connection is made: httpcore brings anyio along, which pytest wants to import itself.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable

import httpcore
import httpx


class Bounds(httpcore.SyncBackend):
    """Connects and reads until `until`, a moment of `time.monotonic` that is set before each request."""

    def __init__(self) -> None:
        self.until = float("inf")

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect. Raises httpcore's errors."""
        left = self.left(timeout)
        return _Stream(super().connect_tcp(host, port, left, local_address, socket_options), self)

    def left(self, timeout: float | None) -> float:
        """Return for how long a single wait may last. Raises httpcore.ReadTimeout when the time is up."""
        remaining = self.until - time.monotonic()
        if remaining <= 0:
            raise httpcore.ReadTimeout("the time for the whole exchange is up")
        return remaining if timeout is None else min(remaining, timeout)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, bounds: Bounds) -> None:
        self._inner = inner
        self._bounds = bounds

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._bounds.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._bounds.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._bounds.left(timeout))
        return _Stream(inner, self._bounds)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


def bounded_transport(
    bounds: Bounds, verify: ssl.SSLContext | bool, proxy: str | None = None
) -> httpx.HTTPTransport:
    """Return httpx's transport on this network."""
    transport = httpx.HTTPTransport(verify=verify, proxy=proxy)
    # httpx has no parameter for the network that its pool connects by; a test drips headers
    transport._pool._network_backend = bounds
    return transport
