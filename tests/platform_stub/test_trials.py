"""Test sign-ins with real SAML messages: a result, never a session, for one revision, surface and browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from platform_stub.policy import STRICT, Policy
from platform_stub.safe_mode import gate, trials
from platform_stub.store import Account, Surface
from tests.platform_stub.sso_platform import (
    BASE,
    Platform,
    authn_request,
    post_acs,
    refusal,
    running,
    saml_config,
    start_saml,
    who,
)
from tests.platform_stub.sso_signer import ISSUER, saml_response

SAFE = replace(STRICT, safe_mode="on")


@pytest.fixture
def platform() -> Iterator[Platform]:
    with running(SAFE) as started:
        started.switch(on=False)
        yield started


def _begin(platform: Platform, browser: FlaskClient, surface: str = "user") -> str:
    """Open a new test's link and return the AuthnRequest's ID."""
    token, _ = trials.offer(platform.ctx, platform.client, "sam", surface)
    answer = browser.get(f"/ACME/sso/test/{token}", base_url=BASE)
    return authn_request(answer.headers["Location"]).get("ID", "")


def _message(platform: Platform, request_id: str, surface: str = "user", **changes: Any) -> str:  # noqa: ANN401 - the fields of a message, by name
    return saml_response(platform.message(request_id, surface, **changes))


def _test(platform: Platform, browser: FlaskClient, surface: str = "user", **changes: Any) -> TestResponse:  # noqa: ANN401 - the fields of a message, by name
    return post_acs(
        browser, _message(platform, _begin(platform, browser, surface), surface, **changes), surface
    )


def _states(platform: Platform) -> dict[str, str]:
    with platform.ctx.store.read() as tx:
        config = tx.configurations.current(platform.client)
        return {s.value: trials.standing(platform.ctx, tx, platform.client, config, s).state for s in Surface}


def _account(platform: Platform, login: str) -> Account:
    with platform.ctx.store.read() as tx:
        found = tx.accounts.by_login(platform.client.id, Surface.USER, login)
    assert found
    return found


def test_a_test_shows_what_came_and_opens_no_session(platform: Platform) -> None:
    browser = platform.browser()
    page = _test(platform, browser).text
    for shown in ("Test passed", ISSUER, "ACME/sso/saml/metadata", "alice@acme.test"):
        assert shown in page, shown
    assert who(browser) == {"user": None, "agent": None}
    assert _states(platform) == {"user": "passed", "agent": "missing"}


def test_the_own_account_counts_while_it_keeps_its_address(platform: Platform) -> None:
    _test(platform, platform.browser())
    alice = _account(platform, "alice")
    with platform.ctx.store.write() as tx:
        config = tx.configurations.current(platform.client)
        assert trials.passed_as(platform.ctx, tx, platform.client, config, alice)
        assert not trials.passed_as(platform.ctx, tx, platform.client, config, _account(platform, "mallory"))
        moved = tx.accounts.change(alice.id, {"email": "new@acme.test"})
        assert not trials.passed_as(platform.ctx, tx, platform.client, config, moved)


def test_a_failure_says_why_and_is_remembered(platform: Platform) -> None:
    page = _test(platform, platform.browser(), email="nobody@acme.test").text
    assert "Test failed" in page
    assert 'data-reason="email-unknown"' in page
    assert "nobody@acme.test" in page
    assert _states(platform)["user"] == "failed"
    with platform.ctx.store.read() as tx:
        config = tx.configurations.current(platform.client)
        report = gate.assess(platform.ctx, tx, platform.client, config, None)
    assert any(p.code == "user-test-failed" and "nobody@acme.test" in p.sentence for p in report.problems)


def test_a_result_ends_with_an_edit_and_after_a_quarter_of_an_hour(platform: Platform) -> None:
    _test(platform, platform.browser(), "agent", email="adam@acme.test")
    assert _states(platform)["agent"] == "passed"
    platform.clock.advance(minutes=16)
    assert _states(platform)["agent"] == "expired"
    _test(platform, platform.browser(), "agent", email="adam@acme.test", id="id2")
    platform.save(saml_config())  # the same values again are an edit all the same
    assert _states(platform)["agent"] == "void"


def test_an_old_link_is_told_apart(platform: Platform) -> None:
    token, _ = trials.offer(platform.ctx, platform.client, "sam", "user")
    browser = platform.browser()
    platform.save(saml_config(issuer_url="https://other.test"))
    assert _error(browser, token) == ("test-void", 409)
    token, _ = trials.offer(platform.ctx, platform.client, "sam", "user")
    platform.clock.advance(minutes=16)
    assert _error(browser, token) == ("test-expired", 410)
    assert _error(browser, "made-up") == ("test-unknown", 404)


def _error(browser: FlaskClient, token: str) -> tuple[str, int]:
    answer = browser.get(f"/ACME/sso/test/{token}", base_url=BASE, headers={"Accept": "application/json"})
    return str(answer.get_json()["error"]), answer.status_code


def test_the_answer_to_a_test_is_no_login_once_the_switch_is_on(platform: Platform) -> None:
    browser = platform.browser()
    field = _message(platform, _begin(platform, browser))
    platform.switch(on=True)
    assert "logged nobody in" in post_acs(browser, field).text
    assert refusal(post_acs(browser, field)) == "replayed"
    assert who(browser) == {"user": None, "agent": None}


def test_safe_mode_turned_off_meanwhile_makes_no_login_of_it(platform: Platform) -> None:
    browser = platform.browser()
    field = _message(platform, _begin(platform, browser))
    platform.switch(on=True)
    with platform.ctx.store.write() as tx:
        tx.clients.set_knobs(platform.client.id, {"safe_mode": "off"})
    assert refusal(post_acs(browser, field)) == "request-unknown"
    assert who(browser) == {"user": None, "agent": None}


def test_a_result_counts_only_for_the_browser_that_was_there(platform: Platform) -> None:
    browser, stranger = platform.browser(), platform.browser()
    field = _message(platform, _begin(platform, browser))
    assert refusal(post_acs(stranger, field)) == "not-your-browser"
    assert _states(platform)["user"] == "missing"


def test_the_answer_to_a_login_is_no_test_result(platform: Platform) -> None:
    platform.switch(on=True)
    browser = platform.browser()
    request_id = start_saml(platform, browser)
    assert post_acs(browser, _message(platform, request_id)).status_code == 303
    assert _states(platform)["user"] == "missing"


@pytest.mark.parametrize(
    ("policy", "signed_in"),
    [(replace(SAFE, trial_opens_session=True), True), (replace(SAFE, trial_requests_marked=False), False)],
)
def test_a_planted_weakness_lets_a_test_in(policy: Policy, signed_in: bool) -> None:
    with running(policy) as platform:
        platform.switch(on=False)
        browser = platform.browser()
        field = _message(platform, _begin(platform, browser))
        platform.switch(on=not signed_in)
        post_acs(browser, field)
        assert who(browser)["user"] == "alice@acme.test"
