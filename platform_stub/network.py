"""The network under ``fetch``: one deadline for the whole exchange, and only addresses that were checked."""

import contextlib
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable

import httpcore

from platform_stub.fetch import FetchError, is_loopback


class GuardedBackend(httpcore.SyncBackend):
    """Connects to public addresses, or to this computer when the URL names it.

    The connection goes to the very address that was checked, so a second DNS answer cannot lead elsewhere.
    """

    def __init__(self, deadline: float) -> None:
        """``deadline`` is a moment of ``time.monotonic``."""
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers; raises FetchError for a forbidden one."""
        *others, last = _addresses(host, port)
        for address in others:
            with contextlib.suppress(httpcore.ConnectError):  # localhost: ::1 first, 127.0.0.1 second
                return self._connect(address, port, timeout)
        return self._connect(last, port, timeout)

    def _connect(self, address: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
        inner = super().connect_tcp(address, port, _left(self._deadline, timeout))
        return _DeadlineStream(inner, self._deadline)


class _DeadlineStream(httpcore.NetworkStream):
    """A connection on which no single wait outlasts the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._deadline, timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, _left(self._deadline, timeout))
        return _DeadlineStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise httpcore.ReadTimeout("the deadline has passed")
    return min(remaining, timeout) if timeout is not None else remaining


def _addresses(host: str, port: int) -> list[str]:
    """Return the host's addresses; one inside a private network is refused unless this computer was named."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise FetchError(f"The host “{host}” is not known.") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not is_loopback(host) and not ipaddress.ip_address(address.split("%")[0]).is_global:
            raise FetchError(f"The host “{host}” leads to {address}, which is not a public address.")
    return addresses
