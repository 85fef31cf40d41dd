"""Libraries that the IdP does not use log in at it by SAML, and verify what it sends in their own way."""

from __future__ import annotations

import httpx
import pytest

from tests.mock_idp.browser import Browser, form_of, password_of
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.libraries.saml_libraries import (
    LIBRARIES,
    SLS,
    Python3Saml,
    RefusedByLibraryError,
    spoiled,
)
from tests.mock_idp.saml.provider_keys import ProviderKey, provider_key
from tests.mock_idp.saml.support import ServiceProvider, register

ALICE = "alice@acme.test"
both_vendors = pytest.mark.parametrize("vendor", ["okta", "entra"])
each_library = pytest.mark.parametrize("library", LIBRARIES)
pytestmark = pytest.mark.filterwarnings(
    "ignore:datetime.datetime.utc:DeprecationWarning"  # python3-saml reads the clock so; deprecated in 3.12
)


@pytest.fixture(scope="module")
def key() -> ProviderKey:
    return provider_key()


def metadata_of(provider: ServiceProvider) -> bytes:
    return httpx.get(provider.registration["metadata_url"], trust_env=False).raise_for_status().content


def signed_in(browser: Browser, url: str) -> dict[str, str]:
    """What the browser posts after alice has signed in."""
    page = browser.sign_in(browser.get(url), ALICE, password_of("alice"))
    return form_of(page).fields


@both_vendors
@each_library
@pytest.mark.parametrize("sign", ["assertion", "response", "both"])
def test_a_login_that_the_provider_starts(
    idp: RunningIdp, key: ProviderKey, vendor: str, library: str, sign: str
) -> None:
    provider = register(idp, idp.new_tenant(vendor), sign=sign)
    strict = LIBRARIES[library](metadata_of(provider), key, want=sign)
    with Browser() as browser:
        form = signed_in(browser, strict.login_url())
    assert form["RelayState"] == "deep"
    accepted = strict.accept(form)
    assert (accepted.name_id, accepted.emails) == (ALICE, [ALICE])
    with pytest.raises(RefusedByLibraryError):
        strict.accept(spoiled(form))


@both_vendors
@each_library
def test_what_is_not_signed_is_missed(idp: RunningIdp, key: ProviderKey, vendor: str, library: str) -> None:
    provider = register(idp, idp.new_tenant(vendor), sign="assertion")
    strict = LIBRARIES[library](metadata_of(provider), key, want="both")
    with Browser() as browser:
        form = signed_in(browser, strict.login_url())
    with pytest.raises(RefusedByLibraryError):
        strict.accept(form)


@both_vendors
@each_library
def test_a_login_that_the_idp_starts(idp: RunningIdp, key: ProviderKey, vendor: str, library: str) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    want = provider.registration["sign"]
    lenient = LIBRARIES[library](metadata_of(provider), key, want=want)
    with Browser() as browser:
        form = signed_in(browser, provider.registration["start_url"])
    accepted = lenient.accept(form, solicited=False)
    assert (accepted.name_id, accepted.emails) == (ALICE, [ALICE])


@both_vendors
def test_a_signed_request_and_an_encrypted_assertion(idp: RunningIdp, key: ProviderKey, vendor: str) -> None:
    """Okta's EncryptedKey lies beside EncryptedData, Entra's inside: the library opens both."""
    provider = register(
        idp,
        idp.new_tenant(vendor),
        sign="both",
        encrypt={"certificate": key.certificate},
        request_certificate=key.certificate,
        require_signed_requests=True,
    )
    strict = Python3Saml(metadata_of(provider), key, want="both", signs=True)
    with Browser() as browser:
        form = signed_in(browser, strict.login_url())
    assert strict.accept(form).emails == [ALICE]


@both_vendors
def test_sha1_is_refused_by_a_strict_library(idp: RunningIdp, key: ProviderKey, vendor: str) -> None:
    provider = register(idp, idp.new_tenant(vendor), signature_algorithm="rsa-sha1")
    strict = Python3Saml(metadata_of(provider), key, want=provider.registration["sign"])
    with Browser() as browser:
        form = signed_in(browser, strict.login_url())
    with pytest.raises(RefusedByLibraryError, match="Deprecated signature algorithm"):
        strict.accept(form)
    strict.settings["security"]["rejectDeprecatedAlgorithm"] = False
    assert strict.accept(form).emails == [ALICE]


@both_vendors
def test_single_logout(idp: RunningIdp, key: ProviderKey, vendor: str) -> None:
    provider = register(
        idp,
        idp.new_tenant(vendor),
        logout_url=SLS,
        logout_binding="redirect",
        sign_logout=True,
        request_certificate=key.certificate,
    )
    strict = Python3Saml(metadata_of(provider), key, want=provider.registration["sign"], signs=True)
    with Browser() as browser:
        name_id = strict.accept(signed_in(browser, strict.login_url())).name_id
        browser.http.follow_redirects = False
        answer = browser.get(strict.logout_url(name_id))
        location = answer.headers["Location"]
        assert location.startswith(SLS)
        strict.accept_logout(location)
        with pytest.raises(RefusedByLibraryError):
            strict.accept_logout(location.replace("RelayState=after", "RelayState=elsewhere"))
        browser.http.follow_redirects = True
        page = browser.get(strict.login_url())
    assert "SAMLResponse" not in form_of(page).names
