"""Robots written for the real pages: their steps and field names, by HTTP and in Chromium."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, ViewportSize, sync_playwright

from conformance.agents.find_browser import find
from tests.mock_idp.browser import Browser, form_of
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import REDIRECT_URI
from tests.mock_idp.saml.support import Request, ServiceProvider, register

CONFIG = re.compile(r"\$Config=(\{.*?\});</script>")
SIZES: dict[str, ViewportSize] = {
    "phone": {"width": 375, "height": 700},
    "laptop": {"width": 1280, "height": 720},
}
ALICE, PASSWORD = "alice@acme.test", "correct-horse-alice"


def config_of(page: httpx.Response) -> dict[str, Any]:
    found = CONFIG.search(page.text)
    assert found, page.text
    config: dict[str, Any] = json.loads(found[1])
    return config


def entra_step(browser: Browser, page: httpx.Response, **typed: str) -> httpx.Response:
    """As a robot for Microsoft does: it reads $Config and posts to urlPost, and ignores the form."""
    config = config_of(page)
    fields = {config["sFTName"]: config["sFT"], "ctx": config["sCtx"], "canary": config["canary"]}
    return browser.http.post(config["urlPost"], data=fields | typed)


def test_a_robot_that_reads_the_configuration(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra)
    with Browser() as browser:
        page = provider.send(browser, Request())
        config = config_of(page)
        assert config["pgid"] == "ConvergedSignIn"
        asked = {"username": ALICE, "flowToken": config["sFT"]}
        kind = browser.http.post(config["urlGetCredentialType"], json=asked).json()
        assert (kind["IfExistsResult"], kind["Credentials"]["HasPassword"]) == (0, True)
        unknown = browser.http.post(config["urlGetCredentialType"], json={"username": "x@acme.test"})
        assert unknown.json()["IfExistsResult"] == 1
        page = entra_step(browser, page, loginfmt=ALICE)
        page = entra_step(
            browser, page, login=ALICE, loginfmt=ALICE, passwd=PASSWORD, type="11", LoginOptions="3"
        )
        assert config_of(page)["pgid"] == "KmsiInterrupt"
        page = entra_step(browser, page, LoginOptions="1")
    assert "SAMLResponse" in form_of(page).names


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"username": 1}', b"\xff"])
def test_credential_type_wants_json(entra: dict[str, Any], body: bytes) -> None:
    answer = httpx.post(f"{entra['base_url']}/common/GetCredentialType", content=body, trust_env=False)
    assert answer.status_code == 400
    assert "AADSTS90013" in answer.text


def test_entras_error_page_says_that_it_is_one(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra)
    with Browser() as browser:
        page = provider.send(browser, Request(issuer="urn:nobody"))
    assert config_of(page)["pgid"] == "ConvergedError"
    assert config_of(page)["sErrorCode"] == "700016"


@pytest.mark.parametrize(
    ("changes", "said", "key"),
    [
        (
            {"status": "locked"},
            "Your account is locked. Please contact your administrator.",
            "errors.E0000119",
        ),
        ({"status": "suspended"}, "Authentication failed", "errors.E0000004"),
        ({}, "User is not assigned to this application.", "idx.error.user.not.assigned.to.app"),
    ],
)
def test_oktas_widget_is_told_in_place(
    idp: RunningIdp, okta: dict[str, Any], changes: dict[str, str], said: str, key: str
) -> None:
    provider = register(idp, okta, assigned=["mona"])
    idp.made("PATCH", f"{provider.path}/personas/alice", changes)
    with Browser() as browser:
        handle = form_of(provider.send(browser, Request())).fields["stateHandle"]
        both = {"identifier": ALICE, "credentials": {"passcode": PASSWORD}, "stateHandle": handle}
        answer = browser.http.post(f"{okta['base_url']}/idp/idx/identify", json=both)
    [message] = answer.json()["messages"]["value"]
    assert (message["message"], message["i18n"]["key"]) == (said, key)
    assert "success" not in answer.json()


def test_a_robot_that_speaks_to_oktas_widget_api(idp: RunningIdp, okta: dict[str, Any]) -> None:
    provider = register(idp, okta)
    with Browser() as browser:
        handle = form_of(provider.send(browser, Request())).fields["stateHandle"]
        assert handle.startswith("02")
        named = {"identifier": ALICE, "stateHandle": handle}
        step = browser.http.post(f"{okta['base_url']}/idp/idx/identify", json=named)
        assert step.headers["Content-Type"] == "application/ion+json; okta-version=1.0.0"
        url = step.json()["remediation"]["value"][0]["href"]
        wrong = browser.http.post(url, json={"credentials": {"passcode": "x"}, "stateHandle": handle})
        assert wrong.status_code == 401
        assert wrong.json()["messages"]["value"][0]["i18n"]["key"] == "errors.E0000004"
        right = browser.http.post(url, json={"credentials": {"passcode": PASSWORD}, "stateHandle": handle})
        assert right.json()["success"]["name"] == "success-redirect"
        page = browser.get(right.json()["success"]["href"])
        assert "SAMLResponse" in form_of(page).names
        stale = browser.http.post(url, json={"stateHandle": handle})
        assert stale.json()["messages"]["value"][0]["i18n"]["key"] == "idx.session.expired"
        broken = browser.http.post(url, content=b"[", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["errorCode"]) == (400, "E0000003")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find()))
        yield browser.new_page()
        browser.close()


@pytest.fixture
def fresh(chromium: Page) -> Page:
    """The browser without the sessions of other tests."""
    chromium.context.clear_cookies()
    return chromium


def picture(page: Page, name: str) -> None:
    """Pictures for a person to look at, of a laptop and of a phone, where a folder for them is named."""
    folder = os.environ.get("LOGIN_PICTURES")
    if not folder:
        return
    for device, size in SIZES.items():
        page.set_viewport_size(size)
        page.screenshot(path=str(Path(folder) / f"{name}-{device}.png"))


def test_microsofts_steps_in_a_browser(idp: RunningIdp, entra: dict[str, Any], chromium: Page) -> None:
    """The button #idSIButton9 is another one on each of three pages."""
    provider = register(idp, entra)
    chromium.goto(provider.request_url(Request()))
    picture(chromium, "entra-1-username")
    chromium.fill("#i0116", "nobody-here@acme.test")
    chromium.click("#idSIButton9")
    assert "username may be incorrect" in chromium.inner_text("#usernameError")
    picture(chromium, "entra-2-unknown")
    chromium.fill("#i0116", ALICE)
    chromium.click("#idSIButton9")
    chromium.fill("#i0118", "guessed")
    chromium.click("#idSIButton9")
    assert "password is incorrect" in chromium.inner_text("#passwordError")
    picture(chromium, "entra-3-wrong-password")
    chromium.fill("#i0118", PASSWORD)
    chromium.click("#idSIButton9")
    assert chromium.inner_text("h1") == "Stay signed in?"
    assert chromium.is_visible("#KmsiCheckboxField")
    picture(chromium, "entra-4-kmsi")
    assert_posts_to_provider(chromium, provider, "#idBtn_Back")


