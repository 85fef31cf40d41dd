"""Every screen in a real browser: axe-core finds no serious fault, and nothing is cut off on a phone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from conformance.agents.find_browser import find
from platform_stub.running import Options, Platform
from tests.platform_stub.sso_platform import authn_request
from tests.platform_stub.sso_signer import ISSUER, SamlMessage, saml_response, signer

LAPTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
IDP = "http://127.0.0.1:8400/sso"
PASSWORD = "root-of-the-client"
PORTAL = (
    "/acme/home",
    "/acme/configure/client/billing",
    "/acme/configure/client/security",
    "/acme/configure/client/security/instructions",
    "/acme/configure/client/security/history",
    "/acme/configure/users",
    "/acme/configure/users/new",
    "/acme/configure/agents",
    "/acme/configure/agents/new",
    "/acme/configure/audit",
    "/acme/no-such-page",
)
PUBLIC = ("/", "/acme", "/acme/AgentLogin")


@dataclass(frozen=True)
class Site:
    base: str
    care: str
    token: str
    session: str = ""
    """The client's first administrator's, at the API."""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A platform with a client, people of every kind, a saved configuration and an audit trail."""
    platform = Platform(
        Options(
            host="127.0.0.1",
            port=0,
            care_port=0,
            operator_token="operator",
            database_url=None,
            weaknesses=(),
            password_cost=4,
        )
    )
    made = Site(platform.settings.base_url, platform.settings.care_url, "operator")
    try:
        yield replace(made, session=_populate(made))
    finally:
        platform.close()


def _populate(site: Site) -> str:
    """Make them, and return the first administrator's API session."""
    with httpx.Client(trust_env=False) as http:
        operator = {"Authorization": f"Bearer {site.token}"}
        sysadmin = {"login": "root", "password": PASSWORD, "email": "root@acme.test"}
        client = {"code": "acme", "name": "Acme Collections", "sysadmin": sysadmin}
        told = http.post(f"{site.care}/api/clients", headers=operator, json=client).raise_for_status().json()
        flag = f"{site.care}/api/clients/acme/single-sign-on-flag"
        http.put(flag, headers=operator, json={"on": True}).raise_for_status()
        api, session = f"{site.base}/api/configuration", {"LV-Session": told["session"]}
        person = {"password": "portal-password", "first_name": "Ana", "last_name": "Diaz", "active": True}
        user = {**person, "login": "ana", "email": "ana.diaz@acme.test", "role": "Manager"}
        http.post(f"{api}/users", headers=session, json=user).raise_for_status()
        for login, email in (("ADAM", "adam@acme.test"), ("SIP", "sip:100@acme.test")):
            agent = {**person, "login": login, "email": email}
            http.post(f"{api}/agents", headers=session, json=agent).raise_for_status()
        saml = {"issuer_url": "http://www.okta.com/exk1"}
        http.put(
            f"{api}/sso", headers=session, json={"authentication_standard": "SAML", "saml": saml}
        ).raise_for_status()
    return str(told["session"])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Chromium's sandbox does not start as root.
        browser = playwright.chromium.launch(executable_path=find(), chromium_sandbox=os.geteuid() != 0)
        yield browser
        browser.close()


def _check(page: Page, address: str) -> None:
    page.goto(address)
    _check_shown(page)


def _check_shown(page: Page) -> None:
    address = page.url
    found = Axe().run(page).response["violations"]
    grave = [f"{v['id']}: {v['help']} ({v['nodes'][0]['html'][:160]})" for v in found if v["impact"] in GRAVE]
    assert not grave, f"{address}: {grave}"
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} is wider than {width}"


