"""The personalities beside Okta and Entra sign people in by both protocols, at their own URLs."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt
import pytest
from lxml import html

from mock_idp.personalities import PERSONALITIES
from mock_idp.shape.decrypting import decrypted, new_recipient
from mock_idp.shape.xml_shape import parse
from tests.mock_idp.browser import Browser, form_of, password_of
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.oidc.relying_party import REDIRECT_URI, RelyingParty
from tests.mock_idp.saml.support import NS, Request, one, register, response_of, response_text, verifies

X509 = re.compile(r"X509Certificate>([^<]+)<")
FURTHER = tuple(entry.name for entry in PERSONALITIES if entry.login_form is not None)
each_further = pytest.mark.parametrize("personality", FURTHER)


def signed_in(browser: Browser, page: httpx.Response, password: str | None = None) -> httpx.Response:
    return browser.submit(page, username="alice@acme.test", password=password or password_of("alice"))


def party_of(idp: RunningIdp, tenant: dict[str, Any], **app: object) -> RelyingParty:
    usual = {"protocol": "oidc", "redirect_uris": [REDIRECT_URI], "assigned": "everyone"}
    made = idp.made("PUT", f"/tenants/{tenant['name']}/apps/portal", usual | app)
    metadata = httpx.get(made["discovery_url"], trust_env=False).raise_for_status().json()
    return RelyingParty(metadata, made["client_id"], made["client_secret"])


def answer_of(party: RelyingParty, **changes: str | None) -> httpx.Response:
    """Ask for a login and fill in the one form."""
    page = party.ask(**changes)
    form = form_of(page)
    filled = {**form.fields, "username": "alice@acme.test", "password": password_of("alice")}
    return party.browser.post(form.action, data=filled)


@each_further
@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_a_saml_login_ends_with_a_signed_response(idp: RunningIdp, personality: str, binding: str) -> None:
    provider = register(idp, idp.new_tenant(personality))
    request = Request(binding=binding, relay_state="deep")
    with Browser() as browser:
        page = signed_in(browser, provider.send(browser, request))
    assert form_of(page).fields["RelayState"] == "deep"
    response = response_of(page)
    assertion = one(response, "saml:Assertion")
    assert response.get("InResponseTo") == request.id
    assert one(assertion, "saml:Subject/saml:NameID").text == "alice@acme.test"
    assert verifies(response, provider.registration["certificate"])
    assert verifies(assertion, provider.registration["certificate"])


@each_further
def test_saml_metadata_names_the_url_that_answers(idp: RunningIdp, personality: str) -> None:
    provider = register(idp, idp.new_tenant(personality))
    text = httpx.get(provider.registration["metadata_url"], trust_env=False).text
    assert provider.registration["sso_url"] in text
    assert provider.registration["issuer"] in text
    key = "".join(provider.registration["certificate"].split("-----")[2].split())
    assert key in "".join(text.split())


@each_further
def test_a_login_can_begin_at_the_idp(idp: RunningIdp, personality: str) -> None:
    provider = register(idp, idp.new_tenant(personality))
    with Browser() as browser:
        page = signed_in(browser, browser.get(provider.registration["start_url"]))
        assert response_of(page).get("InResponseTo") is None
        unknown = browser.get(f"{provider.registration['start_url']}x")
    assert unknown.status_code == 404
    assert len(one(response_of(page), "saml:Assertion").findall("saml:Conditions", NS)) == 1


@each_further
def test_a_wrong_password_is_asked_for_again(idp: RunningIdp, personality: str) -> None:
    provider = register(idp, idp.new_tenant(personality))
    with Browser() as browser:
        page = signed_in(browser, provider.send(browser, Request()), "guessed")
        assert {"username", "password"} <= form_of(page).names
        assert response_of(signed_in(browser, page)) is not None


@each_further
def test_an_oidc_login_ends_with_tokens_that_verify(idp: RunningIdp, personality: str) -> None:
    party = party_of(idp, idp.new_tenant(personality))
    answer = answer_of(party)
    parameters = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert parameters["state"] == party.state
    body = party.redeem(parameters["code"]).raise_for_status().json()
    claims = party.verified(body["id_token"])
    assert (claims["email"], claims["nonce"]) == ("alice@acme.test", party.nonce)
    told = httpx.get(
        party.metadata["userinfo_endpoint"],
        headers={"Authorization": f"Bearer {body['access_token']}"},
        trust_env=False,
    ).json()
    assert (told["sub"], told["name"]) == (claims["sub"], "Alice Archer")
    again = party.redeem(parameters["code"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    party.close()


@each_further
def test_an_unregistered_redirect_uri_is_a_page(idp: RunningIdp, personality: str) -> None:
    party = party_of(idp, idp.new_tenant(personality))
    answer = party.ask(redirect_uri="http://localhost:9/other")
    assert (answer.status_code, answer.is_redirect) == (400, False)
    assert "html" in answer.headers["Content-Type"]
    party.close()


@each_further
def test_an_encrypted_assertion_can_be_opened_by_its_recipient(idp: RunningIdp, personality: str) -> None:
    recipient = new_recipient()
    provider = register(idp, idp.new_tenant(personality), encrypt={"certificate": recipient.certificate})
    with Browser() as browser:
        page = signed_in(browser, provider.send(browser, Request()))
    opened = decrypted(parse(response_text(page)), recipient)
    assert opened.startswith("<saml:Assertion")
    assert "alice@acme.test" in opened


@each_further
def test_metadata_with_two_applications_lists_the_same_key(idp: RunningIdp, personality: str) -> None:
    provider = register(idp, idp.new_tenant(personality))
    alone = httpx.get(provider.registration["metadata_url"], trust_env=False).text
    other = {"protocol": "saml", "acs_urls": ["http://localhost:9/b"], "audience": "b", "assigned": []}
    idp.made("PUT", f"{provider.path}/apps/second", other)
    both = httpx.get(provider.registration["metadata_url"], trust_env=False).text
    assert X509.findall(both) == X509.findall(alone)


def test_keycloak_has_its_own_layout(idp: RunningIdp) -> None:
    tenant = idp.new_tenant("keycloak")
    party = party_of(idp, tenant)
    realm = f"{tenant['base_url']}/realms/{tenant['name']}"
    assert party.metadata["issuer"] == realm
    assert party.metadata["authorization_endpoint"] == f"{realm}/protocol/openid-connect/auth"
    page = party.ask()
    assert 'id="kc-form-login"' in page.text
    assert form_of(page).action.startswith(f"{realm}/login-actions/authenticate?session_code=")
    answer = answer_of(party)
    names = [name for name, _ in parse_qsl(urlsplit(answer.headers["Location"]).query)]
    assert names == ["state", "session_state", "code"]
    body = party.redeem(dict(parse_qsl(urlsplit(answer.headers["Location"]).query))["code"]).json()
    assert list(body)[:3] == ["access_token", "expires_in", "refresh_expires_in"]
    assert jwt.decode(body["id_token"], options={"verify_signature": False})["typ"] == "ID"
    party.close()


def test_a_realm_that_is_not_there_is_refused(idp: RunningIdp) -> None:
    tenant = idp.new_tenant("keycloak")
    answer = httpx.get(f"{tenant['base_url']}/realms/other/.well-known/openid-configuration", trust_env=False)
    assert (answer.status_code, answer.json()["error"]) == (404, "Realm does not exist")


@each_further
def test_the_page_of_a_logout_loads_the_applications_urls(idp: RunningIdp, personality: str) -> None:
    back, told = "http://localhost:9/bye", "http://localhost:9/out"
    uris = {"post_logout_redirect_uris": [back], "front_channel_logout_uri": told}
    party = party_of(idp, idp.new_tenant(personality), **uris)
    code = dict(parse_qsl(urlsplit(answer_of(party).headers["Location"]).query))["code"]
    asked = {
        "id_token_hint": party.redeem(code).json()["id_token"],
        "post_logout_redirect_uri": back,
        "state": "s-1",
    }
    page = html.fromstring(party.browser.get(party.metadata["end_session_endpoint"], params=asked).text)
    assert page.xpath("//iframe/@src") == [told]
    [form] = page.forms
    assert (form.get("action"), form.form_values()) == (back, [("state", "s-1")])
    party.close()
