"""Access policies, logout of unknown sessions, refusals with a trace, and certificates that end, in SAML."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.mock_idp.browser import Browser, form_of
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.saml.support import NS, Request, deflated, register, response_of, verifies

SLO = "http://localhost:9/portal/slo"
FOUR_YEARS, TEN_YEARS = 4 * 366 * 24 * 3600, 10 * 366 * 24 * 3600


@pytest.mark.parametrize(
    ("policy", "number"),
    [
        ("device_authentication", 50097),
        ("compliant_device", 53000),
        ("joined_device", 53001),
        ("approved_app", 53002),
        ("block", 53003),
    ],
)
@pytest.mark.parametrize("started_by", ["provider", "idp"])
def test_entras_policies_hold_for_saml(
    idp: RunningIdp, entra: dict[str, Any], policy: str, number: int, started_by: str
) -> None:
    provider = register(idp, entra)
    with Browser() as browser:
        assert response_of(provider.log_in(browser, Request())) is not None
        idp.made("PATCH", provider.path, {"settings": {"access_policy": policy}})
        if started_by == "provider":
            page = provider.send(browser, Request())
        else:
            page = browser.get(provider.registration["start_url"])
        assert (page.status_code, f"AADSTS{number}:" in page.text) == (400, True)
        idp.made("PATCH", provider.path, {"settings": {"access_policy": "mfa"}})
        page = provider.send(browser, Request())
        assert "SAMLResponse" not in form_of(page).names
        code = idp.made("GET", f"{provider.path}/personas/alice/code")["code"]
        response = response_of(browser.submit(page, otc=code))
        methods = response.xpath("//saml:Attribute[contains(@Name, 'authnmethods')]//text()", namespaces=NS)
        assert [str(method).rpartition("/")[2] for method in methods] == ["password", "multipleauthn"]


def test_oktas_policy_holds_for_saml(idp: RunningIdp, okta: dict[str, Any]) -> None:
    provider = register(idp, okta)
    idp.made("PATCH", provider.path, {"settings": {"access_policy": "block"}})
    request = Request()
    with Browser() as browser:
        page = provider.log_in(browser, request)
    assert page.status_code == 403
    assert "You do not have permission to perform the requested action." in page.text
    assert provider.journal(request.id)[-1]["detail"]["problem"] == "policy-denied"


def logout_url(registration: dict[str, Any], session_index: str) -> str:
    xml = (
        f'<samlp:LogoutRequest xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}" ID="_logout"'
        ' Version="2.0" IssueInstant="2030-01-01T00:00:00Z"><saml:Issuer>http://localhost:9/metadata</saml:Issuer>'
        "<saml:NameID>alice@acme.test</saml:NameID>"
        f"<samlp:SessionIndex>{session_index}</samlp:SessionIndex></samlp:LogoutRequest>"
    )
    return f"{registration['slo_url']}?{urlencode({'SAMLRequest': deflated(xml.encode())})}"


def test_entra_does_not_end_a_session_that_was_not_named(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra, logout_url=SLO)
    with Browser() as browser:
        response = response_of(provider.log_in(browser, Request()))
        [index] = response.xpath("//saml:AuthnStatement/@SessionIndex", namespaces=NS)
        refused = browser.get(logout_url(provider.registration, "_another"))
        assert (refused.status_code, "AADSTS50070: Sign out has failed." in refused.text) == (400, True)
        assert response_of(provider.send(browser, Request())) is not None  # still signed in
        browser.http.follow_redirects = False
        ended = browser.get(logout_url(provider.registration, str(index)))
        assert ended.headers["Location"].startswith(SLO)


def test_entras_refusing_response_ends_with_a_trace(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra)
    policy = '<samlp:NameIDPolicy SPNameQualifier="urn:other"/>'
    with Browser() as browser:
        page = provider.send(browser, Request(content=policy))
    message = response_of(page).findtext(".//samlp:StatusMessage", "", NS)
    assert re.search(
        r"AADSTS75006: .* AADSTS90011: .* is not supported\.\nTrace ID: [0-9a-f-]{36}\n"
        r"Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$",
        message,
    )


@pytest.mark.parametrize("vendor", ["okta", "entra"])
def test_an_ended_certificate_signs_on_until_entra_has_another(idp: RunningIdp, vendor: str) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    first = idp.tenant(provider.tenant).keys.active
    later = FOUR_YEARS if vendor == "entra" else TEN_YEARS
    idp.made("PUT", f"{provider.path}/clock", {"offset_seconds": later})
    with Browser() as browser:
        provider.log_in(browser, Request())
        assert idp.tenant(provider.tenant).keys.active is first
        idp.made("POST", f"{provider.path}/keys", {"action": "publish_next"})
        response = response_of(provider.send(browser, Request()))
    now = idp.tenant(provider.tenant).keys.active
    assert (now is not first) == (vendor == "entra")
    signed = response if vendor == "okta" else response.find("saml:Assertion", NS)
    assert signed is not None
    assert verifies(signed, now.saml_certificate.pem)


def test_other_formats_of_name_ids_have_names(idp: RunningIdp, okta: dict[str, Any]) -> None:
    provider = register(idp, okta, name_id_format="x509SubjectName")
    with Browser() as browser:
        response = response_of(provider.log_in(browser, Request()))
    [name_format] = response.xpath("//saml:NameID/@Format", namespaces=NS)
    assert name_format == "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
