"""Settings of a tenant: its authorities and issuer, consent, access policy, Okta's custom server; replay."""

from __future__ import annotations

import httpx
import pytest
from lxml import html

from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import RelyingParty, redirect_parameters

VENDORS = ("okta", "entra")


def userinfo(party: RelyingParty, token: str) -> int:
    url = party.metadata["userinfo_endpoint"]
    return party.back_channel.get(url, headers={"Authorization": f"Bearer {token}"}).status_code


def message(answer: httpx.Response) -> str:
    assert "Location" not in answer.headers
    return str(html.fromstring(answer.text).xpath("string(//*[@id='service_exception_message'])"))


def test_the_issuer_can_be_a_placeholder(registrar: Registrar) -> None:
    url = registrar.register("entra", "portal")["discovery_url"]
    registrar.settings("entra", issuer="placeholder")
    assert httpx.get(url).json()["issuer"].endswith("/{tenantid}/v2.0")
    registrar.settings("entra", issuer="concrete")
    assert "{" not in httpx.get(url).json()["issuer"]


def test_a_single_tenant_application_is_turned_away_at_common(registrar: Registrar) -> None:
    registrar.settings("entra", authority="common")
    party = registrar.party("entra")
    assert "/common/" in party.metadata["authorization_endpoint"]
    assert message(party.ask()).startswith("AADSTS50194: Application")
    registrar.patch("entra", "portal", sign_in_audience="AzureADMultipleOrgs")
    assert "code" in redirect_parameters(party.sign_in())


def test_other_names_of_authorities(registrar: Registrar) -> None:
    tenant = registrar.tenant("entra")
    document = "v2.0/.well-known/openid-configuration"
    consumers = httpx.get(f"{tenant['base_url']}/consumers/{document}").json()
    assert consumers["issuer"].endswith("/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0")
    named = httpx.get(f"{tenant['base_url']}/{tenant['name']}.onmicrosoft.com/{document}").json()
    by_id = httpx.get(f"{tenant['base_url']}/{tenant['directory_id']}/{document}").json()
    assert named == by_id
    party = registrar.party("entra", sign_in_audience="AzureADMultipleOrgs")
    url = party.metadata["authorization_endpoint"].replace(tenant["directory_id"], "consumers")
    assert "AADSTS9002346" in message(party.browser.get(url, params=party.parameters()))


def test_an_administrator_must_consent(registrar: Registrar) -> None:
    registrar.settings("entra", consent="admin_required")
    page = registrar.party("entra").sign_in()
    assert message(page).startswith("AADSTS90094:")
    [heading] = html.fromstring(page.text).xpath("//h1/text()")
    assert heading == "Need admin approval"
    assert "portal needs permission to access resources" in page.text


@pytest.mark.parametrize(
    ("consent", "number", "shown"),
    [
        ("approval_request", 90095, "portal requires your admin's approval"),
        ("misconfigured", 650056, "Client app ID: "),
    ],
)
def test_consent_that_nobody_at_the_browser_can_give_ends_on_a_page(
    consent: str, number: int, shown: str, registrar: Registrar
) -> None:
    registrar.settings("entra", consent=consent)
    party = registrar.party("entra")
    page = party.sign_in()
    assert message(page).startswith(f"AADSTS{number}: ")
    assert shown in html.fromstring(page.text).text_content()
    assert registrar.journal("entra", party.state)[-1]["kind"] == "oidc.refused"


def test_consent_is_declined_in_each_vendors_order(registrar: Registrar) -> None:
    registrar.settings("entra", consent="declined")
    party = registrar.party("entra")
    location = party.sign_in().headers["Location"]
    assert "?error=access_denied&error_description=AADSTS65004%3a+User+declined+to+consent+to+access" in (
        location
    )
    assert location.endswith(f"%3d65004&admin_consent=True&state={party.state}#")
    registrar.settings("okta", consent="declined")
    refused = redirect_parameters(registrar.party("okta").sign_in())
    assert list(refused) == ["state", "error", "error_description"]
    assert refused["error"] == "access_denied"


