"""Fetching what an administrator's URL names, bounded in time and size; where it may lead: ``network``."""

import functools
import ipaddress
import re
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_LOOPBACK_NAMES = {"localhost", "localhost."}


class FetchError(Exception):
    """The address cannot be used or did not answer as it should; the message is a sentence for a person."""


@dataclass(frozen=True)
class Fetched:
    """An answer; ``content_type`` is lower case and without parameters."""

    status: int
    body: bytes
    content_type: str


def url_problem(url: str) -> str:
    """Return why the URL may not be used ("" when it may): https anywhere, http only on this computer."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"“{url}” is not a URL."
    if parts.scheme not in {"http", "https"} or not host:
        return f"“{url}” is not a web address; expected https://host/…"
    if any(ord(letter) <= 0x20 for letter in url):
        return f"“{url}” has a space or line break in it."
    if parts.username or parts.password:
        return "The address must not hold a user name or password."
    if parts.scheme == "http" and not is_loopback(host):
        return f"“{url}” is not encrypted; http is accepted for this computer (localhost) only. Use https."
    return ""


def is_loopback(host: str) -> bool:
    """Return whether the host, by its name alone, is this computer."""
    if host.lower() in _LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def fetch(
    url: str,
    *,
    timeout_seconds: float,
    max_bytes: int,
    data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    anywhere: bool = False,
    redirects: int = 0,
    verified: bool = True,
) -> Fetched:
    """GET the URL (POST when ``data`` is given) and return the answer, whatever its status, but no redirect.

    The whole exchange ends after ``timeout_seconds``. ``anywhere``, ``redirects`` (how many are followed) and
    certificates that are not ``verified`` are what a weakened policy allows. Raises FetchError.
    """
    import httpcore  # noqa: PLC0415 - 100 ms that the start does not have to wait for

    from platform_stub.network import GuardedBackend  # noqa: PLC0415 - imports httpcore too

    problem = url_problem(url)
    if problem:
        raise FetchError(problem)
    deadline = time.monotonic() + timeout_seconds
    with httpcore.ConnectionPool(
        ssl_context=_context(verified=verified), network_backend=GuardedBackend(deadline, anywhere=anywhere)
    ) as pool:
        try:
            with pool.stream(
                "GET" if data is None else "POST", url, headers=list((headers or {}).items()), content=data
            ) as answer:
                body = _bounded(answer.iter_stream(), max_bytes)
        except httpcore.TimeoutException as error:
            raise FetchError(f"“{url}” did not answer within {timeout_seconds:g} seconds.") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError) as error:
            raise FetchError(f"“{url}” cannot be reached: {_cause(error)}.") from error
    found = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
    if 300 <= answer.status < 400 and redirects:
        return fetch(
            found.get("location", ""),
            timeout_seconds=timeout_seconds,
            max_bytes=max_bytes,
            anywhere=anywhere,
            redirects=redirects - 1,
        )
    if 300 <= answer.status < 400:
        raise FetchError(
            f"“{url}” redirects to “{found.get('location', 'nowhere')}”. Redirects are not followed; "
            "paste the final address."
        )
    content_type = found.get("content-type", "").split(";")[0].strip().lower()
    return Fetched(answer.status, body, content_type)


def _cause(error: Exception) -> str:
    """Return what the network said, without the error number before it."""
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error)).rstrip(".") or type(error).__name__


@functools.cache
def _context(*, verified: bool) -> ssl.SSLContext:
    """Return the system's certificate authorities; reading them takes 20 ms, so they are read once."""
    context = ssl.create_default_context()
    if not verified:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _bounded(chunks: Iterable[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise FetchError(f"The answer is larger than {max_bytes:,} bytes.")
    return bytes(body)
