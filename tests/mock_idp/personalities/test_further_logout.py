"""Single logout and refusals of the personalities beside Okta and Entra."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from mock_idp.personalities import PERSONALITIES
from tests.mock_idp.browser import Browser, form_of, password_of
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.libraries.saml_libraries import SLS, Python3Saml, RefusedByLibraryError
from tests.mock_idp.personalities.test_further import FURTHER
from tests.mock_idp.saml.provider_keys import ProviderKey, provider_key
from tests.mock_idp.saml.support import ACS, Request, ServiceProvider, deflated, register, response_of

each_further = pytest.mark.parametrize("personality", FURTHER)
each_by_issuer = pytest.mark.parametrize(
    "personality",
    [entry.name for entry in PERSONALITIES if entry.name in FURTHER and entry.saml.finds_app_by_issuer],
)
"""Those whose URLs do not name the application, so that a request by nobody can arrive."""
pytestmark = pytest.mark.filterwarnings(
    "ignore:datetime.datetime.utc:DeprecationWarning"  # python3-saml reads the clock so; deprecated in 3.12
)


@pytest.fixture(scope="module")
def key() -> ProviderKey:
    return provider_key()


def signed_in(browser: Browser, url: str) -> httpx.Response:
    return browser.submit(browser.get(url), username="alice@acme.test", password=password_of("alice"))


def library(provider: ServiceProvider, key: ProviderKey) -> Python3Saml:
    metadata = httpx.get(provider.registration["metadata_url"], trust_env=False).raise_for_status().content
    strict = Python3Saml(metadata, key, want="both", signs=True)
    # Both describe one service for every binding; the library takes the first, which may be another.
    strict.settings["idp"]["singleSignOnService"]["url"] = provider.registration["sso_url"]
    strict.settings["idp"]["singleLogoutService"] = {"url": provider.registration["slo_url"]}
    return strict


@each_further
@pytest.mark.parametrize("signs", [True, False])
def test_a_provider_signs_people_out(
    idp: RunningIdp, key: ProviderKey, personality: str, signs: bool
) -> None:
    provider = register(
        idp,
        idp.new_tenant(personality),
        logout_url=SLS,
        logout_binding="redirect",
        sign_logout=signs,
        request_certificate=key.certificate,
    )
    strict = library(provider, key)
    strict.settings["security"]["wantMessagesSigned"] = True
    strict.settings["security"]["allowRepeatAttributeName"] = True  # Keycloak sends one Role for each role
    with Browser() as browser:
        name_id = strict.accept(form_of(signed_in(browser, strict.login_url())).fields).name_id
        again = form_of(browser.get(strict.login_url()))
        assert "SAMLResponse" in again.names  # signed in: no form is shown
        browser.http.follow_redirects = False
        location = browser.get(strict.logout_url(name_id)).headers["Location"]
        assert ("Signature" in parse_qs(urlsplit(location).query)) is signs
        if signs:
            strict.accept_logout(location)
        else:
            with pytest.raises(RefusedByLibraryError):
                strict.accept_logout(location)
        browser.http.follow_redirects = True
        assert "password" in form_of(browser.get(strict.login_url())).names


@each_by_issuer
def test_a_logout_request_that_cannot_be_answered(idp: RunningIdp, personality: str) -> None:
    provider = register(idp, idp.new_tenant(personality), logout_url=SLS)
    names = 'xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns="urn:oasis:names:tc:SAML:2.0:assertion"'
    for issuer, subject in (("urn:nobody", "<NameID>x</NameID>"), (provider.issuer, "")):
        head = f'<p:LogoutRequest {names} ID="_1" Version="2.0">'
        xml = f"{head}<Issuer>{issuer}</Issuer>{subject}</p:LogoutRequest>"
        query = {"SAMLRequest": deflated(xml.encode())}
        page = httpx.get(provider.registration["slo_url"], params=query, trust_env=False)
        assert page.status_code in (400, 404)
        assert "html" in page.headers["Content-Type"]
        assert "Location" not in page.headers


@each_by_issuer
def test_what_is_refused_is_a_page_and_in_the_journal(idp: RunningIdp, personality: str) -> None:
    tenant = idp.new_tenant(personality)
    provider = register(idp, tenant, assigned=["mona"])
    with Browser() as browser:
        unassigned = signed_in(browser, provider.request_url(Request()))
        unknown = provider.send(browser, Request(issuer="urn:nobody"))
        elsewhere = provider.send(browser, Request(acs=f"{ACS}/other"))
        garbage = browser.get(f"{provider.registration['sso_url']}?SAMLRequest=garbage")
    assert [page.status_code for page in (unassigned, unknown, elsewhere, garbage)] == [403, 404, 400, 400]
    entries = idp.tenant(tenant).journal.entries()
    problems = [entry.detail["problem"] for entry in entries if entry.kind == "saml.refused"]
    assert problems == ["not-assigned", "unknown-app", "acs-unregistered", "request-malformed"]


@each_further
def test_a_passive_request_without_a_session_gets_a_status(idp: RunningIdp, personality: str) -> None:
    provider = register(idp, idp.new_tenant(personality))
    with Browser() as browser:
        page = provider.send(browser, Request(attributes='IsPassive="true"'))
    codes = [code.get("Value", "") for code in response_of(page).iter("{*}StatusCode")]
    assert codes[-1].endswith(":NoPassive")
