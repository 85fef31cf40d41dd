"""What is not granted: the vendor's own page, a journal entry, and never a SAMLResponse."""

from __future__ import annotations

import base64
import zlib
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.mock_idp.browser import Browser
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.saml.support import (
    NS,
    Request,
    ServiceProvider,
    deflated,
    one,
    register,
    response_of,
    response_text,
)

BOTH = pytest.mark.parametrize("vendor", ["okta", "entra"])
SUBJECT = "<saml:Subject><saml:NameID>alice@acme.test</saml:NameID></saml:Subject>"
X509_EXACT = (
    "<samlp:RequestedAuthnContext><saml:AuthnContextClassRef>"
    "urn:oasis:names:tc:SAML:2.0:ac:classes:X509</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"
)


def raw(provider: ServiceProvider, parameter: str, binding: str = "redirect") -> httpx.Response:
    url = provider.registration["sso_url"]
    if binding == "post":
        return httpx.post(url, data={"SAMLRequest": parameter})
    return httpx.get(f"{url}?{urlencode({'SAMLRequest': parameter})}")


def assert_refused(page: httpx.Response, status: int, *words: str) -> None:
    assert page.status_code == status, page.text
    assert 'name="SAMLResponse"' not in page.text
    for word in words:
        assert word in page.text


@BOTH
def test_unregistered_acs(idp: RunningIdp, vendor: str) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    for request in (
        Request(acs="http://localhost:9/portal/acs/"),
        Request(acs=None, attributes="AssertionConsumerServiceIndex='7'"),
    ):
        with Browser() as browser:
            page = provider.send(browser, request)
        expected = "AADSTS50011" if vendor == "entra" else "Error Code: invalid_request"
        assert_refused(page, 400, expected)
        last = provider.journal(request.id)[-1]
        assert (last["kind"], last["detail"]["problem"]) == ("saml.refused", "acs-unregistered")


@BOTH
def test_unassigned_person(idp: RunningIdp, vendor: str) -> None:
    provider = register(idp, idp.new_tenant(vendor), assigned=["mallory"])
    request = Request()
    with Browser() as browser:
        page = provider.log_in(browser, request)
    assert_refused(
        page, *((400, "AADSTS50105") if vendor == "entra" else (403, "you are not assigned this app"))
    )
    last = provider.journal(request.id)[-1]
    assert (last["kind"], last["persona"], last["detail"]["problem"]) == (
        "saml.refused",
        "alice",
        "not-assigned",
    )


@BOTH
def test_bad_password_unknown_login_and_suspended_person_stay_at_the_idp(
    idp: RunningIdp, vendor: str
) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    idp.made("PUT", f"{provider.path}/personas/mallory", {"status": "suspended"})
    request = Request()
    with Browser() as browser:
        page = provider.send(browser, request)
        bad = browser.sign_in(page, "alice@acme.test", "wrong")
        unknown = browser.sign_in(page, "stranger@acme.test", "wrong")
        suspended = browser.sign_in(page, "mallory@acme.test", "correct-horse-mallory")
    sentences = {
        "okta": ("Unable to sign in", "Unable to sign in", "Unable to sign in"),
        "entra": ("password is incorrect", "This username may be incorrect", "has been locked"),
    }[vendor]
    for answer, sentence in zip((bad, unknown, suspended), sentences, strict=True):
        assert_refused(answer, 200, sentence)
    failures = [entry for entry in provider.journal(request.id) if entry["kind"] == "login.failed"]
    assert [entry["persona"] for entry in failures] == ["alice", None, "mallory"]
    assert "correct-horse" not in str(provider.journal(request.id))


@BOTH
def test_a_session_ends_when_the_person_is_suspended(idp: RunningIdp, vendor: str) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    with Browser() as browser:
        provider.log_in(browser, Request())
        idp.made("PUT", f"{provider.path}/personas/alice", {"status": "suspended"})
        assert_refused(provider.send(browser, Request()), 200, "Sign In" if vendor == "okta" else "Sign in")


def test_unknown_app(idp: RunningIdp, okta: dict[str, Any], entra: dict[str, Any]) -> None:
    provider = register(idp, okta)
    provider.registration["sso_url"] = provider.registration["sso_url"].replace("/exk", "/exK")
    with Browser() as browser:
        assert_refused(provider.send(browser, Request()), 404, "Page Not Found")
    provider = register(idp, entra)
    with Browser() as browser:
        page = provider.send(browser, Request(issuer="https://unknown.example"))
    assert_refused(page, 400, "AADSTS700016", "https://unknown.example", "Correlation Id:")


@BOTH
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", "document type declaration"),
        ("<!DOCTYPE a><a/>".encode("utf-16"), "not UTF-8"),
        (b"<a>", "not well-formed"),
        (b"<a/>", "no AuthnRequest"),
        (
            b"<p:AuthnRequest xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' ID='_1' Version='1.1'/>",
            "Version",
        ),
        (b" " * 300_000, "more than"),
    ],
)
def test_hostile_xml(idp: RunningIdp, vendor: str, data: bytes, reason: str) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    encoded = [("redirect", deflated(data)), ("post", base64.b64encode(data).decode())]
    for binding, parameter in encoded:
        page = raw(provider, parameter, binding)
        assert_refused(page, 400, "AADSTS75005" if vendor == "entra" else "cannot be read")
        entries = idp.made("GET", f"{provider.path}/journal")["entries"]
        assert reason in entries[-1]["detail"]["reason"]


