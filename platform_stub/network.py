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

    def __init__(self, deadline: float, *, anywhere: bool = False) -> None:
        """``deadline`` is a moment of ``time.monotonic``; ``anywhere`` leaves addresses unchecked."""
        self._deadline = deadline
        self._anywhere = anywhere

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers; raises FetchError for a forbidden one."""
        *others, last = _addresses(host, port, anywhere=self._anywhere)
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


def _addresses(host: str, port: int, *, anywhere: bool) -> list[str]:
    """Return the host's addresses, each of them checked; raises FetchError for a forbidden one.

    A name of this computer must lead to it, and every other name to a public address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise FetchError(f"The host “{host}” is not known.") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        here = is_loopback(host)
        if anywhere or (_is_this_computer(address) if here else is_public(address)):
            continue
        wanted = "this computer" if here else "a public address"
        raise FetchError(f"The host “{host}” leads to {address}, which is not {wanted}.")
    return addresses


def is_public(address: str) -> bool:
    """Return whether everybody on the internet could be meant by this IP address.

    `is_global` alone lets multicast pass, and IPv6 addresses that stand for an IPv4 address, which may be
    private: NAT64 (RFC 6052, 8215), 6to4 (RFC 3056), Teredo (RFC 4380), mapped and compatible (RFC 4291).
    """
    parsed = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if parsed.is_multicast or not parsed.is_global or parsed in _LOCAL_NAT64:
        return False
    return all(not v4.is_multicast and v4.is_global for v4 in _embedded(parsed))


def _is_this_computer(address: str) -> bool:
    parsed = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    return parsed.is_loopback or any(v4.is_loopback for v4 in _mapped(parsed))


_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


def _mapped(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return [mapped] if mapped else []


def _embedded(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """Return the IPv4 addresses that packets to an IPv6 address may end at."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = _mapped(address) + ([address.sixtofour] if address.sixtofour else [])
    found += list(address.teredo or ())
    if address in _NAT64 or address in _COMPATIBLE:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return found
