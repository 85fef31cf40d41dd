"""The cookie jar by itself: what the scenarios for both agents cannot reach, such as time and https."""

from __future__ import annotations

import pytest

from conformance.agents.cookies import CookieJar
from conformance.agents.sites import origin, registrable, same_site


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_cookie_without_same_site_goes_with_a_cross_site_post_for_two_minutes_only() -> None:
    clock = Clock()
    jar = CookieJar(clock)
    jar.store("https://sp.example/acs", ["default=1", "lax=1; SameSite=Lax"])
    clock.now += 119
    assert (
        jar.header_for("https://sp.example/acs", method="POST", initiator="https://idp.test") == "default=1"
    )
    clock.now += 2
    assert jar.header_for("https://sp.example/acs", method="POST", initiator="https://idp.test") == ""
    assert jar.header_for("https://sp.example/acs", initiator="https://idp.test") == "default=1; lax=1"


def test_cookies_expire_by_the_injected_clock() -> None:
    clock = Clock()
    jar = CookieJar(clock)
    jar.store(
        "https://a.test/",
        ["short=1; Max-Age=10", "both=1; Max-Age=100; Expires=Thu, 01 Jan 1970 00:00:00 GMT"],
    )
    assert jar.header_for("https://a.test/") == "short=1; both=1"
    clock.now += 11
    assert jar.header_for("https://a.test/") == "both=1"


@pytest.mark.parametrize(
    ("cookie", "sent_to"),
    [
        ("a=1", {"https://www.corp.example/"}),
        (
            "a=1; Domain=corp.example",
            {"https://www.corp.example/", "https://corp.example/", "https://x.corp.example/"},
        ),
        (
            "a=1; Domain=.corp.example",
            {"https://www.corp.example/", "https://corp.example/", "https://x.corp.example/"},
        ),
        ("a=1; Domain=example", set()),
        ("a=1; Domain=other.example", set()),
        ("a=1; Domain=rp.example", set()),
    ],
)
def test_domains(cookie: str, sent_to: set[str]) -> None:
    jar = CookieJar()
    jar.store("https://www.corp.example/", [cookie])
    urls = {
        "https://www.corp.example/",
        "https://corp.example/",
        "https://x.corp.example/",
        "https://xcorp.example/",
    }
    assert {url for url in urls if jar.header_for(url)} == sent_to


def test_secure_cookies_need_https_or_loopback_and_are_not_overwritten_over_http() -> None:
    jar = CookieJar()
    jar.store("http://corp.example/", ["no=1; Secure"])
    jar.store("https://corp.example/", ["yes=1; Secure"])
    jar.store("http://corp.example/", ["yes=stolen"])
    assert jar.header_for("https://corp.example/") == "yes=1"
    assert jar.header_for("http://corp.example/") == ""


@pytest.mark.parametrize(
    "header", ["", ";", "a=\x01", "a=" + "x" * 4097, "__Host-a=1; Secure; Path=/; Domain=corp.example"]
)
def test_cookies_that_browsers_ignore(header: str) -> None:
    jar = CookieJar()
    jar.store("https://www.corp.example/", [header])
    assert list(jar) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://localhost:1", "http://localhost:2", True),
        ("http://localhost", "http://127.0.0.1", False),
        ("http://a.corp.example", "http://b.corp.example", True),
        ("http://a.corp.example", "https://a.corp.example", False),
        ("https://a.co.uk", "https://b.co.uk", False),
        ("https://x.a.co.uk", "https://a.co.uk", True),
        ("http://127.0.0.1", "http://127.0.0.2", False),
    ],
)
def test_sites(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same


def test_origins_and_registrable_domains() -> None:
    assert origin("HTTPS://Corp.Example:443/x?y#z") == "https://corp.example"
    assert origin("http://[::1]:8080/") == "http://[::1]:8080"
    assert origin("data:text/html,x") == "null"
    assert registrable("www.corp.example") == "corp.example"