@BOTH
@pytest.mark.parametrize(
    "parameter", ["%%%", "", base64.b64encode(b"not deflated").decode(), deflated(b"<a/>")[:-8] + "===="]
)
def test_unreadable_parameter(idp: RunningIdp, vendor: str, parameter: str) -> None:
    assert_refused(raw(register(idp, idp.new_tenant(vendor)), parameter), 400)


def test_a_deflate_bomb_is_not_inflated(idp: RunningIdp, okta: dict[str, Any]) -> None:
    deflater = zlib.compressobj(9, wbits=-15)
    bomb = base64.b64encode(deflater.compress(b" " * 20_000_000) + deflater.flush()).decode()
    assert len(bomb) < 50_000
    provider = register(idp, okta)
    assert_refused(raw(provider, bomb), 400, "cannot be read")
    entries = idp.made("GET", f"{provider.path}/journal")["entries"]
    assert "inflates to more than" in entries[-1]["detail"]["reason"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Request(id="1234"), "AADSTS7500529"),
        (Request(content=SUBJECT), "AADSTS75005"),
        (Request(content=X509_EXACT), "AADSTS75011"),
        (Request(content=X509_EXACT.replace("Context>", "Context Comparison='minimum'>", 1)), "AADSTS75005"),
        (Request(content="<samlp:NameIDPolicy Format='urn:x'/>"), "AADSTS75016"),
    ],
)
def test_what_entra_does_not_support(
    idp: RunningIdp, entra: dict[str, Any], request_: Request, code: str
) -> None:
    provider = register(idp, entra)
    with Browser() as browser:
        assert_refused(provider.send(browser, request_), 400, code)


def test_entra_needs_a_request_and_a_known_directory(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra)
    url = provider.registration["sso_url"]
    assert_refused(httpx.get(url), 400, "AADSTS750054")
    assert_refused(httpx.get(url.replace(entra["directory_id"], "elsewhere")), 400, "AADSTS90002")


def test_entra_answers_a_passive_request_and_a_qualifier_with_a_status(
    idp: RunningIdp, entra: dict[str, Any]
) -> None:
    provider = register(idp, entra)
    asked = {
        "NoPassive": Request(attributes="IsPassive='true'", relay_state="there"),
        "RequestUnsupported": Request(content="<samlp:NameIDPolicy SPNameQualifier='x'/>"),
    }
    for substatus, request in asked.items():
        with Browser() as browser:
            page = provider.send(browser, request)
        response = response_of(page)
        code = one(response, "samlp:Status/samlp:StatusCode/samlp:StatusCode").get("Value", "")
        assert code.endswith(f":{substatus}")
        assert response.get("InResponseTo") == request.id
        assert "Assertion" not in response_text(page)
        assert response.find("ds:Signature", NS) is None


def test_a_passive_request_with_a_session_is_answered(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra)
    with Browser() as browser:
        provider.log_in(browser, Request())
        page = provider.send(browser, Request(attributes="IsPassive='true'"))
    assert one(response_of(page), "saml:Assertion") is not None


@BOTH
def test_a_login_step_of_no_login_is_told_so(idp: RunningIdp, vendor: str) -> None:
    base = idp.new_tenant(vendor)["base_url"]
    steps = {"okta": ["/idp/idx/identify", "/idp/idx/challenge/answer"], "entra": ["/common/login", "/kmsi"]}
    for step in steps[vendor]:
        page = httpx.post(base + step, data={"stateHandle": "x", "flowToken": "x"})
        assert_refused(page, 400, "not under way")


def test_the_password_of_a_login_is_needed_to_finish_it(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra)
    with Browser() as browser:
        page = browser.submit(provider.send(browser, Request()), loginfmt="alice@acme.test")
        token = page.text.partition('name="flowToken" value="')[2].partition('"')[0]
        answer = browser.http.post(
            f"{entra['base_url']}/kmsi", data={"flowToken": token, "LoginOptions": "1"}
        )
    assert_refused(answer, 400, "not under way")


def test_urls_of_the_other_vendor_and_of_no_tenant_are_not_found(
    idp: RunningIdp, okta: dict[str, Any], entra: dict[str, Any]
) -> None:
    entra_path = f"{okta['base_url']}/{okta['directory_id']}/saml2"
    okta_path = f"{entra['base_url']}/app/x/exk1/sso/saml"
    assert_refused(httpx.get(entra_path), 404, "Page Not Found", "is Okta Identity Engine")
    assert_refused(httpx.get(okta_path), 404, "AADSTS900023: Specified tenant identifier")
    nowhere = f"{idp.base_url}/t/nowhere/app/exk1/sso/saml/metadata"
    assert_refused(httpx.get(nowhere), 404, "There is no tenant named")
