"""Where a redirect leads, as browsers read it and not as RFC 3986 does."""

from __future__ import annotations

import pytest

from conformance.agents.protocol import Exchange
from conformance.checks.pages import destination, left_platform

PLATFORM, IDP = "http://platform.test:8500", "http://idp.test"


@pytest.mark.parametrize(
    ("location", "goes_to"),
    [
        ("/acme/home", f"{PLATFORM}/acme/home"),
        ("home?next=//evil.example", f"{PLATFORM}/acme/home?next=//evil.example"),
        ("//evil.example/x", "http://evil.example/x"),
        ("/\\evil.example/x", "http://evil.example/x"),
        ("\\\\evil.example/x", "http://evil.example/x"),
        ("\t//evil.example/x", "http://evil.example/x"),
        ("/\t/evil.example/x", "http://evil.example/x"),
        ("///evil.example/x", "http://evil.example/x"),
        ("https:evil.example/x", "https://evil.example/x"),
        ("https:/evil.example/x", "https://evil.example/x"),
        ("HTTP://evil.example/x", "http://evil.example/x"),
        ("http:home", f"{PLATFORM}/acme/home"),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_destination(location: str, goes_to: str) -> None:
    assert destination(f"{PLATFORM}/acme/login", location) == goes_to
    trace = [Exchange("GET", f"{PLATFORM}/acme/login", status=303, location=location)]
    outside = not goes_to.startswith(PLATFORM)
    assert left_platform(trace, PLATFORM, IDP) == (goes_to if outside else "")


def test_the_idp_is_no_foreign_site() -> None:
    trace = [Exchange("GET", f"{PLATFORM}/acme", status=303, location=f"{IDP}/authorize")]
    assert left_platform(trace, PLATFORM, IDP) == ""
