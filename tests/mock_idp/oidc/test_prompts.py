"""prompt, max_age and the hints, at both vendors (OpenID Connect Core section 3.1.2.1)."""

from __future__ import annotations

from urllib.parse import urlencode

import httpx
import pytest
from lxml import html

from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import REDIRECT_URI, RelyingParty, decoded, redirect_parameters

VENDORS = ["okta", "entra"]


def asks(answer: httpx.Response) -> bool:
    """Whether the answer is the first step of a login."""
    return answer.status_code == 200 and bool(
        html.fromstring(answer.text).xpath("//input[@name='identifier' or @name='loginfmt']")
    )


def auth_time(party: RelyingParty, answer: httpx.Response) -> int:
    """When the password was given, as Okta's ID token tells it."""
    tokens = party.redeem(redirect_parameters(answer)["code"]).json()
    return int(decoded(tokens["id_token"])[1]["auth_time"])


@pytest.mark.parametrize("vendor", VENDORS)
def test_none_answers_from_the_session_and_never_with_a_page(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    refused = redirect_parameters(party.ask(prompt="none"))
    assert (refused["error"], refused["state"]) == ("login_required", party.state)
    party.sign_in()
    assert "code" in redirect_parameters(party.ask(prompt="none"))


@pytest.mark.parametrize("vendor", VENDORS)
def test_login_asks_again_and_moves_the_auth_time(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    party.sign_in()
    assert "code" in redirect_parameters(party.ask())
    registrar.change(vendor, "PUT", "/clock", {"offset_seconds": 100})
    again = party.ask(prompt="login")
    assert asks(again)
    assert "code" in redirect_parameters(party.walk(again, "alice"))


def test_login_is_seen_in_oktas_auth_time(registrar: Registrar) -> None:
    party = registrar.party("okta")
    first = auth_time(party, party.sign_in())
    registrar.change("okta", "PUT", "/clock", {"offset_seconds": 100})
    assert auth_time(party, party.ask()) == first
    assert auth_time(party, party.sign_in(prompt="login")) >= first + 100


@pytest.mark.parametrize("vendor", VENDORS)
def test_consent_needs_no_new_password(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    party.sign_in()
    assert not asks(party.ask(prompt="consent"))


@pytest.mark.parametrize(
    ("vendor", "prompt"),
    [
        ("okta", "none login"),
        ("okta", "select_account"),
        ("okta", "nonsense"),
        ("entra", "none login"),
        ("entra", "enroll_authenticator"),
        ("entra", "nonsense"),
    ],
)
def test_other_prompts_are_refused(vendor: str, prompt: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    refused = redirect_parameters(party.ask(prompt=prompt))
    assert refused["error"] == "invalid_request"
    assert "'prompt'" in refused["error_description"]


@pytest.mark.parametrize("vendor", VENDORS)
def test_max_age_by_the_tenants_clock(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    party.sign_in()
    registrar.change(vendor, "PUT", "/clock", {"offset_seconds": 100})
    assert "code" in redirect_parameters(party.ask(max_age="1000"))
    assert asks(party.ask(max_age="50"))
    assert redirect_parameters(party.ask(max_age="50", prompt="none"))["error"] == "login_required"


@pytest.mark.parametrize("hint", ["acme.test", "organizations", "consumers"])
def test_entras_domain_hint_leads_to_the_same_page_where_nothing_is_federated(
    hint: str, registrar: Registrar
) -> None:
    party = registrar.party("entra")
    page = party.ask(domain_hint=hint, login_hint="mona@acme.test")
    assert asks(page)
    assert "mona@acme.test" in html.fromstring(page.text).xpath("//input/@value")
    assert party.walk(page, "mona").headers["Location"].startswith(REDIRECT_URI)


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("mode", ["query", "okta_post_message", "smoke"])
@pytest.mark.parametrize("response_type", ["id_token", "code id_token"])
def test_response_modes_that_are_refused_with_tokens(
    vendor: str, mode: str, response_type: str, registrar: Registrar
) -> None:
    party = registrar.party(vendor, response_types=[response_type])
    answer = party.ask(response_type=response_type, response_mode=mode)
    if (vendor, mode) == ("okta", "okta_post_message"):
        assert asks(answer)
        return
    assert answer.headers["Location"].startswith(f"{REDIRECT_URI}#")  # refused in the usual way
    expected = {"okta": "unsupported_response_mode", "entra": "invalid_request"}
    assert redirect_parameters(answer)["error"] == expected[vendor]


def test_a_refusal_travels_in_the_mode_that_was_asked_for(registrar: Registrar) -> None:
    for vendor in VENDORS:
        party = registrar.party(vendor)
        fragment = party.ask(prompt="none", response_mode="fragment").headers["Location"]
        assert fragment.startswith(f"{REDIRECT_URI}#")
        assert not fragment.endswith("#")
        [form] = html.fromstring(party.ask(prompt="none", response_mode="form_post").text).forms
        assert dict(form.form_values())["error"] == "login_required"


def test_entras_session_state_belongs_to_the_session(registrar: Registrar) -> None:
    party = registrar.party("entra")
    first = redirect_parameters(party.sign_in())
    assert list(first) == ["code", "state", "session_state"]
    assert redirect_parameters(party.ask())["session_state"] == first["session_state"]
    other = redirect_parameters(party.sign_in(prompt="login"))
    assert other["session_state"] != first["session_state"]
    assert "session_state" not in redirect_parameters(registrar.party("okta").sign_in())


@pytest.mark.parametrize("version", ["v2.0", "v1.0"])
def test_entras_token_endpoint_sets_three_cookies_in_every_case(version: str, registrar: Registrar) -> None:
    party = registrar.party("entra", version=version)
    good, bad = party.redeem(party.code()), party.redeem("never")
    assert (good.status_code, bad.status_code) == (200, 400)
    for answer in (good, bad):
        cookies = answer.headers.get_list("Set-Cookie")
        assert [cookie.partition("=")[0] for cookie in cookies] == [
            "fpc",
            "x-ms-gateway-slice",
            "stsservicecookie",
        ]
        assert all("secure" in cookie.lower() and "httponly" in cookie.lower() for cookie in cookies)


@pytest.mark.parametrize("vendor", VENDORS)
def test_repeated_parameters_are_refused_before_trust(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    twice = [*party.parameters().items(), ("scope", "openid")]
    page = party.browser.get(f"{party.metadata['authorization_endpoint']}?{urlencode(twice)}")
    assert (page.status_code, "Location" in page.headers) == (400, False)
    form = {"grant_type": ["authorization_code", "password"], "client_id": party.client_id}
    answer = party.back_channel.post(party.metadata["token_endpoint"], data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "grant_type" in answer.json()["error_description"]
    if vendor == "entra":
        assert "AADSTS9000411: The request is not properly formatted. The parameter" in page.text
        assert answer.json()["error_codes"] == [9000411]
