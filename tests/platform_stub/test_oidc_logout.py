"""Logging out at the provider too (OpenID Connect RP-Initiated Logout 1.0): a knob of one client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from platform_stub.app import create_app
from platform_stub.oidc import transport
from platform_stub.policy import STRICT, Policy
from platform_stub.running import PROTOCOLS
from platform_stub.weaknesses import REGISTRY
from tests.platform_stub.sso_platform import BASE, Platform, query, running
from tests.platform_stub.sso_provider import OP, OidcLogin, Provider, oidc_config
from tests.platform_stub.sso_signer import id_token

END = f"{OP}/logout"
WITH_HINT = replace(STRICT, oidc_logout="with_hint")
LOGIN = {"user": "/ACME", "agent": "/ACME/AgentLogin"}
LOGOUT = {"user": "/ACME/logout", "agent": "/ACME/AgentLogout"}
EMAIL = {"user": "alice@acme.test", "agent": "adam@acme.test"}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    made = Provider(published={"end_session_endpoint": END})
    monkeypatch.setattr(transport, "fetch", made.fetch)
    return made


@contextmanager
def portal(policy: Policy) -> Iterator[Platform]:
    """The whole portal, with this provider saved."""
    with running(policy) as platform:
        platform.save(oidc_config())
        platform.app = create_app(platform.ctx, PROTOCOLS)
        platform.app.testing = True
        yield platform


def signed_in(platform: Platform, provider: Provider, surface: str = "user") -> FlaskClient:
    browser = platform.browser()
    request = query(browser.get(LOGIN[surface]).headers["Location"])
    login = OidcLogin(platform, provider, browser, surface, request)
    provider.userinfo = {"sub": "00u1", "email": EMAIL[surface], "email_verified": True}
    assert login.answer(signed(login, surface)).status_code == 303
    assert browser.get("/ACME/whoami").status_code == 200
    return browser


def signed(login: OidcLogin, surface: str) -> str:
    return id_token(login.claims(email=EMAIL[surface]))


def log_out(browser: FlaskClient, surface: str = "user") -> str:
    """Log out; where the browser is sent, "" for a page. The session here is over in any case."""
    answer = browser.post(LOGOUT[surface], headers={"Origin": BASE})
    assert browser.get("/ACME/whoami").status_code == 401
    return answer.headers.get("Location", "")


@pytest.mark.parametrize("surface", ["user", "agent"])
def test_the_browser_goes_to_the_provider_with_hint_and_way_back(provider: Provider, surface: str) -> None:
    with portal(WITH_HINT) as platform:
        browser = signed_in(platform, provider, surface)
        location = log_out(browser, surface)
        back = f"{BASE}/ACME/sso/oidc/{surface}/callback/signed-out"
        assert location.startswith(f"{END}?")
        assert query(location) == {"id_token_hint": provider.id_token, "post_logout_redirect_uri": back}
        page = browser.get(back)
        assert page.status_code == 200
        assert "the one at your identity provider have ended" in page.text


def test_without_the_knob_logging_out_stays_local(provider: Provider) -> None:
    with portal(STRICT) as platform:
        browser = signed_in(platform, provider)
        with platform.ctx.store.read() as tx:
            kept = tx.logouts.of_issuer(platform.client.id, OP).values()
            assert [named.id_token for named in kept] == [""], "an ID token is kept for nothing"
        asked = list(provider.requests)
        assert log_out(browser) == ""
        assert provider.requests == asked, "the provider is asked for nothing"


@pytest.mark.parametrize(
    "policy",
    [
        replace(STRICT, oidc_logout="without_hint"),
        REGISTRY["oidc-logout-hint-not-kept"].change(WITH_HINT),
    ],
    ids=["knob", "weakness"],
)
def test_a_logout_without_hint(provider: Provider, policy: Policy) -> None:
    with portal(policy) as platform:
        assert set(query(log_out(signed_in(platform, provider)))) == {"post_logout_redirect_uri"}


def test_a_session_from_before_the_knob_has_no_hint_and_ends_locally(provider: Provider) -> None:
    with portal(STRICT) as platform:
        browser = signed_in(platform, provider)
        with platform.ctx.store.write() as tx:
            tx.clients.set_knobs(platform.client.id, {"oidc_logout": "with_hint"})
        assert log_out(browser) == ""
        assert log_out(signed_in(platform, provider)).startswith(f"{END}?id_token_hint=")


@pytest.mark.parametrize("failure", ["down", "another issuer", "no endpoint", "no address"])
def test_what_the_provider_lacks_keeps_nobody_signed_in(provider: Provider, failure: str) -> None:
    with portal(WITH_HINT) as platform:
        browser = signed_in(platform, provider)
        provider.down = failure == "down"
        if failure == "another issuer":
            provider.issuer = "https://other.test"
        if failure == "no endpoint":
            provider.published = {}
        if failure == "no address":
            provider.published = {"end_session_endpoint": "javascript:alert(1)"}
        assert log_out(browser) == ""
        told = [entry["reason"] for entry in platform.audit() if entry["action"] == "logout.provider"]
        assert bool(told) == (failure != "no endpoint")


def test_the_page_of_the_way_back_is_not_for_somebody_who_is_signed_in(provider: Provider) -> None:
    with portal(WITH_HINT) as platform:
        browser = signed_in(platform, provider)
        answer = browser.get("/ACME/sso/oidc/user/callback/signed-out")
        assert answer.headers["Location"] == "/ACME/home"
        assert browser.get("/ACME/whoami").status_code == 200