def test_oktas_steps_in_a_browser(idp: RunningIdp, okta: dict[str, Any], chromium: Page) -> None:
    provider = register(idp, okta)
    chromium.goto(provider.request_url(Request()))
    picture(chromium, "okta-1-identify")
    chromium.fill('input[name="identifier"]', ALICE)
    chromium.click('[data-type="save"]')
    chromium.fill('input[name="credentials.passcode"]', "guessed")
    chromium.click('[data-se="save"]')
    assert chromium.inner_text('[role="alert"]').strip() == "Unable to sign in"
    picture(chromium, "okta-2-wrong-password")
    chromium.fill('input[name="credentials.passcode"]', PASSWORD)
    assert_posts_to_provider(chromium, provider, '[data-type="save"]')


def test_microsofts_whole_way_in_a_browser(
    registrar: Registrar, idp: RunningIdp, entra: dict[str, Any], fresh: Page
) -> None:
    """Name, password, another way to verify, code, stay, consent; then tiles, at login and at logout."""
    party = registrar.party("entra")
    path = f"/tenants/{entra['name']}"
    idp.made("PATCH", path, {"settings": {"access_policy": "mfa", "consent": "asked"}})
    idp.made("PATCH", f"{path}/personas/alice", {"factors": ["app", "sms"]})
    fresh.route(REDIRECT_URI, lambda route: route.fulfill(status=200, body="arrived"))

    def log_in(name: str) -> None:
        fresh.fill("[name=loginfmt]", f"{name}@acme.test")
        fresh.click("#idSIButton9")
        fresh.fill("[name=passwd]", f"correct-horse-{name}")
        fresh.click("#idSIButton9")

    fresh.goto(party.url(response_mode="form_post"))
    log_in("alice")
    picture(fresh, "entra-5-code")
    fresh.click("#signInAnotherWay")
    picture(fresh, "entra-6-proofs")
    fresh.click('[data-value="OneWaySMS"]')
    fresh.fill("#idTxtBx_SAOTCC_OTC", "000000")
    fresh.click("#idSubmit_SAOTCC_Continue")
    assert "expected verification code" in fresh.inner_text("[role=alert]")
    picture(fresh, "entra-7-wrong-code")
    code = idp.made("GET", f"{path}/personas/alice/code")["code"]
    fresh.fill("#idTxtBx_SAOTCC_OTC", code)
    fresh.click("#idSubmit_SAOTCC_Continue")
    assert fresh.inner_text("h1") == "Stay signed in?"
    fresh.click("#idSIButton9")
    assert fresh.inner_text("h1") == "Permissions requested"
    picture(fresh, "entra-8-consent")
    fresh.click("#idSIButton9")
    fresh.wait_for_url(REDIRECT_URI)
    idp.made("PATCH", path, {"settings": {"access_policy": "allow", "consent": "none"}})
    fresh.goto(party.url(response_mode="form_post", prompt="select_account"))
    picture(fresh, "entra-9-one-account")
    fresh.click("text=Use another account")
    log_in("mona")
    fresh.click("#idBtn_Back")
    fresh.wait_for_url(REDIRECT_URI)
    fresh.goto(party.url(response_mode="form_post"))
    picture(fresh, "entra-10-accounts")
    fresh.click('[data-test-id="alice@acme.test"]')
    fresh.wait_for_url(REDIRECT_URI)
    fresh.goto(party.metadata["end_session_endpoint"])
    picture(fresh, "entra-11-sign-out")
    fresh.click('[data-test-id="mona@acme.test"]')
    assert "You signed out of your account" in fresh.inner_text("main")
    fresh.goto(party.url(response_mode="form_post"))
    fresh.wait_for_url(REDIRECT_URI)  # alice is the only one again


