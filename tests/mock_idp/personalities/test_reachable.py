"""Every URL that a discovery document, SAML metadata or the control API names answers something truthful."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from mock_idp.personalities import PERSONALITIES
from mock_idp.personalities.oidc_base import Endpoint
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import REDIRECT_URI, redirect_parameters
from tests.mock_idp.saml.support import register

SERVERS = [(entry.name, server) for entry in PERSONALITIES for server in entry.oidc.servers]
LOCATION = re.compile(r"Location=\"([^\"]+)\"")
ELSEWHERE = ("https://sts.windows.net", "https://pas.windows.net")


def urls_in(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in document.items():
        if isinstance(value, str) and value.startswith("http") and not value.startswith(ELSEWHERE):
            yield name, value


@pytest.mark.parametrize(("vendor", "server"), SERVERS, ids=[f"{v}-{s.name}" for v, s in SERVERS])
def test_every_url_of_the_discovery_document_answers(idp: RunningIdp, vendor: str, server: Any) -> None:  # noqa: ANN401 - each vendor's class
    tenant = idp.new_tenant(vendor)
    path = server.routes[Endpoint.DISCOVERY].replace(
        "<authority>", tenant["name"] if vendor == "keycloak" else tenant["directory_id"]
    )
    document = httpx.get(tenant["base_url"] + path, trust_env=False).raise_for_status().json()
    for name, url in urls_in(document):
        if name == "issuer":
            continue
        for method in ("GET", "POST"):
            answer = httpx.request(method, url, trust_env=False)
            assert answer.status_code not in (404, 501), f"{name} {url}"
            assert answer.status_code < 500, f"{name} {url}"


@pytest.mark.parametrize("vendor", [entry.name for entry in PERSONALITIES])
def test_every_url_of_saml_answers(idp: RunningIdp, vendor: str) -> None:
    provider = register(idp, idp.new_tenant(vendor), logout_url="http://localhost:9/slo")
    metadata = httpx.get(provider.registration["metadata_url"], trust_env=False).raise_for_status().text
    named = {*LOCATION.findall(metadata), *re.findall(r"<(?:\w+:)?Address>([^<]+)<", metadata)}
    named |= {provider.registration[name] for name in ("sso_url", "slo_url", "start_url", "metadata_url")}
    assert len(named) > 2
    for url in named:
        if not url.startswith(ELSEWHERE):
            answer = httpx.get(url, trust_env=False)
            assert answer.status_code not in (404, 405, 501), url
            assert answer.status_code < 500, url


@pytest.mark.parametrize("vendor", ["okta", "entra"])
def test_the_device_grant_is_refused_in_the_vendors_words(registrar: Registrar, vendor: str) -> None:
    party = registrar.party(vendor)
    url = party.metadata["device_authorization_endpoint"]
    answer = party.back_channel.post(url, data={"client_id": party.client_id, "scope": "openid"})
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    nobody = party.back_channel.post(url, data={"client_id": "nobody"})
    assert nobody.status_code in (400, 401)


def test_registration_wants_a_token(registrar: Registrar) -> None:
    party = registrar.party("okta")
    answer = party.back_channel.post(party.metadata["registration_endpoint"], json={})
    assert (answer.status_code, answer.json()["errorCode"]) == (401, "E0000011")


def test_a_pushed_request_is_used_once(registrar: Registrar) -> None:
    party = registrar.party("okta", server="/oauth2/default")
    url = party.metadata["pushed_authorization_request_endpoint"]
    secret = {"client_secret": party.client_secret}
    pushed = party.back_channel.post(url, data=party.parameters() | secret)
    assert (pushed.status_code, list(pushed.json())) == (201, ["request_uri", "expires_in"])
    only = {"client_id": party.client_id, "request_uri": pushed.json()["request_uri"]}
    begun = str(httpx.URL(party.metadata["authorization_endpoint"], params=only))
    answer = party.sign_in_at(begun)
    assert answer.headers["Location"].startswith(REDIRECT_URI)
    assert redirect_parameters(answer)["state"] == party.state
    again = party.browser.get(begun)
    assert again.status_code == 400
    assert "invalid_request_uri" in again.text


def test_a_push_without_the_secret_is_refused(registrar: Registrar) -> None:
    party = registrar.party("okta", server="/oauth2/default")
    url = party.metadata["pushed_authorization_request_endpoint"]
    answer = party.back_channel.post(url, data=party.parameters())
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
