"""A platform that answers with anything costs a case a bounded time and gets a verdict; the run goes on."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.agents.http import HttpFactory
from conformance.agents.limits import Limits
from conformance.agents.protocol import NoAnswerError
from conformance.catalogue import load_catalogue, read_vocabulary
from conformance.engine.settings import ROOT
from conformance.idp_client import IdpClient
from conformance.launch import Servers
from conformance.model import Check, Result, Run, Verdict
from conformance.steps.journey import Journey
from conformance.steps.play import play
from conformance.steps.stage import Stage
from conformance.targets.declarative import DeclarativeTarget
from conformance.targets.http import TargetHttp
from conformance.targets.schema import TargetFile
from tests.conformance.tiny_site import Reply, Request, Route, TinySite, redirect

SECONDS = 1.0
"""What an exchange may take here."""
AT_MOST = 20.0
"""For a whole case on a busy machine: a few exchanges. Without bounds it would be minutes, or never end."""
MEGABYTE = 1_000_000
CASES = {case.id: case for case in load_catalogue(ROOT / "scenarios")}
SHOWN = ("user_acs", "agent_acs", "audience", "user_redirect", "agent_redirect")
SAVE = [{"method": "POST", "url": "{base_url}/save", "json": {}}]
SPEC: dict[str, Any] = {
    "name": "hostile",
    "title": "A platform with bad manners",
    "base_url": "{platform_url}",
    "arena": "fresh",
    "allow_destructive": True,
    "ping": {"method": "GET", "url": "{base_url}/ping"},
    "surfaces": {
        surface: {"login_url": "{base_url}/login", "log_out_url": "{base_url}/out", "log_out_button": "Out"}
        for surface in ("user", "agent")
    },
    "whoami": {"url": "{base_url}/whoami", "sessions": ["user"], "kind": "kind", "login": "login"},
    "refusal": {"selector": "[data-refusal]", "code_attribute": "data-refusal"},
    "info": [
        {"method": "GET", "url": "{base_url}/info", "save": dict(zip(SHOWN, SHOWN, strict=True))},
    ],
    "provision": {"user": SAVE, "agent": SAVE},
    "configure_sso": {"saml": SAVE, "oidc": SAVE},
    "set_sso": {"on": SAVE, "off": SAVE},
    "questions": {"sp-metadata": {"requests": [{"method": "GET", "url": "{base_url}/metadata"}]}},
}
PAGE = b"<html><body><p data-refusal=no>You are not signed in.</p></body></html>"


def raw(headers: str, body: bytes = b"") -> Reply:
    return Reply(raw=f"HTTP/1.1 {headers}\r\n\r\n".encode() + body)


def looping(request: Request) -> Reply:
    return redirect(f"/login?n={int(request.query.get('n', 0)) + 1}")


MUCH, HTML = 100 * MEGABYTE, "200 OK\r\nContent-Type: text/html"
LOGIN: dict[str, Route] = {
    "endless redirects": redirect("/login"),
    "redirects to new addresses": looping,
    "a page of 100 MB": raw(HTML, b"<p>much</p>" * (MUCH // 11)),
    "a page that unpacks to 100 MB": raw(f"{HTML}\r\nContent-Encoding: gzip", gzip.compress(bytes(MUCH))),
    "a body that drips": Reply(raw=f"HTTP/1.1 {HTML}\r\n\r\n{'x' * 5000}".encode(), drip=True),
    "headers that drip": Reply(raw=b"HTTP/1.1 200 OK\r\nX-A: " + b"x" * 5000, drip=True),
    "silence": Reply(hang=True),
    "a length that is too long": raw("200 OK\r\nContent-Length: 5000", b"<p>short"),
    "a length that is too short": raw(f"{HTML}\r\nContent-Length: 5", PAGE * 50),
    "two lengths": raw("200 OK\r\nContent-Length: 5\r\nContent-Length: 9", b"123456789"),
    "no HTTP at all": Reply(raw=b"\x00\xff\xfe" * 400),
    "a wrong packing": raw("200 OK\r\nContent-Encoding: gzip", PAGE),
    "an address that is none": redirect("http://["),
    "a port that is none": redirect("http://localhost:99999/"),
    "a form to nowhere": Reply(
        "<form action='//[' method=post></form><script>document.forms[0].submit()</script>"
    ),
    "a page within a page within a page": Reply("<div>" * 100_000),
    "a comment and nothing else": Reply("<!-- -->"),
    "a request that is no message": redirect("{idp}/nowhere?SAMLRequest=%00%ff&RelayState=" + "x" * 9000),
}


def info(request: Request) -> Reply:
    here = f"http://{request.headers['host']}"
    return Reply(json.dumps({name: f"{here}/{name}" for name in SHOWN}))


def decent() -> dict[str, Route]:
    """The routes of a platform that lets nobody in and is polite about it."""
    return {
        "/ping": Reply("{}"),
        "/info": info,
        "/save": Reply("{}"),
        "/login": Reply(PAGE),
        "/whoami": Reply("{}", 401),
        "/metadata": Reply("no metadata", 404),
    }


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    started = Servers("")
    yield started
    started.stop()


@pytest.fixture
def site() -> Iterator[TinySite]:
    with TinySite(routes=decent()) as started:
        yield started


@pytest.fixture
def stage(site: TinySite, servers: Servers, tmp_path: Path) -> Iterator[Stage]:
    target = DeclarativeTarget(TargetFile.model_validate(SPEC), {"platform_url": site.here})
    target.http = TargetHttp(SECONDS, 10 * MEGABYTE)
    made = Stage(
        target=target,
        idp=IdpClient(servers.idp["base_url"], servers.idp["control_url"], servers.idp["token"]),
        factories={"http": HttpFactory(limits=Limits(seconds=SECONDS))},
        words=read_vocabulary(ROOT / "scenarios"),
        run_dir=tmp_path,
        replay_command="replay {case} {personality} {agent}",
    )
    yield made
    site.routes.update(decent())
    made.close()


def played(stage: Stage, case: str) -> Result:
    started = time.monotonic()
    result = play(stage, Run(CASES[case], "okta", "http"))
    assert time.monotonic() - started < AT_MOST
    assert result.reason
    return result


@pytest.mark.parametrize("what", LOGIN)
def test_a_login_page_may_be_anything(stage: Stage, site: TinySite, servers: Servers, what: str) -> None:
    route = LOGIN[what]
    if isinstance(route, Reply) and route.headers:
        location = dict(route.headers)["Location"].replace("{idp}", servers.idp["base_url"])
        route = redirect(location)
    site.routes["/login"] = route
    positive = played(stage, "journeys.correct-login.saml-user")
    assert positive.verdict is Verdict.FAIL, positive
    negative = played(stage, "saml.response.issuer-wrong")
    assert negative.verdict is Verdict.INCONCLUSIVE, negative
    assert "control" in negative.reason
    site.routes["/login"] = Reply(PAGE)
    after = played(stage, "journeys.correct-login.saml-agent")
    assert (after.verdict, "refused" in after.observed) == (Verdict.FAIL, True), (
        "the next case is as if nothing was"
    )


def test_what_was_judged_before_silence_counts(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def let_in_then_silent(journey: Journey) -> None:
        journey.checks.append(Check("mallory", "refused", "admitted", Verdict.FAIL, "somebody else"))
        raise NoAnswerError("GET /whoami: silence")

    monkeypatch.setattr(Journey, "play", let_in_then_silent)
    result = played(stage, "journeys.logout.saml-user")
    assert (result.verdict, result.reason) == (Verdict.FAIL, "mallory: somebody else")
    assert [check.verdict for check in result.checks] == [Verdict.FAIL, Verdict.INCONCLUSIVE]
    assert "silence" in result.checks[-1].reason


NESTED = "[" * 200_000
WHOAMI: dict[str, Route] = {
    "nested without end": Reply(NESTED),
    "a list": Reply("[1, 2, 3]"),
    "a number where somebody should be": Reply('{"user": 7}'),
    "half a person": Reply('{"user": {"kind": null}}'),
    "100 MB": raw("200 OK\r\nContent-Type: application/json", b" " * MUCH),
    "dripping": Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 5000, drip=True),
    "a server error": Reply("oops", 500),
}


@pytest.mark.parametrize("what", WHOAMI)
def test_who_is_logged_in_may_be_told_in_any_way(stage: Stage, site: TinySite, what: str) -> None:
    site.routes["/whoami"] = WHOAMI[what]
    result = played(stage, "journeys.correct-login.saml-user")
    assert result.verdict in {Verdict.FAIL, Verdict.ERROR}, result


ADAPTER: dict[str, Route] = {
    "no JSON": Reply("<p>Please sign in.</p>"),
    "nested without end": Reply(NESTED),
    "another shape": Reply('["user_acs"]'),
    "half a letter": Reply(json.dumps({"user_acs": "\ud800", "audience": "\ud800"})),
    "silence": Reply(hang=True),
    "headers that drip": Reply(raw=b"HTTP/1.1 200 OK\r\nX-A: " + b"x" * 5000, drip=True),
    "100 MB": raw("200 OK\r\nContent-Type: application/json", b" " * MUCH),
    "a length that is too long": raw("200 OK\r\nContent-Length: 5000", b"{}"),
    "a server error": Reply("oops", 500),
}


@pytest.mark.parametrize("what", ADAPTER)
def test_what_is_read_before_a_login_may_be_anything(stage: Stage, site: TinySite, what: str) -> None:
    site.routes["/info"] = ADAPTER[what]
    result = played(stage, "journeys.correct-login.saml-user")
    assert result.verdict is Verdict.ERROR
    assert result.reason.startswith("TargetError: target hostile, "), result.reason


BOMB = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]><a>&c;</a>'
BAD_KEY = (
    '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" '
    'xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
    "<md:SPSSODescriptor><md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>%%%</ds:X509Certificate>"
    "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor></md:SPSSODescriptor></md:EntityDescriptor>"
)
METADATA: dict[str, tuple[Route, set[Verdict]]] = {
    "garbage": (Reply(b"\x00\xff<" * 100), {Verdict.FAIL}),
    "a bomb": (Reply(BOMB), {Verdict.FAIL}),
    "a certificate that is none": (Reply(BAD_KEY), {Verdict.FAIL}),
    "a declaration alone": (Reply('<?xml version="1.0" encoding="utf-99"?>'), {Verdict.FAIL}),
    "elements without end": (Reply("<a>" * 100_000), {Verdict.FAIL}),
    "100 MB": (
        raw("200 OK", b"<a>" + b"x" * 100 * MEGABYTE),
        {Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.FAIL},
    ),
    "silence": (Reply(hang=True), {Verdict.INCONCLUSIVE, Verdict.ERROR}),
    "nothing": (Reply("no metadata", 404), {Verdict.INCONCLUSIVE}),
}


@pytest.mark.parametrize("what", METADATA)
def test_published_metadata_may_be_anything(stage: Stage, site: TinySite, what: str) -> None:
    site.routes["/metadata"], verdicts = METADATA[what]
    assert played(stage, "saml.metadata.sp-published").verdict in verdicts
