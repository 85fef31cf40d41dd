"""Whatever comes in at whichever URL: the vendor's own answer, never a crash, and the journal tells of it."""

from __future__ import annotations

import base64
import contextlib
import random
import re
import socket
import time
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.routing import Rule
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Response

from mock_idp.app import create_app
from mock_idp.apps import OidcApp, SamlApp
from mock_idp.clock import Clock
from mock_idp.journal import MOST_CHARACTERS, Journal
from mock_idp.personalities import PERSONALITIES
from mock_idp.personalities.base import Personality
from mock_idp.tenants import Tenant, TenantStore
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.saml.support import deflated

SEED = 20301
ROUNDS = 600  # for each vendor
SECONDS_EACH = 1.0  # of this thread's processor, so that a busy machine does not count
NAMES = [entry.name for entry in PERSONALITIES]
VENDOR_MARK = dict.fromkeys(NAMES, re.compile(r"Mock|\"error\"|Bearer error=")) | {
    "okta": re.compile(r"Mock Okta|errorCode|\"error\"|Bearer error="),
    "entra": re.compile(r"AADSTS\d+|InvalidAuthenticationToken|Mock Microsoft"),
}
AUTHORIZE = {
    entry.name: f"oidc.{entry.name}-{entry.oidc.server().name.replace('.', '_')}-authorize"
    for entry in PERSONALITIES
}
METHODS = ["GET", "POST", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"]
TYPES = [
    "application/x-www-form-urlencoded", "application/json", "multipart/form-data",
    "multipart/form-data; boundary=", "text/xml", "application/x-www-form-urlencoded; charset=utf-16", "",
    "%",
]  # fmt: skip
VALUES = [
    "", "\0", "a\r\nSet-Cookie: x=1", "é\U0001f600", "%", "%zz", "../../etc/passwd", "{0.__class__}", "{x}",
    "<script>alert(1)</script>", "' OR 1=1 --", "x" * 5000, "\udcff", "-1", "9" * 400, "AAAA", "===",
    "code", "code id_token token", "none login", "query", "https://evil.test/", "http://localhost:9/cb",
    deflated(b"\0" * 5_000_000), deflated(b"<a/>"), "PGEvPg==", "[]", '{"a":', "null",
]  # fmt: skip
PARAMETERS = [
    "SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature", "client_id", "client_secret", "code",
    "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age", "token",
    "grant_type", "refresh_token", "username", "password", "id_token_hint", "post_logout_redirect_uri",
    "request_uri", "request", "login_hint", "domain_hint", "appid", "kid", "wa", "stateToken", "stateHandle",
    "identifier", "credentials.passcode", "flowToken", "loginfmt", "passwd", "LoginOptions", "login",
    "user_code", "device_code", "code_challenge", "code_challenge_method", "claims", "acr_values", "test",
]  # fmt: skip


@dataclass
class World:
    """One tenant of each personality behind an application without a network."""

    app: Flask
    tenants: dict[str, Tenant]
    client: Client

    def rules(self, vendor: str) -> list[Rule]:
        """The URL rules that this vendor's tenant serves, and a few of the others."""
        rules = [rule for rule in self.app.url_map.iter_rules() if rule.rule.startswith("/t/")]
        others = [rule for rule in rules if any(n in rule.endpoint for n in NAMES if n != vendor)]
        return [rule for rule in rules if rule not in others] + others[::8]


@pytest.fixture(scope="module")
def world() -> World:
    store = TenantStore("http://idp.test")
    tenants = {entry.name: _tenant(store, entry) for entry in PERSONALITIES}
    app = create_app(store)
    return World(app, tenants, app.test_client())


def _tenant(store: TenantStore, personality: Personality) -> Tenant:
    tenant = store.create(personality, personality.name)
    uri = "http://localhost:9/cb"
    everybody: Any = "everyone"
    client_id = personality.application_id(tenant.place, "rp")
    tenant.apps["rp"] = OidcApp("rp", client_id, "s", (uri,), everybody, ("password", "authorization_code"))
    tenant.apps["sp"] = SamlApp("sp", (uri,), "urn:sp", everybody, logout_url=uri)
    return tenant


def filled(rule: Rule, tenant: Tenant, chance: random.Random) -> str:
    """The rule's path at the tenant, its other variables filled with what fits or with what does not."""
    fitting = [tenant.place.directory_id, "common", "sp", tenant.name]

    def value(found: re.Match[str]) -> str:
        if found[1] == "tenant":
            return tenant.name
        odd = ["%00", "%2e%2e", "%ff", "a" * 300, "%F0%9F%98%80", "{x}"]
        return chance.choice(fitting * 3 + odd)

    return re.sub(r"<(?:\w+:)?(\w+)>", value, rule.rule)


def request_of(path: str, chance: random.Random, values: list[str]) -> EnvironBuilder:
    """A request that is wrong in a few ways at once."""
    from urllib.parse import quote

    def pairs() -> str:
        count = chance.randrange(5)
        chosen = [(chance.choice(PARAMETERS), chance.choice(values)) for _ in range(count)]
        chosen += chosen[: chance.randrange(2)]
        safe = chance.choice(["", "%"])
        return "&".join(f"{name}={quote(value, safe=safe, errors='replace')}" for name, value in chosen)

    body = chance.choice([pairs(), pairs(), '{"a":', "[" * 5000, "\0\xff", "--x\r\n"])
    headers = {"Accept": chance.choice(["*/*", "text/html", "application/json", "\xff", ""])}
    headers["Authorization"] = chance.choice(
        ["", "Basic", "Basic !!!", "Basic OjpcAA==", "Bearer", "Bearer \xe9", "Digest a=b", "x"]
    )
    headers["Cookie"] = chance.choice(["", "idx=1", "=;;", "ESTSAUTH=\xff; idp_session=%00"])
    return EnvironBuilder(
        path="/",
        query_string=pairs(),
        method=chance.choice(METHODS),
        data=body.encode("utf-8", "replace"),
        content_type=chance.choice(TYPES),
        headers=Headers((name, value) for name, value in headers.items() if value),
        environ_overrides={"PATH_INFO": _wsgi(path)},
    )


def fitting_values(tenant: Tenant) -> list[str]:
    """Values that get further than nonsense does."""
    names = 'xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns="urn:oasis:names:tc:SAML:2.0:assertion"'
    kinds = ("AuthnRequest", "LogoutRequest", "LogoutResponse")
    messages = [
        f'<p:{kind} {names} ID="_1" Version="2.0"><Issuer>urn:sp</Issuer></p:{kind}>' for kind in kinds
    ]
    encoded = [deflated(xml.encode()) for xml in messages]
    encoded += [base64.b64encode(xml.encode()).decode() for xml in messages]
    client_id = tenant.personality.application_id(tenant.place, "rp")
    return [client_id, "s", "alice@acme.test", "password", "openid", *encoded]


def _wsgi(path: str) -> str:
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(path).decode("latin-1")


@pytest.mark.parametrize("vendor", NAMES)
def test_every_url_withstands_nonsense(world: World, vendor: str) -> None:
    chance, tenant = random.Random(f"{SEED}{vendor}"), world.tenants[vendor]  # noqa: S311 - reproducible
    rules = world.rules(vendor)
    fitting = fitting_values(tenant)
    for number in range(ROUNDS):
        path = filled(rules[number % len(rules)], tenant, chance)
        builder = request_of(path, chance, [*VALUES, *fitting * 5])
        before, start = tenant.journal.last, time.thread_time()
        answer = Response.from_app(world.app.wsgi_app, builder.get_environ())
        told = f"{builder.method} {path}?{builder.query_string[:300]} -> {answer.status_code}"
        assert time.thread_time() - start < SECONDS_EACH, told
        text = answer.get_data(as_text=True)
        assert answer.status_code < 500, told
        assert "Traceback" not in text, told
        if answer.status_code >= 400 and builder.method != "HEAD":
            assert VENDOR_MARK[vendor].search(text + str(answer.headers)), f"{told} {text[:300]}"
            assert tenant.journal.last > before, told
        builder.close()


@pytest.mark.parametrize("vendor", NAMES)
def test_a_query_that_is_too_long(world: World, vendor: str) -> None:
    tenant = world.tenants[vendor]
    before = tenant.journal.last
    path = next(rule.rule for rule in world.rules(vendor) if rule.endpoint == AUTHORIZE[vendor])
    url = path.replace("<tenant>", tenant.name).replace("<authority>", "common")
    answer = world.client.get(f"{url}?state={'x' * 200_000}")
    assert answer.status_code == 414
    assert VENDOR_MARK[vendor].search(answer.text)
    assert [entry.kind for entry in tenant.journal.entries(after=before)] == ["http.refused"]


def test_the_journal_forgets_long_entries_first_come_first_gone() -> None:
    journal = Journal(Clock())
    for number in range(2000):
        journal.record("oidc.authorization_request", summary=str(number), detail={"p": {"x": "y" * 100_000}})
    kept = journal.entries()
    assert kept[-1].seq == 2000
    assert len(kept) * 100_000 < MOST_CHARACTERS


def test_a_body_of_ten_megabytes(idp: RunningIdp) -> None:
    """Over the network, at endpoints that read a form and at those that do not."""
    for vendor in NAMES:
        tenant = idp.new_tenant(vendor)
        urls = tenant["urls"]
        for url in (urls["token_endpoint"], urls["authorization_endpoint"], urls["jwks_uri"]):
            answer = httpx.post(url, data={"x": "y" * 10_000_000}, trust_env=False, timeout=30)
            assert answer.status_code in (405, 413), (url, answer.status_code)
            assert VENDOR_MARK[vendor].search(answer.text), answer.text
        kinds = [entry.kind for entry in idp.tenant(tenant).journal.entries()]
        assert kinds == ["http.refused"] * 3


def test_request_lines_that_are_no_http(idp: RunningIdp) -> None:
    """What the server itself refuses: it answers or hangs up, and serves the next one."""
    host, port = idp.base_url.removeprefix("http://").split(":")
    lines = [
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\r\n\r\n",
        b"GET /t/%zz%00?%%% HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    lines.append(b"GET /" + b"a" * 2_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    for line in lines:
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            answer = b""
            with contextlib.suppress(ConnectionError):  # it may hang up before it has read everything
                connection.sendall(line)
                answer = connection.recv(65536)
            assert b"Traceback" not in answer
    assert httpx.get(idp.base_url, trust_env=False).status_code == 404