def test_who_cancels_at_entra_comes_back_without_a_number(registrar: Registrar) -> None:
    registrar.settings("entra", consent="cancelled")
    party = registrar.party("entra")
    location = party.sign_in().headers["Location"]
    assert location.endswith(f"?error=access_denied&error_subcode=cancel&state={party.state}#")


def test_without_a_person_consent_is_missing(registrar: Registrar) -> None:
    party = registrar.party("entra")
    asked = {"grant_type": "password", "username": "alice@acme.test", "scope": "openid"}
    asked["password"] = "correct-horse-alice"
    assert party.token(**asked).status_code == 200
    registrar.settings("entra", consent="admin_required")
    body = party.token(**asked).json()
    assert (body["error"], body["error_codes"], body["suberror"]) == (
        "invalid_grant",
        [65001],
        "consent_required",
    )
    registrar.settings("entra", consent="none", access_policy="mfa")
    body = party.token(**asked).json()
    assert (body["error_codes"], body["suberror"]) == ([50076], "basic_action")
    assert list(body)[-2:] == ["error_uri", "suberror"]


def test_a_policy_lets_nobody_in(registrar: Registrar) -> None:
    for vendor in VENDORS:
        registrar.settings(vendor, access_policy="block")
    assert message(registrar.party("entra").sign_in()).startswith("AADSTS53003:")
    refused = redirect_parameters(registrar.party("okta").sign_in())
    assert refused["error_description"].startswith("Policy evaluation failed for this request")


def test_an_org_without_the_custom_server(registrar: Registrar) -> None:
    party = registrar.party("okta", server="/oauth2/default")
    registrar.settings("okta", default_authorization_server=False)
    base = f"{registrar.tenant('okta')['base_url']}/oauth2/default"
    document = httpx.get(f"{base}/.well-known/openid-configuration")
    assert document.status_code == 404
    assert list(document.json()) == [
        "errorCode",
        "errorSummary",
        "errorLink",
        "errorId",
        "errorCauses",
    ]
    assert document.json()["errorCode"] == "E0000007"
    assert party.ask().status_code == 404
    assert "code" in redirect_parameters(registrar.party("okta", name="other").sign_in())


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_code_used_twice_takes_its_tokens_back(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    code = party.code(scope="openid offline_access")
    tokens = party.redeem(code).json()
    assert userinfo(party, tokens["access_token"]) == 200
    refused = party.redeem(code).json()
    assert refused["error"] == "invalid_grant"
    if vendor == "entra":
        assert refused["error_codes"] == [54005]
    assert userinfo(party, tokens["access_token"]) == 401
    again = party.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert again.json()["error"] == "invalid_grant"
    other = party.redeem(party.code()).json()
    assert userinfo(party, other["access_token"]) == 200


def test_okta_looks_tokens_up_and_revokes_them(registrar: Registrar) -> None:
    party = registrar.party("okta")
    tokens = party.redeem(party.code(scope="openid offline_access")).json()
    post = party.back_channel.post
    form = {"client_id": party.client_id, "client_secret": party.client_secret or ""}
    url = party.metadata["introspection_endpoint"]
    body = post(url, data={**form, "token": tokens["access_token"]}).json()
    assert (body["active"], body["client_id"]) == (True, party.client_id)
    assert post(url, data={**form, "token": "none of ours"}).json() == {"active": False}
    assert post(url, data={"token": tokens["access_token"]}).status_code == 401
    assert post(url, data=form).json()["error"] == "invalid_request"
    revoked = post(party.metadata["revocation_endpoint"], data={**form, "token": tokens["refresh_token"]})
    assert (revoked.status_code, revoked.content) == (200, b"")
    assert userinfo(party, tokens["access_token"]) == 401
    assert post(url, data={**form, "token": tokens["refresh_token"]}).json() == {"active": False}
