"""The ID token through the browser: response type `code id_token` by form_post (OpenID Connect Core 3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from platform_stub.policy import STRICT
from tests.platform_stub.sso_platform import Platform, refusal, running, who
from tests.platform_stub.sso_provider import OidcLogin, Provider, begin, oidc_config
from tests.platform_stub.sso_signer import at_hash, id_token


@pytest.fixture
def platform() -> Iterator[Platform]:
    with running(replace(STRICT, oidc_response_type="code id_token")) as started:
        started.save(oidc_config())
        yield started


def post(login: OidcLogin, front: str, *, arrived: bool = True) -> TestResponse:
    """The provider's form, as the platform's own page posts it once more."""
    login.provider.id_token = id_token(login.claims())
    form = {"code": "the-code", "state": login.request["state"], "id_token": front}
    marked = {**form, "arrived": "yes"} if arrived else form
    return login.browser.post(f"/ACME/sso/oidc/{login.surface}/callback", data=marked)


def test_both_tokens_open_a_session(platform: Platform, provider: Provider) -> None:
    login = begin(platform, provider)
    assert (login.request["response_type"], login.request["response_mode"]) == ("code id_token", "form_post")
    answer = post(login, id_token(login.claims(c_hash=at_hash("the-code"))))
    assert answer.headers["Location"] == "/ACME/home"
    assert who(login.browser) == {"user": "alice@acme.test", "agent": None}


def test_a_form_of_another_site_is_posted_once_more(platform: Platform, provider: Provider) -> None:
    login = begin(platform, provider)
    page = post(login, id_token(login.claims(c_hash=at_hash("the-code"))), arrived=False)
    assert page.status_code == 200
    assert 'name="arrived"' in page.text
    assert 'name="id_token"' in page.text
    assert who(login.browser) == {"user": None, "agent": None}


def test_what_the_browser_brings_is_verified(platform: Platform, provider: Provider) -> None:
    hashed = at_hash("the-code")
    for changes, by, code in (
        ({"c_hash": hashed, "email": "sam@acme.test"}, "evil", "signature-invalid"),
        ({"c_hash": at_hash("another-code")}, "idp", "code-mismatch"),
        ({}, "idp", "code-mismatch"),
        ({"c_hash": hashed, "nonce": None}, "idp", "nonce-mismatch"),
        ({"c_hash": hashed, "sub": "somebody-else"}, "idp", "malformed"),
    ):
        login = begin(platform, provider)
        assert refusal(post(login, id_token(login.claims(**changes), by=by))) == code
        assert who(login.browser) == {"user": None, "agent": None}


def test_an_answer_without_the_token_that_was_asked_for(platform: Platform, provider: Provider) -> None:
    assert refusal(begin(platform, provider).answer()) == "malformed"


def test_a_token_that_was_not_asked_for(provider: Provider) -> None:
    with running() as platform:
        platform.save(oidc_config())
        login = begin(platform, provider)
        assert refusal(post(login, id_token(login.claims(c_hash=at_hash("the-code"))))) == "malformed"
