"""Requests that cause Entra's rarer AADSTS numbers, each beside the same request without the mistake."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.mock_idp.browser import Browser, form_of
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import REDIRECT_URI
from tests.mock_idp.saml.provider_keys import provider_key
from tests.mock_idp.saml.support import Request, ServiceProvider, deflated, register

TRANSIENT_ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"


def answer(provider: ServiceProvider, request: Request) -> str:
    with Browser() as browser:
        return provider.send(browser, request).text


@pytest.mark.parametrize(
    ("destination", "number"), [("{sso_url}", None), ("https://elsewhere.test/saml2", 75008)]
)
def test_destination(idp: RunningIdp, entra: dict[str, Any], destination: str, number: int | None) -> None:
    provider = register(idp, entra)
    where = destination.format(sso_url=provider.registration["sso_url"])
    text = answer(provider, Request(attributes=f'Destination="{where}"'))
    assert (f"AADSTS{number}:" in text) is (number is not None)
    assert ('name="loginfmt"' in text) is (number is None)


def test_name_id_policy(idp: RunningIdp, entra: dict[str, Any]) -> None:
    policy = f'<samlp:NameIDPolicy Format="{TRANSIENT_ENTITY}"/>'
    assert "AADSTS75016:" in answer(register(idp, entra), Request(content=policy))


def test_an_old_signed_request(idp: RunningIdp, entra: dict[str, Any]) -> None:
    key = provider_key()
    provider = register(idp, entra, request_certificate=key.certificate, require_signed_requests=True)
    url = provider.registration["sso_url"]
    xml = Request().xml(provider)
    fresh = httpx.get(f"{url}?{key.signed_query(xml)}", trust_env=False)
    assert 'name="loginfmt"' in fresh.text
    old = xml.replace("2030-01-01", "2020-01-01")
    assert "AADSTS76026:" in httpx.get(f"{url}?{key.signed_query(old)}", trust_env=False).text


def test_a_response_that_is_none(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra)
    query = {"SAMLResponse": deflated(Request().xml(provider).encode())}
    page = httpx.get(provider.registration["sso_url"], params=query, trust_env=False)
    assert "AADSTS7500514:" in page.text


def test_an_invalid_name_of_a_tenant(idp: RunningIdp, entra: dict[str, Any]) -> None:
    for path in ("undefined/saml2", "undefined/oauth2/v2.0/authorize", "undefined"):
        page = httpx.get(f"{entra['base_url']}/{path}", trust_env=False)
        assert "AADSTS900023: Specified tenant identifier &#39;undefined&#39;" in page.text
    unknown = httpx.get(f"{entra['base_url']}/nobody.test/oauth2/v2.0/authorize", trust_env=False)
    assert "AADSTS90002:" in unknown.text


def test_an_application_that_takes_no_part_cannot_sign_out(idp: RunningIdp, entra: dict[str, Any]) -> None:
    provider = register(idp, entra, logout_url="http://localhost:9/slo")
    other = {
        "protocol": "saml",
        "acs_urls": ["http://localhost:9/b"],
        "audience": "urn:b",
        "assigned": "everyone",
    }
    idp.made("PUT", f"{provider.path}/apps/second", other)
    with Browser() as browser:
        browser.sign_in(provider.send(browser, Request()), "alice@acme.test", "correct-horse-alice")
        query = {"SAMLRequest": deflated(logout_of("urn:b").encode())}
        page = browser.http.get(provider.registration["sso_url"], params=query)
        assert "AADSTS50068:" in page.text
        still = provider.send(browser, Request())
    assert "SAMLResponse" in form_of(still).names


def logout_of(issuer: str) -> str:
    names = 'xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns="urn:oasis:names:tc:SAML:2.0:assertion"'
    return (
        f'<p:LogoutRequest {names} ID="_l" Version="2.0"><Issuer>{issuer}</Issuer>'
        "<NameID>alice@acme.test</NameID></p:LogoutRequest>"
    )


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
def test_access_policies(registrar: Registrar, policy: str, number: int) -> None:
    party = registrar.party("entra")
    assert party.sign_in().headers["Location"].startswith(REDIRECT_URI)
    registrar.settings("entra", access_policy=policy)
    page = party.sign_in()
    assert f"AADSTS{number}:" in page.text
    form = {"grant_type": "password", "username": "alice@acme.test", "password": "correct-horse-alice"}
    refused = party.token(**form, scope="openid")
    assert refused.status_code == 400
    assert refused.json()["error_codes"] == [number]
