"""Headers, cookies, keys and logout as captured or documented; what the shape command cannot tell alone."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from lxml import html

from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import RelyingParty, decoded

MSA = "9188040d-6c67-4c5b-b112-36a304b66dad"
BACK = "http://localhost:9/bye?from=idp"


def cookie_names(answer: httpx.Response) -> list[str]:
    return [value.partition("=")[0] for value in answer.headers.get_list("Set-Cookie")]


def names(answer: httpx.Response) -> list[str]:
    return [name.decode().lower() for name, _ in answer.headers.raw]


def test_okta_sends_rate_limits_and_cookies_but_not_with_documents(registrar: Registrar) -> None:
    party = registrar.party("okta")
    redirected = party.sign_in()
    assert "Content-Type" not in redirected.headers
    assert {"t", "JSESSIONID"} <= set(cookie_names(redirected))
    answer = party.redeem(party.code())
    sent = names(answer)
    order = ["x-okta-request-id", "p3p", "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"]
    assert sorted(order, key=sent.index) == order
    assert answer.headers["X-Rate-Limit-Remaining"] == "999"
    assert cookie_names(answer)[-1] == "JSESSIONID"
    document = party.back_channel.get(party.metadata["jwks_uri"])
    assert not document.headers.get_list("Set-Cookie")
    assert "X-Rate-Limit-Limit" not in document.headers


def test_the_rate_limit_ends_a_minute_later_by_the_tenants_clock(registrar: Registrar) -> None:
    party = registrar.party("okta")
    registrar.change("okta", "PUT", "/clock", {"now": "2040-01-01T00:00:00Z"})
    assert party.token(grant_type="none").headers["X-Rate-Limit-Reset"] == "2208988860"


def test_entra_orders_its_headers_as_captured(registrar: Registrar) -> None:
    party = registrar.party("entra")
    answer = party.redeem(party.code())
    captured = [
        "cache-control",
        "pragma",
        "content-type",
        "expires",
        "strict-transport-security",
        "x-content-type-options",
        "p3p",
        "x-ms-request-id",
        "x-ms-ests-server",
        "x-ms-clitelem",
    ]
    assert [name for name in names(answer) if name in captured] == captured
    assert cookie_names(answer) == ["fpc", "x-ms-gateway-slice", "stsservicecookie"]


def test_personal_accounts_have_keys_of_their_own(registrar: Registrar) -> None:
    registrar.persona("entra", "alice", home_tenant=MSA)
    registrar.settings("entra", authority="common")
    party = registrar.party("entra", sign_in_audience="AzureADMultipleOrgs")
    tenants, personal = party.back_channel.get(party.metadata["jwks_uri"]).json()["keys"]
    assert tenants["issuer"].endswith("/{tenantid}/v2.0")
    assert personal["issuer"].endswith(f"/{MSA}/v2.0")
    header, claims = decoded(party.redeem(party.code()).json()["id_token"])
    assert header["kid"] == personal["kid"]
    assert claims["iss"] == personal["issuer"]
    header, _ = decoded(party.redeem(party.code("mona", prompt="login")).json()["id_token"])
    assert header["kid"] == tenants["kid"]
    base = registrar.tenant("entra")["base_url"]
    for authority, expected in (("organizations", [tenants]), ("consumers", [personal])):
        keys = httpx.get(f"{base}/{authority}/discovery/v2.0/keys").json()["keys"]
        assert keys == expected


@pytest.mark.parametrize(("vendor", "server"), [("okta", ""), ("entra", "v1.0")])
def test_tokens_tell_how_the_person_signed_in(vendor: str, server: str, registrar: Registrar) -> None:
    party = registrar.party(vendor, version=server or "v2.0", amr=["pwd", "mfa", "email"])
    tokens = party.redeem(party.code()).json()
    assert decoded(tokens["id_token"])[1]["amr"] == ["pwd", "mfa", "email"]


def logout(party: RelyingParty, id_token: str) -> httpx.Response:
    parameters = {"id_token_hint": id_token, "post_logout_redirect_uri": BACK, "state": "s-1"}
    return party.browser.get(party.metadata["end_session_endpoint"], params=parameters)


@pytest.mark.parametrize(("vendor", "claims"), [("okta", []), ("entra", []), ("entra", ["sid"])])
def test_the_other_applications_are_told_of_a_logout(
    vendor: str, claims: list[str], registrar: Registrar
) -> None:
    first = registrar.party(vendor, name="one", post_logout_redirect_uris=[BACK])
    listed = {"front_channel_logout_uri": "http://localhost:9/two/out?x=1", "optional_claims": claims}
    second = registrar.party(vendor, name="two", server="", version="v2.0", **listed)
    second.browser = first.browser
    registrar.register(vendor, "never-used", front_channel_logout_uri="http://localhost:9/never")
    id_token = first.redeem(first.code()).json()["id_token"]
    other = decoded(second.redeem(second.code()).json()["id_token"])[1]
    page = html.fromstring(logout(first, id_token).text)
    [frame] = page.xpath("//iframe/@src")
    asked = parse_qs(urlsplit(frame).query)
    assert asked["x"] == ["1"]
    with_session = vendor == "okta" or bool(claims)
    assert ("sid" in asked, "iss" in asked) == (with_session, with_session)
    if claims:
        assert (asked["sid"], asked["iss"]) == ([other["sid"]], [other["iss"]])
    [form] = page.forms
    assert form.get("action") == "http://localhost:9/bye"
    assert form.form_values() == [("from", "idp"), ("state", "s-1")]
    assert second.ask(prompt="none").headers["Location"].find("login_required") > 0


def test_a_logout_that_nobody_else_hears_of_is_a_redirect(registrar: Registrar) -> None:
    party = registrar.party("okta", post_logout_redirect_uris=[BACK])
    answer = logout(party, party.redeem(party.code()).json()["id_token"])
    assert answer.headers["Location"] == f"{BACK}&state=s-1"


def test_oktas_error_page_leads_home(registrar: Registrar) -> None:
    page = registrar.party("okta").ask(redirect_uri="http://elsewhere.test/")
    assert "Go to Homepage" in html.fromstring(page.text).text_content()


def test_entras_error_page_names_the_request_as_its_headers_do(registrar: Registrar) -> None:
    party = registrar.party("entra")
    party.browser.headers["client-request-id"] = "7b1f2c3d-0000-4000-8000-00000000000a"
    page = party.ask(redirect_uri="http://elsewhere.test/")
    text = html.fromstring(page.text).text_content()
    assert f"Request Id: {page.headers['x-ms-request-id']}" in text
    assert "Correlation Id: 7b1f2c3d-0000-4000-8000-00000000000a" in text
    assert page.headers.get_list("Content-Type") == ["text/html; charset=utf-8"]


def test_a_fault_reaches_an_id_token_that_the_browser_carries(registrar: Registrar) -> None:
    party = registrar.party("okta", response_types=["id_token"])
    fault = registrar.arm("okta", party.state, "oidc.id-token.audience.replace", audience="another")
    location = urlsplit(party.sign_in(response_type="id_token").headers["Location"])
    assert decoded(parse_qs(location.fragment)["id_token"][0])[1]["aud"] == "another"
    assert registrar.fired("okta", fault) == 1
    sent = registrar.journal("okta", party.state)[-1]["detail"]
    assert '"aud": "another"' in sent["sent"]
    assert party.client_id in sent["control"]


def test_oktas_pages_for_people_carry_rate_limits_and_cookies(registrar: Registrar) -> None:
    party = registrar.party("okta")
    login = party.ask()
    refused = party.ask(redirect_uri="http://evil.test/callback")
    stale = party.browser.get(f"{registrar.tenant('okta')['base_url']}/login?stateToken=gone")
    assert (login.status_code, refused.status_code, stale.status_code) == (200, 400, 400)
    for page in (login, refused, stale):
        assert page.headers["Content-Type"].startswith("text/html")
        assert int(page.headers["X-Rate-Limit-Remaining"]) < int(page.headers["X-Rate-Limit-Limit"])
        assert page.headers["P3P"] == 'CP="HONK"'
        assert cookie_names(page) == ["t", "JSESSIONID"]
    entra = registrar.party("entra").ask()
    assert "X-Rate-Limit-Limit" not in entra.headers
    assert entra.headers["Cache-Control"] == "no-store, no-cache"