def test_oktas_whole_way_in_a_browser(idp: RunningIdp, okta: dict[str, Any], fresh: Page) -> None:
    """Identifier, password, authenticator, code, "Keep me signed in"."""
    provider = register(idp, okta)
    idp.made("PATCH", provider.path, {"settings": {"access_policy": "mfa", "stay_signed_in": "asked"}})
    idp.made("PATCH", f"{provider.path}/personas/alice", {"factors": ["app", "sms", "email"]})
    fresh.goto(provider.request_url(Request()))
    fresh.fill('input[name="identifier"]', ALICE)
    fresh.click('[data-type="save"]')
    fresh.fill('input[name="credentials.passcode"]', PASSWORD)
    fresh.click('[data-type="save"]')
    assert fresh.inner_text("h2") == "Verify it's you with a security method"
    picture(fresh, "okta-4-select")
    fresh.click('[data-se="google_otp"] .button')
    fresh.fill('input[name="credentials.passcode"]', "000000")
    fresh.click('[data-type="save"]')
    picture(fresh, "okta-5-wrong-code")
    code = idp.made("GET", f"{provider.path}/personas/alice/code")["code"]
    fresh.fill('input[name="credentials.passcode"]', code)
    fresh.click('[data-type="save"]')
    picture(fresh, "okta-6-keep")
    assert_posts_to_provider(fresh, provider, '[data-se="stay-signed-in-btn"]')


@pytest.mark.parametrize(
    ("style", "selectors"),
    [
        ("one_page", ("[name=identifier]", "[name='credentials.passcode']", "[data-type=save]")),
        ("classic", ("#okta-signin-username", "#okta-signin-password", "#okta-signin-submit")),
    ],
)
def test_oktas_other_pages_in_a_browser(
    idp: RunningIdp, chromium: Page, style: str, selectors: tuple[str, str, str]
) -> None:
    name, password, button = selectors
    provider = register(idp, idp.new_tenant("okta", settings={"sign_in_page": style}))
    chromium.goto(provider.request_url(Request()))
    chromium.fill(name, ALICE)
    chromium.fill(password, "guessed")
    chromium.click(button)
    assert chromium.inner_text('[role="alert"]').strip() == "Unable to sign in"
    assert chromium.input_value(name) == ALICE
    picture(chromium, f"okta-3-{style}")
    chromium.fill(password, PASSWORD)
    assert_posts_to_provider(chromium, provider, button)


@pytest.mark.parametrize("vendor", ["okta", "entra"])
@pytest.mark.parametrize("changes", [{"status": "suspended"}, {"login": "renamed@acme.test"}])
def test_nobody_enters_who_is_suspended_or_unknown(
    idp: RunningIdp, vendor: str, changes: dict[str, str]
) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    with Browser() as browser:
        assert (
            "SAMLResponse"
            in form_of(browser.sign_in(provider.send(browser, Request()), ALICE, PASSWORD)).names
        )
    idp.made("PATCH", f"{provider.path}/personas/alice", changes)
    with Browser() as browser:
        page = browser.sign_in(provider.send(browser, Request()), ALICE, PASSWORD)
    assert "SAMLResponse" not in form_of(page).names
    assert 'role="alert"' in page.text


def assert_posts_to_provider(page: Page, provider: ServiceProvider, button: str) -> None:
    acs = provider.registration["acs_urls"][0]
    page.route(acs, lambda route: route.fulfill(status=200, body="arrived"))
    with page.expect_request(acs) as posted:
        page.click(button)
    assert "SAMLResponse=" in (posted.value.post_data or "")
    page.wait_for_url(acs)
    page.unroute(acs)