GRAVE = ("serious", "critical")


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_portal_screens(chromium: Browser, site: Site, size: dict[str, int]) -> None:
    with chromium.new_context(viewport={"width": size["width"], "height": size["height"]}) as context:
        page = context.new_page()
        for path in PUBLIC:
            _check(page, site.base + path)
        page.goto(f"{site.base}/acme")
        page.fill("[name=user]", "root")
        page.fill("[name=pass]", PASSWORD)
        page.press("[name=pass]", "Enter")
        page.wait_for_url("**/home")
        for path in PORTAL:
            _check(page, site.base + path)


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_safe_mode_screens(chromium: Browser, site: Site, size: dict[str, int]) -> None:
    operator = {"Authorization": f"Bearer {site.token}"}
    knobs = f"{site.care}/api/clients/acme/knobs"
    httpx.put(knobs, headers=operator, json={"safe_mode": "on"}, trust_env=False).raise_for_status()
    tab = f"{site.base}/acme/configure/client/security"
    with chromium.new_context(viewport={"width": size["width"], "height": size["height"]}) as context:
        page = context.new_page()
        _check(page, f"{site.base}/acme/recovery")
        page.fill("#code", "AAAA-BBBB")
        page.press("#code", "Enter")
        page.wait_for_selector("[data-error]")
        _check_shown(page)
        page.goto(f"{site.base}/acme")
        page.fill("[name=user]", "root")
        page.fill("[name=pass]", PASSWORD)
        page.press("[name=pass]", "Enter")
        page.wait_for_url("**/home")
        _check(page, tab)
        page.focus("#make-recovery-codes")
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-recovery-codes]")
        _check_shown(page)
        page.goto(tab)
        page.fill("#acknowledgement", "not the code")
        page.press("#acknowledgement", "Enter")
        page.wait_for_selector("#override-problem")
        _check_shown(page)


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize(
    ("email", "result"),
    [("ana.diaz@acme.test", "passed"), ("nobody-with-a-long-address@acme.test", "failed")],
)
def test_the_result_of_a_test_sign_in(
    chromium: Browser, site: Site, size: dict[str, int], email: str, result: str
) -> None:
    operator = {"Authorization": f"Bearer {site.token}"}
    knobs = f"{site.care}/api/clients/acme/knobs"
    httpx.put(knobs, headers=operator, json={"safe_mode": "on"}, trust_env=False).raise_for_status()
    api, session = f"{site.base}/api/configuration/sso", {"LV-Session": site.session}
    saml = {"single_sign_on_url": IDP, "issuer_url": ISSUER, "certificate_x509": signer("idp").pem}
    with httpx.Client(headers=session, trust_env=False) as http:
        http.put(api, json={"authentication_standard": "SAML", "saml": saml}).raise_for_status()
        shown = http.get(f"{api}/instructions").raise_for_status().json()
        link = http.post(f"{api}/tests", json={"surface": "user"}).raise_for_status().json()["url"]

    with chromium.new_context(viewport={"width": size["width"], "height": size["height"]}) as context:
        asked = context.request.get(link, max_redirects=0).headers["location"]
        message = SamlMessage(
            acs=shown["user_single_sign_on_url"],
            audience=shown["audience_restriction"],
            request_id=authn_request(asked).get("ID", ""),
            now=datetime.now(UTC),
            email=email,
            id=f"id{secrets.token_hex(8)}",
        )
        field = f'<input type="hidden" name="SAMLResponse" value="{saml_response(message)}">'
        page = context.new_page()
        page.set_content(
            f'<form method="post" action="{message.acs}">{field}<button>Continue</button></form>'
        )
        page.click("button")
        page.wait_for_selector(f"[data-trial-result={result}]")
        _check_shown(page)


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_customer_care_screens(chromium: Browser, site: Site, size: dict[str, int]) -> None:
    with chromium.new_context(viewport={"width": size["width"], "height": size["height"]}) as context:
        page = context.new_page()
        _check(page, f"{site.care}/care")
        page.fill("[type=password]", site.token)
        page.press("[type=password]", "Enter")
        page.wait_for_load_state()
        for path in ("/care", "/care/clients/acme"):
            _check(page, site.care + path)


def test_a_fault_would_be_found(chromium: Browser) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        page.set_content("<html lang=en><title>x</title><main><h1>x</h1><input></main></html>")
        impacts = {violation["impact"] for violation in Axe().run(page).response["violations"]}
    assert impacts & set(GRAVE)
