"""What the authorization endpoint refuses, in which words and by which way; and the other ways to answer."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from lxml import html

from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import REDIRECT_URI, redirect_parameters

VENDORS = ["okta", "entra"]


def test_okta_shows_a_page_for_an_unregistered_redirect_uri(registrar: Registrar) -> None:
    party = registrar.party("okta")
    answer = party.ask(redirect_uri="http://evil.test/callback")
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    text = html.fromstring(answer.text).text_content()
    assert "Error Code: invalid_request" in text
    assert (
        "Description: The 'redirect_uri' parameter must be a Login redirect URI in the client app settings"
        in text
    )
    assert f"/admin/app/oidc_client/instance/{party.client_id}#tab-general" in text
    assert registrar.journal("okta", party.state)[-1]["detail"]["problem"] == "redirect-uri-unregistered"


def test_entra_shows_a_page_for_an_unregistered_redirect_uri(registrar: Registrar) -> None:
    party = registrar.party("entra")
    answer = party.ask(redirect_uri="http://evil.test/callback")
    assert "Location" not in answer.headers
    [message] = html.fromstring(answer.text).xpath("//*[@id='service_exception_message']/text()")
    assert message.startswith(
        "AADSTS50011: The redirect URI 'http://evil.test/callback' specified in the request does not match"
    )
    assert party.client_id in message


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_unknown_application_gets_a_page(vendor: str, registrar: Registrar) -> None:
    answer = registrar.party(vendor).ask(client_id="0oanobody")
    assert "Location" not in answer.headers
    words = {
        "okta": "Invalid value for 'client_id' parameter.",
        "entra": "AADSTS700016: Application with identifier",
    }
    assert words[vendor] in html.fromstring(answer.text).text_content()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_redirect_uri_must_match_exactly(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    for near in (
        f"{REDIRECT_URI}/",
        f"{REDIRECT_URI}?a=b",
        REDIRECT_URI.upper(),
        f"{REDIRECT_URI}.evil.test",
    ):
        assert "Location" not in party.ask(redirect_uri=near).headers


def test_okta_redirects_an_unassigned_person_with_the_state_first(registrar: Registrar) -> None:
    party = registrar.party("okta", assigned=["mona"])
    answer = party.sign_in("alice")
    assert answer.status_code == 302
    assert answer.headers["Location"] == (
        f"{REDIRECT_URI}?state={party.state}&error=access_denied"
        "&error_description=User+is+not+assigned+to+the+client+application."
    )
    refused = registrar.journal("okta", party.state)[-1]
    assert (refused["kind"], refused["persona"]) == ("oidc.refused", "alice")
    assert "code" in redirect_parameters(registrar.party("okta", assigned=["mona"]).sign_in("mona"))


def test_entra_shows_an_unassigned_person_a_page(registrar: Registrar) -> None:
    answer = registrar.party("entra", assigned=["mona"]).sign_in("alice")
    assert "Location" not in answer.headers
    [message] = html.fromstring(answer.text).xpath("//*[@id='service_exception_message']/text()")
    assert message.startswith("AADSTS50105: Your administrator has configured the application portal")
    assert "'alice@acme.test' is blocked" in message


def test_silence_without_a_session_is_refused_by_redirect(registrar: Registrar) -> None:
    okta = registrar.party("okta").ask(prompt="none")
    assert list(redirect_parameters(okta)) == ["state", "error", "error_description"]
    assert redirect_parameters(okta)["error"] == "login_required"
    entra = registrar.party("entra").ask(prompt="none")
    assert entra.headers["Location"].startswith(
        f"{REDIRECT_URI}?error=login_required&error_description=AADSTS50058%3a+"
    )
    assert entra.headers["Location"].endswith("#")
    assert list(redirect_parameters(entra)) == ["error", "error_description", "error_uri", "state"]


def test_state_is_required_at_okta_and_not_at_entra(registrar: Registrar) -> None:
    refused = redirect_parameters(registrar.party("okta").ask(state=None))
    assert (refused["error"], "state" in refused) == ("invalid_request", False)
    answer = redirect_parameters(registrar.party("entra").sign_in(state=None))
    assert list(answer) == ["code", "session_state"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"scope": "openid nonsense"}, "invalid_scope"),
        ({"response_mode": "smoke"}, {"okta": "unsupported_response_mode", "entra": "invalid_request"}),
        ({"scope": None}, {"okta": "invalid_scope", "entra": "invalid_request"}),
        ({"code_challenge_method": "S512"}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("vendor", VENDORS)
def test_requests_that_are_not_in_order(
    vendor: str, change: dict[str, str | None], error: str | dict[str, str], registrar: Registrar
) -> None:
    party = registrar.party(vendor)
    refused = redirect_parameters(party.ask(**change))
    assert refused["error"] == (error if isinstance(error, str) else error[vendor])
    assert refused["state"] == party.state


def test_plain_pkce_works_at_entra_only(registrar: Registrar) -> None:
    okta, entra = registrar.party("okta"), registrar.party("entra")
    plain = {"code_challenge_method": "plain"}
    assert redirect_parameters(okta.ask(code_challenge=okta.verifier, **plain))["error"] == "invalid_request"
    code = entra.code(code_challenge=entra.verifier, **plain)
    assert entra.redeem(code).status_code == 200


@pytest.mark.parametrize("vendor", VENDORS)
def test_pkce_can_be_required(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor, pkce_required=True)
    refused = redirect_parameters(party.ask(code_challenge=None, code_challenge_method=None))
    assert refused["error"] == "invalid_request"
    assert "code" in redirect_parameters(party.sign_in())


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_answer_in_the_fragment(vendor: str, registrar: Registrar) -> None:
    location = urlsplit(registrar.party(vendor).sign_in(response_mode="fragment").headers["Location"])
    assert not location.query
    assert next(iter(dict(parse_qsl(location.fragment)))) == "code"


@pytest.mark.parametrize(
    ("vendor", "form_path"), [("okta", "//form[@id='appForm']"), ("entra", "//form[@name='hiddenform']")]
)
def test_an_answer_by_form_post(vendor: str, form_path: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    answer = party.sign_in(response_mode="form_post")
    [form] = html.fromstring(answer.text).xpath(form_path)
    assert (form.get("action"), form.get("method")) == (REDIRECT_URI, "POST")
    fields = dict(form.form_values())
    assert fields["state"] == party.state
    assert party.redeem(fields["code"]).status_code == 200


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_login_hint_fills_in_the_name(vendor: str, registrar: Registrar) -> None:
    page = html.fromstring(registrar.party(vendor).ask(login_hint="mona@acme.test").text)
    assert "mona@acme.test" in page.xpath("//input/@value")


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_request_by_post_is_answered_too(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    party.sign_in()
    answer = party.browser.post(party.metadata["authorization_endpoint"], data=party.parameters())
    assert "code" in redirect_parameters(answer)


def test_a_state_travels_unharmed(registrar: Registrar) -> None:
    state = "a b/c?d=é&f'(g)+%41"
    for vendor in VENDORS:
        party = registrar.party(vendor)
        party.state = state
        assert redirect_parameters(party.sign_in())["state"] == state


def test_entra_addresses(registrar: Registrar) -> None:
    party = registrar.party("entra")
    authorize = party.metadata["authorization_endpoint"]
    tenant_id = urlsplit(authorize).path.split("/")[3]
    common = party.browser.get(authorize.replace(tenant_id, "common"), params=party.parameters())
    assert "AADSTS50194: Application" in common.text
    stranger = party.browser.get(party.metadata["jwks_uri"].replace(tenant_id, "nowhere.test"))
    assert stranger.status_code == 400
    assert stranger.json()["error_codes"] == [90002]
    page = party.browser.get(authorize.replace(tenant_id, "nowhere.test"), params=party.parameters())
    assert "AADSTS90002: Tenant" in html.fromstring(page.text).text_content()


def test_a_tenant_serves_its_own_vendor_only(registrar: Registrar) -> None:
    party = registrar.party("okta")
    base = registrar.tenant("entra")["base_url"]
    assert party.browser.get(f"{base}/oauth2/v1/keys").status_code == 404
    assert party.browser.get(f"{base}/.well-known/openid-configuration").status_code == 404


def test_documents_may_be_read_by_scripts_at_entra(registrar: Registrar) -> None:
    party = registrar.party("entra")
    headers = party.browser.get(party.metadata["jwks_uri"]).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cache-Control"] == "max-age=86400, private"
    okta = registrar.party("okta")
    headers = okta.browser.get(okta.metadata["jwks_uri"]).headers
    assert headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Origin" not in headers
