"""A login through the short cuts of `lean` is the login through Flask and werkzeug alone, byte for byte."""

from __future__ import annotations

import io
import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask, Request

from mock_idp import app as applications
from mock_idp.apps import OidcApp
from mock_idp.faults.registry import find_fault
from mock_idp.keys import KeyPool
from mock_idp.lean import Fields
from mock_idp.personalities import PERSONALITIES
from mock_idp.personalities.base import Personality
from mock_idp.personalities.oidc_base import AuthorizationServer, Endpoint
from mock_idp.serving.protocol import Answer, call
from mock_idp.sessions import Session
from mock_idp.tenants import TenantStore

SERVERS = [(each, server) for each in PERSONALITIES for server in each.oidc.servers]
POOL = KeyPool(1)
SITE, CLIENT, SECRET = "http://127.0.0.1:1", "11111111-2222-4333-8444-555555555555", "s&cret +%"
CALLBACK = "http://localhost:9/callback?täglich=1&b=a+b"
NOW = datetime(2030, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
WAYS: dict[str, dict[str, Any]] = {
    "usual": {},
    "no-id-token": {"scope": "offline_access"},
    "own-key": {"app": {"signing_key": "app", "custom_claims": {"ä": [1, None, {"b": "ü"}]}}},
    "refreshed": {"scope": "openid email offline_access"},
    "by-form": {"asked": {"response_mode": "form_post"}},
    "browser-carries-a-token": {
        "asked": {"response_type": "code id_token", "response_mode": "form_post"},
        "app": {"response_types": ("code id_token",)},
    },
    "asked-by-post": {"posted": True},
    "basic": {"basic": True},
    "odd-words": {"asked": {"state": "a b&c=d%zz+ä\u2028'(*)!~", "nonce": '"<ü>"', "empty": "", "x;y": "1"}},
    "fault": {"fault": "oidc.id-token.nonce.replace"},
    "twice": {"tail": "&state=again"},
    "unknown-application": {"asked": {"client_id": "nobody's"}},
    "wrong-secret": {"secret": "wrong"},
    "not-utf-8": {"tail": "&more=%ff%C3%A4&%ff=1"},
}


class PlainRequest(Request):
    """A request as Flask reads it."""

    def query_fields(self) -> Fields:
        return list(self.args.items(multi=True))

    def form_fields(self) -> Fields:
        return list(self.form.items(multi=True))


class PlainFlask(Flask):
    """Flask without any short cut."""

    request_class = PlainRequest

    def __init__(self, name: str, *, most_query: int) -> None:
        del most_query  # no query here is as long
        super().__init__(name, static_folder=None)


class Conversation:
    """What one login sends and gets, with everything random drawn from a known row."""

    def __init__(self, personality: Personality, server: AuthorizationServer, way: dict[str, Any]) -> None:
        store = TenantStore(SITE, POOL)
        self.tenant = store.create(personality, "acme")
        self.tenant.clock.freeze(NOW)
        self.app = applications.create_app(store)
        self.server, self.way, self.answers = server, way, list[Answer]()
        settings = {"assigned": "everyone", "redirect_uris": (CALLBACK,), "client_secret": SECRET}
        self.tenant.apps["portal"] = OidcApp("portal", CLIENT, **{**settings, **way.get("app", {})})
        self.tenant.sessions.put("known", Session("known", "alice", NOW))

    def play(self) -> tuple[list[Answer], list[dict[str, Any]]]:
        """All answers, and the journal."""
        scope = self.way.get("scope", "openid email")
        asked = {"client_id": CLIENT, "redirect_uri": CALLBACK, "response_type": "code", "scope": scope}
        asked |= {"state": "a-state", "nonce": "a-nonce", **self.way.get("asked", {})}
        if "fault" in self.way:
            self.tenant.faults.arm("a-state", find_fault(self.way["fault"]), {"nonce": "other"})
        self._authorize(urlencode(asked) + self.way.get("tail", ""))
        if code := self._code():
            self._redeem(code)
        return self.answers, [entry.as_json() for entry in self.tenant.journal.entries()]

    def _authorize(self, query: str) -> None:
        if self.way.get("posted"):  # the cookie, which is SameSite=Lax, would not come with a real one
            self._send(Endpoint.AUTHORIZE, body=query)
        else:
            self._send(Endpoint.AUTHORIZE, query=query)

    def _code(self) -> str | None:
        location = dict(self.answers[-1].headers).get("Location", "")
        in_query = parse_qs(urlsplit(location).query).get("code")
        kept = [key for key, _ in self.tenant.grants.items() if key.startswith("code:")]
        return in_query[0] if in_query else next((key.removeprefix("code:") for key in kept), None)

    def _redeem(self, code: str) -> None:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        given = {"client_id": CLIENT, "client_secret": self.way.get("secret", SECRET)}
        if self.way.get("basic"):
            self._send(Endpoint.TOKEN, body=urlencode(form), HTTP_AUTHORIZATION="Basic bm9ib2R5OndybmcK")
        self._send(Endpoint.TOKEN, body=urlencode(form | given))
        told = json.loads(self.answers[-1].body)
        if "refresh_token" in told:
            again = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
            self._send(Endpoint.TOKEN, body=urlencode(again | given), HTTP_CLIENT_REQUEST_ID="mine")
        if "access_token" in told:
            bearer = f"Bearer {told['access_token']}"
            self._send(Endpoint.USERINFO, HTTP_AUTHORIZATION=bearer)

    def _send(self, endpoint: Endpoint, query: str = "", body: str | None = None, **headers: str) -> None:
        authority = self.tenant.place.directory_id if self.server.vendor == "entra" else "acme"
        environ = {
            "REQUEST_METHOD": "GET" if body is None else "POST",
            "PATH_INFO": "/t/acme" + self.server.routes[endpoint].replace("<authority>", authority),
            "QUERY_STRING": query,
            "HTTP_COOKIE": f'other=1; {self.tenant.personality.session_cookie}=known; x="a;b"',
            "HTTP_HOST": "127.0.0.1:1",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO((body or "").encode()),
            **headers,
        }
        if body is not None:
            environ |= {
                "CONTENT_TYPE": "application/x-www-form-urlencoded",
                "CONTENT_LENGTH": str(len(body.encode())),
            }
        self.answers.append(call(self.app, environ))


@pytest.fixture(autouse=True)
def known_row(monkeypatch: pytest.MonkeyPatch) -> Iterator[random.Random]:
    """Randomness that can be begun anew."""
    row = random.Random(0)  # noqa: S311 - to be known is what it is for
    monkeypatch.setattr(os, "urandom", row.randbytes)
    monkeypatch.setattr(random, "_urandom", row.randbytes)
    yield row


@pytest.mark.parametrize(
    ("personality", "server"), SERVERS, ids=[f"{each.name}-{server.name}" for each, server in SERVERS]
)
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_both_ways_answer_and_journal_the_same(
    personality: Personality,
    server: AuthorizationServer,
    way: dict[str, Any],
    known_row: random.Random,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known_row.seed(7)
    lean = Conversation(personality, server, way).play()
    monkeypatch.setattr(applications, "LeanFlask", PlainFlask)
    known_row.seed(7)
    plain = Conversation(personality, server, way).play()
    assert lean == plain


def test_the_usual_login_ends_with_tokens() -> None:
    answers, journal = Conversation(*SERVERS[0], WAYS["usual"]).play()
    assert [answer.status.split()[0] for answer in answers] == ["302", "200", "200"]
    assert "oidc.token_response" in [entry["kind"] for entry in journal]
