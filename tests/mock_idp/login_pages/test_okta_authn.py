"""Okta's Authentication API: a program signs a person in, and the browser gets the session."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_idp.login_pages.walking import Walk
from tests.mock_idp.oidc.registrar import Registrar

ALICE = {"username": "alice@acme.test", "password": "correct-horse-alice"}


@pytest.fixture
def walk(registrar: Registrar) -> Walk:
    return Walk(registrar, "okta", registrar.party("okta"))


def authn(walk: Walk, **body: str) -> tuple[int, dict[str, Any]]:
    base = walk.registrar.tenant("okta")["base_url"]
    answer = walk.party.back_channel.post(f"{base}/api/v1/authn", json=body)
    return answer.status_code, answer.json()


def test_a_session_token_opens_one_session(walk: Walk) -> None:
    status, done = authn(walk, **ALICE)
    assert (status, list(done)) == (200, ["expiresAt", "status", "sessionToken", "_embedded"])
    assert done["_embedded"]["user"]["profile"]["login"] == "alice@acme.test"
    token = done["sessionToken"]
    assert "code" in walk.ask(sessionToken=token, prompt="none").answer
    assert "code" in walk.ask(prompt="none").answer  # by the cookie
    walk.party.browser.cookies.clear()
    assert walk.ask(sessionToken=token, prompt="none").answer["error"] == "login_required"
    assert walk.ask(sessionToken=token).heading == "Sign In"


def test_a_session_token_ends_after_five_minutes(walk: Walk) -> None:
    token = authn(walk, **ALICE)[1]["sessionToken"]
    walk.registrar.change("okta", "PUT", "/clock", {"offset_seconds": 301})
    assert walk.ask(sessionToken=token).heading == "Sign In"


def test_the_classic_way_by_the_cookies_page(walk: Walk) -> None:
    base = walk.registrar.tenant("okta")["base_url"]
    token = authn(walk, **ALICE)[1]["sessionToken"]
    values = {"checkAccountSetupComplete": "true", "token": token, "redirectUrl": "http://evil.test/"}
    refused = walk.party.browser.get(f"{base}/login/sessionCookieRedirect", params=values)
    assert refused.status_code == 400
    values["redirectUrl"] = walk.party.url()
    onward = walk.party.browser.get(f"{base}/login/sessionCookieRedirect", params=values)
    assert (onward.status_code, onward.headers["Location"]) == (302, walk.party.url())
    assert "code" in walk.ask(prompt="none").answer


@pytest.mark.parametrize("wrong", [{"password": "guessed"}, {"username": "nobody-here"}, {"username": ""}])
def test_what_is_wrong_is_not_told(walk: Walk, wrong: dict[str, str]) -> None:
    status, body = authn(walk, **ALICE | wrong)
    assert (status, body["errorCode"], body["errorSummary"]) == (401, "E0000004", "Authentication failed")


@pytest.mark.parametrize(
    ("state", "told"), [("locked", 401), ("suspended", 401), ("password_expired", "PASSWORD_EXPIRED")]
)
def test_accounts_that_may_not_enter(walk: Walk, state: str, told: int | str) -> None:
    walk.registrar.persona("okta", "alice", status=state)
    status, body = authn(walk, **ALICE)
    assert told in (status, body.get("status"))
    assert "sessionToken" not in body


def test_a_second_factor_comes_in_between(walk: Walk) -> None:
    early = authn(walk, **ALICE)[1]["sessionToken"]
    walk.registrar.settings("okta", access_policy="mfa")
    walk.registrar.persona("okta", "alice", factors=["app", "sms"])
    assert walk.ask(sessionToken=early, prompt="none").answer["error"] == "login_required"
    _, body = authn(walk, **ALICE)
    assert (body["status"], body.get("sessionToken")) == ("MFA_REQUIRED", None)
    app, sms = body["_embedded"]["factors"]
    assert (app["factorType"], sms["factorType"]) == ("token:software:totp", "sms")
    state = {"stateToken": body["stateToken"]}
    client = walk.party.back_channel
    sent = client.post(sms["_links"]["verify"]["href"], json=state)
    assert sent.json()["status"] == "MFA_CHALLENGE"
    url = app["_links"]["verify"]["href"]
    wrong = client.post(url, json={**state, "passCode": "000000"})
    assert (wrong.status_code, wrong.json()["errorCode"]) == (403, "E0000068")
    done = client.post(url, json={**state, "passCode": walk.code("alice")})
    assert done.json()["status"] == "SUCCESS"
    again = client.post(url, json={**state, "passCode": walk.code("alice")})
    assert (again.status_code, again.json()["errorCode"]) == (401, "E0000011")
    assert "code" in walk.ask(sessionToken=done.json()["sessionToken"], prompt="none").answer
