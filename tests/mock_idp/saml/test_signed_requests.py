"""Signed AuthnRequests: verified in the place that the binding has for it, refused where they fail."""

from __future__ import annotations

import base64

import httpx
import pytest

from tests.mock_idp.browser import Browser, form_of
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.saml.provider_keys import ProviderKey, provider_key
from tests.mock_idp.saml.support import Request, ServiceProvider, deflated, register, response_of

BOTH = pytest.mark.parametrize("vendor", ["okta", "entra"])
UNSIGNED = {"okta": "carries no signature", "entra": "AADSTS76021"}
INVALID = {"okta": "not valid", "entra": "AADSTS76022"}


@pytest.fixture(scope="module")
def key() -> ProviderKey:
    return provider_key()


def by_redirect(provider: ServiceProvider, browser: Browser, query: str) -> httpx.Response:
    return browser.get(f"{provider.registration['sso_url']}?{query}")


def by_post(provider: ServiceProvider, browser: Browser, field: str) -> httpx.Response:
    return browser.http.post(provider.registration["sso_url"], data={"SAMLRequest": field})


def problem(provider: ServiceProvider, request: Request) -> str:
    return str(provider.journal(request.id)[-1]["detail"]["problem"])


@BOTH
@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_a_good_signature_is_granted(idp: RunningIdp, vendor: str, binding: str, key: ProviderKey) -> None:
    provider = register(
        idp, idp.new_tenant(vendor), request_certificate=key.certificate, require_signed_requests=True
    )
    request = Request()
    with Browser() as browser:
        if binding == "redirect":
            query = key.signed_query(request.xml(provider), "deep link+&")
            page = by_redirect(provider, browser, query)
        else:
            page = by_post(provider, browser, key.signed_form(request.xml(provider)))
        page = browser.sign_in(page, "alice@acme.test", "correct-horse-alice")
    assert response_of(page).get("InResponseTo") == request.id
    assert form_of(page).fields.get("RelayState") in ("deep link+&", "", None)
    assert provider.journal(request.id)[0]["detail"]["signed"] is True


@BOTH
def test_no_signature_or_one_in_the_wrong_place(idp: RunningIdp, vendor: str, key: ProviderKey) -> None:
    provider = register(
        idp, idp.new_tenant(vendor), request_certificate=key.certificate, require_signed_requests=True
    )
    plain, misplaced, beside = Request(), Request(), Request()
    signed_xml = base64.b64decode(key.signed_form(misplaced.xml(provider)))
    form = {
        "SAMLRequest": base64.b64encode(beside.xml(provider).encode()).decode(),
        "SigAlg": "x",
        "Signature": "eA==",
    }
    with Browser() as browser:
        pages = [
            provider.send(browser, plain),
            browser.http.get(provider.registration["sso_url"], params={"SAMLRequest": deflated(signed_xml)}),
            browser.http.post(provider.registration["sso_url"], data=form),
        ]
    for page, request in zip(pages, (plain, misplaced, beside), strict=True):
        assert (page.status_code, UNSIGNED[vendor] in page.text) == (400, True), page.text
        assert problem(provider, request) == "request-unsigned"


@BOTH
@pytest.mark.parametrize("required", [True, False])
def test_a_signature_that_does_not_hold(
    idp: RunningIdp, vendor: str, required: bool, key: ProviderKey
) -> None:
    provider = register(
        idp, idp.new_tenant(vendor), request_certificate=key.certificate, require_signed_requests=required
    )
    rolled = provider_key()
    by_other, moved, posted, changed = (Request() for _ in range(4))
    elsewhere = key.signed_query(moved.xml(provider), "a").replace("RelayState=a", "RelayState=b")
    altered = base64.b64decode(key.signed_form(changed.xml(provider))).replace(b"2030-01-01", b"2031-01-01")
    with Browser() as browser:
        pages = [
            by_redirect(provider, browser, rolled.signed_query(by_other.xml(provider))),
            by_redirect(provider, browser, elsewhere),
            by_post(provider, browser, rolled.signed_form(posted.xml(provider))),
            by_post(provider, browser, base64.b64encode(altered).decode()),
        ]
    for page, request in zip(pages, (by_other, moved, posted, changed), strict=True):
        assert (page.status_code, INVALID[vendor] in page.text) == (400, True), page.text
        assert problem(provider, request) == "request-signature-invalid"


@BOTH
@pytest.mark.parametrize("extra", ["&SigAlg=urn:x&Signature=eA==", "&Signature=%25%25", "&Signature"])
def test_a_broken_signature_parameter_is_a_page(
    idp: RunningIdp, vendor: str, extra: str, key: ProviderKey
) -> None:
    provider = register(idp, idp.new_tenant(vendor), request_certificate=key.certificate)
    with Browser() as browser:
        page = browser.get(provider.request_url(Request()) + extra)
    assert page.status_code in (200, 400)
    assert "SAMLResponse" not in page.text


def test_a_wrapped_signature_is_not_believed(idp: RunningIdp, key: ProviderKey) -> None:
    """The Reference has to name the message itself, not an element inside it."""
    provider = register(idp, idp.new_tenant("okta"), request_certificate=key.certificate)
    honest, forged = Request(), Request(acs="http://localhost:9/agent/acs")
    signed = base64.b64decode(key.signed_form(honest.xml(provider))).decode()
    start, end = signed.index("<Signature"), signed.index("</Signature>") + len("</Signature>")
    inner = signed[:start] + signed[end:]
    outer = forged.xml(provider).replace(
        "</saml:Issuer>", f"</saml:Issuer>{signed[start:end]}<samlp:Extensions>{inner}</samlp:Extensions>"
    )
    with Browser() as browser:
        page = by_post(provider, browser, base64.b64encode(outer.encode()).decode())
    assert (page.status_code, "not valid" in page.text) == (400, True)


def test_okta_metadata_says_that_requests_have_to_be_signed(idp: RunningIdp, key: ProviderKey) -> None:
    provider = register(idp, idp.new_tenant("okta"))
    url = provider.registration["metadata_url"]
    assert 'WantAuthnRequestsSigned="false"' in httpx.get(url).text
    body = {"request_certificate": key.certificate, "require_signed_requests": True}
    idp.made("PATCH", f"{provider.path}/apps/portal", body)
    assert 'WantAuthnRequestsSigned="true"' in httpx.get(url).text
