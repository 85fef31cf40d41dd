"""A cookie jar that stores and sends as Chromium does (RFC 6265bis with its SameSite rules). No I/O.

What Chromium does and this jar follows: a cookie without SameSite is Lax, but for two minutes after its
creation it also goes with a cross-site top-level POST ("Lax+POST"); SameSite=None needs Secure; Secure is
honoured on http loopback hosts; cookies do not separate by port; a redirect chain does not make a request
cross-site, only its initiator does. Left out: partitioned cookies, eviction, the public suffix list.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from conformance.agents.sites import host, is_ip, is_trustworthy, public_suffix, same_site

LAX_POST_SECONDS = 120.0
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_MAX_PAIR = 4096


@dataclass(frozen=True, slots=True)
class Cookie:
    """One stored cookie."""

    name: str
    value: str
    domain: str
    path: str
    host_only: bool
    secure: bool
    http_only: bool
    same_site: str
    """"strict", "lax", "none", or "" when the attribute was absent or unknown."""
    expires: float | None
    """Seconds of the Unix epoch; None for a session cookie."""
    created: float

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two cookies the same: name, domain and path."""
        return self.name, self.domain, self.path


class CookieJar:
    """The cookies of one browser."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._cookies: dict[tuple[str, str, str], Cookie] = {}

    def store(self, url: str, headers: Sequence[str]) -> None:
        """Take in the Set-Cookie headers of a top-level answer from `url` (RFC 6265bis section 5.7)."""
        for header in headers:
            cookie = _parse(header, url, self._now())
            if cookie is None or self._is_protected(cookie, url):
                continue
            old = self._cookies.pop(cookie.key, None)
            if cookie.expires is not None and cookie.expires <= self._now():
                continue
            if old is not None:
                cookie = replace(cookie, created=old.created)
            self._cookies[cookie.key] = cookie

    def put(self, cookies: Iterable[Cookie]) -> None:
        """Put cookies into the jar as they are."""
        self._cookies.update({cookie.key: cookie for cookie in cookies})

    def __iter__(self) -> Iterator[Cookie]:
        """Go through the cookies."""
        return iter(list(self._cookies.values()))

    def header_for(self, url: str, *, method: str = "GET", initiator: str | None = None) -> str:
        """Return the Cookie header of a top-level navigation, "" for none.

        `initiator` is the origin of the page that started the navigation; None stands for the address bar.
        """
        now = self._now()
        self._cookies = {k: c for k, c in self._cookies.items() if c.expires is None or c.expires > now}
        cross_site = initiator is not None and not same_site(initiator, url)
        chosen = [
            c
            for c in self._cookies.values()
            if _belongs(c, url) and (not cross_site or _crosses_sites(c, method, now))
        ]
        chosen.sort(key=lambda c: (-len(c.path), c.created))
        return "; ".join(f"{c.name}={c.value}" if c.name else c.value for c in chosen)

    def clear(self, origin: str = "") -> None:
        """Forget the cookies that go to the origin's host, or all. Ports do not separate cookies."""
        if not origin:
            self._cookies.clear()
            return
        name = host(origin)
        self._cookies = {k: c for k, c in self._cookies.items() if not _domain_matches(c, name)}

    def _is_protected(self, new: Cookie, url: str) -> bool:
        """Tell whether an insecure answer tries to overwrite a Secure cookie (RFC 6265bis section 5.7)."""
        return not is_trustworthy(url) and any(
            old.secure and old.name == new.name and (old.domain == new.domain)
            for old in self._cookies.values()
        )


def _belongs(cookie: Cookie, url: str) -> bool:
    path = urlsplit(url).path or "/"
    path_matches = path == cookie.path or (
        path.startswith(cookie.path) and (cookie.path.endswith("/") or path[len(cookie.path)] == "/")
    )
    return _domain_matches(cookie, host(url)) and path_matches and (not cookie.secure or is_trustworthy(url))


def _domain_matches(cookie: Cookie, name: str) -> bool:
    return cookie.domain == name or (not cookie.host_only and name.endswith("." + cookie.domain))


def _crosses_sites(cookie: Cookie, method: str, now: float) -> bool:
    if cookie.same_site == "none":
        return True
    if cookie.same_site == "strict":
        return False
    if method in _SAFE_METHODS:
        return True
    return cookie.same_site == "" and now - cookie.created < LAX_POST_SECONDS


def _parse(header: str, url: str, now: float) -> Cookie | None:
    """Read one Set-Cookie header; None when a browser would ignore it."""
    pair, *attributes = header.split(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    name, value = name.strip(" \t"), value.strip(" \t")
    given = {k.strip().lower(): v.strip() for k, _, v in (a.partition("=") for a in attributes)}
    if len(name) + len(value) > _MAX_PAIR or not (name or value) or _has_controls(header):
        return None
    domain = _domain(given.get("domain", ""), host(url))
    if domain is None:
        return None
    same_site_value = given.get("samesite", "").lower()
    cookie = Cookie(
        name=name,
        value=value,
        domain=domain or host(url),
        path=given["path"] if given.get("path", "").startswith("/") else _default_path(url),
        host_only=not domain,
        secure="secure" in given,
        http_only="httponly" in given,
        same_site=same_site_value if same_site_value in {"strict", "lax", "none"} else "",
        expires=_expiry(given, now),
        created=now,
    )
    return cookie if _is_acceptable(cookie, url) else None


def _is_acceptable(cookie: Cookie, url: str) -> bool:
    if cookie.secure and not is_trustworthy(url):
        return False
    if cookie.same_site == "none" and not cookie.secure:
        return False
    lower = cookie.name.lower()
    if lower.startswith("__host-"):
        return cookie.secure and cookie.host_only and cookie.path == "/"
    return cookie.secure or not lower.startswith("__secure-")


def _domain(given: str, request_host: str) -> str | None:
    """Return the Domain to store, "" for a host-only cookie, None when the answer may not set it."""
    domain = given.lower().removeprefix(".")
    if not domain:
        return ""
    if domain == request_host and (is_ip(domain) or public_suffix(domain) == domain):
        return ""
    if is_ip(request_host) or public_suffix(domain) == domain:
        return None
    return domain if request_host == domain or request_host.endswith("." + domain) else None


def _default_path(url: str) -> str:
    path = urlsplit(url).path
    return path[: path.rfind("/")] or "/" if path.startswith("/") else "/"


def _expiry(given: dict[str, str], now: float) -> float | None:
    age = given.get("max-age", "")
    if age and age.removeprefix("-").isdecimal():
        return now + int(age) if int(age) > 0 else now
    if given.get("expires"):
        try:
            return parsedate_to_datetime(given["expires"]).timestamp()
        except ValueError:
            return None
    return None


def _has_controls(header: str) -> bool:
    return any((ord(char) < 32 and char != "\t") or ord(char) == 127 for char in header)
