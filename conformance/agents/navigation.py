"""One request of a navigation as a browser composes it: referrer, origin, metadata headers, redirects."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urldefrag, urlsplit

from conformance.agents.forms import Submission, decode
from conformance.agents.protocol import CrashedError, Exchange
from conformance.agents.sites import absolute, is_trustworthy, origin, same_site

_UNSAFE_SCHEMES = frozenset({"about", "blob", "data", "file", "filesystem", "javascript"})
DEFAULT_POLICY = "strict-origin-when-cross-origin"
_POLICIES = frozenset(
    {
        "no-referrer",
        "no-referrer-when-downgrade",
        "same-origin",
        "origin",
        "strict-origin",
        "origin-when-cross-origin",
        "strict-origin-when-cross-origin",
        "unsafe-url",
    }
)


_NORMAL = re.compile(
    r"https?://[a-z0-9.\-]+(?::(?!(?:80|443)/)(?:[1-9]\d{1,3}|[1-5]\d{4}|60\d{3}))?/(?!.*/\.)(?!\.)"
    r"[A-Za-z0-9._~!$&'()*+,;=:@%/?\-]*"
)
"""Addresses that are written as a browser does already: nearly all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigation:
    """A top-level request that is about to be sent."""

    url: str
    method: str = "GET"
    body: bytes = b""
    content_type: str = ""
    initiator: str | None = None
    """The origin of the page that started it; None when a person typed the address."""
    referrer: str = ""
    """The URL of that page."""
    policy: str = DEFAULT_POLICY
    user_activated: bool = True
    before: tuple[str, ...] = ()
    """URLs that redirected here, oldest first."""

    @classmethod
    def of_form(cls, form: Submission, page_url: str, policy: str, *, by_person: bool) -> Navigation:
        """Return the request that submits `form` on the page at `page_url`."""
        return cls(
            url=normal(form.url),
            method=form.method,
            body=form.body,
            content_type=form.content_type,
            initiator=origin(page_url),
            referrer=urldefrag(page_url).url,
            policy=policy,
            user_activated=by_person,
        )

    @classmethod
    def of_link(cls, url: str, page_url: str, policy: str, *, by_person: bool) -> Navigation:
        """Return the request that follows a link or refresh on the page at `page_url`."""
        return cls.of_form(Submission("GET", url), page_url, policy, by_person=by_person)

    def redirected(self, status: int, location: str, policies: str) -> Navigation | None:
        """Return the request that a redirect leads to (Fetch standard, "HTTP-redirect fetch").

        None when it leads to another program (`ftp:`, `mailto:`): the browser stays where it is. Raises
        CrashedError when it leads to a scheme that browsers refuse, such as `data:` and `javascript:`.
        """
        target = normal(absolute(self.url, location))
        scheme = urlsplit(target).scheme
        if scheme in _UNSAFE_SCHEMES:
            raise CrashedError(f"{self.url} redirects to {location!r}, which browsers refuse to follow")
        if scheme not in {"http", "https"}:
            return None
        if not urlsplit(target).fragment and urlsplit(self.url).fragment:
            target = f"{target}#{urlsplit(self.url).fragment}"
        moved = replace(
            self, url=target, before=(*self.before, self.url), policy=policy_in(policies) or self.policy
        )
        if (status in {301, 302} and self.method == "POST") or status == 303:
            return replace(moved, method="GET", body=b"", content_type="")
        return moved

    def exchange(self) -> Exchange:
        """Return the request as the trace and the watchers see it, without the fragment."""
        form = decode(self.body.decode("latin-1"), self.content_type)
        return Exchange(self.method, urldefrag(self.url).url, form)

    def headers(self) -> dict[str, str]:
        """Return the headers that depend on who started the navigation."""
        made = {"Sec-Fetch-Site": self._site(), "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        if self.user_activated:
            made["Sec-Fetch-User"] = "?1"
        referer = self._referer()
        if referer:
            made["Referer"] = referer
        if self.method == "POST":
            made["Origin"] = self._origin_header()
            made["Content-Type"] = self.content_type
        return made

    def _site(self) -> str:
        """Return Sec-Fetch-Site (Fetch Metadata section 2.3): the furthest relation along the redirects."""
        if self.initiator is None:
            return "none"
        urls = (*self.before, self.url)
        if all(origin(url) == self.initiator for url in urls):
            return "same-origin"
        return "same-site" if all(same_site(url, self.initiator) for url in urls) else "cross-site"

    def _referer(self) -> str:
        """Return the Referer that the policy leaves (Referrer Policy section 8.3), "" for none."""
        if not self.referrer:
            return ""
        only_origin = origin(self.referrer) + "/"
        same = origin(self.referrer) == origin(self.url)
        downgrade = is_trustworthy(self.referrer) and not is_trustworthy(self.url)
        if self.policy == "no-referrer" or (self.policy == "same-origin" and not same):
            return ""
        if downgrade and self.policy in {DEFAULT_POLICY, "strict-origin", "no-referrer-when-downgrade"}:
            return ""
        whole = {"unsafe-url", "no-referrer-when-downgrade", "same-origin"}
        if self.policy in whole or (same and self.policy.endswith("when-cross-origin")):
            return self.referrer
        return only_origin

    def _origin_header(self) -> str:
        """Return the Origin of a POST; "null" once a redirect crossed origins or the policy hides it."""
        initiator = self.initiator or "null"
        if any(origin(url) != origin(self.url) for url in self.before):
            return "null"
        if self.policy == "no-referrer":
            return "null"
        if self.policy == "same-origin" and initiator != origin(self.url):
            return "null"
        return initiator


def normal(url: str) -> str:
    """Return `url` as a browser writes it (encoded, no default port). Raises CrashedError if it is no URL."""
    if _NORMAL.fullmatch(url):
        return url
    import httpx  # noqa: PLC0415 - for the few that are not: it takes a tenth of a second to import

    try:
        return str(httpx.URL(absolute("", url)))
    except httpx.InvalidURL as error:
        raise CrashedError(f"{url!r} is not a usable address: {error}") from error


def policy_in(header: str) -> str:
    """Return the last known policy of a Referrer-Policy header, "" for none."""
    known = [token for token in (part.strip().lower() for part in header.split(",")) if token in _POLICIES]
    return known[-1] if known else ""
