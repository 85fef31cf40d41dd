"""Accounts that are locked, disabled or late with their password; policies; resources; what has expired."""

from __future__ import annotations

import httpx
import pytest
from lxml import html

from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import decoded, redirect_parameters

PASSWORD = {"grant_type": "password", "username": "alice@acme.test", "password": "correct-horse-alice"}
QUARTER = 91 * 24 * 3600


def shown(page: httpx.Response) -> str:
    """The text of a page on one line."""
    return " ".join(html.fromstring(page.text).text_content().split())


@pytest.mark.parametrize(
    ("status", "number", "sentence"),
    [
        ("suspended", 50057, "Your account has been locked. Contact your support person to unlock it"),
        ("locked", 50053, "Your account is temporarily locked to prevent unauthorized use."),
        ("password_expired", 50055, "Your password has expired."),
    ],
)
def test_entra_tells_accounts_apart(status: str, number: int, sentence: str, registrar: Registrar) -> None:
    party = registrar.party("entra")
    registrar.persona("entra", "alice", status=status)
    assert sentence in shown(party.sign_in())
    refused = party.token(**PASSWORD, scope="openid").json()
    assert (refused["error"], refused["error_codes"]) == ("invalid_grant", [number])


def test_a_wrong_password_tells_only_that_an_account_is_locked(registrar: Registrar) -> None:
    party = registrar.party("entra")
    wrong = {"loginfmt": "alice@acme.test", "passwd": "wrong"}
    registrar.persona("entra", "alice", status="suspended")
    assert "Your account or password is incorrect." in shown(party.walk_with(party.ask(), wrong))
    registrar.persona("entra", "alice", status="locked")
    assert "temporarily locked" in shown(party.walk_with(party.ask(), wrong))


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("suspended", "Unable to sign in"),
        ("locked", "Your account is locked. Please contact your administrator."),
        ("password_expired", "Your password has expired."),
    ],
)
def test_okta_tells_accounts_apart(status: str, sentence: str, registrar: Registrar) -> None:
    party = registrar.party("okta")
    registrar.persona("okta", "alice", status=status)
    assert sentence in shown(party.sign_in())
    refused = party.token(**PASSWORD, scope="openid").json()
    assert refused == {
        "error": "invalid_grant",
        "error_description": "The credentials provided were invalid.",
    }


@pytest.mark.parametrize("vendor", ["okta", "entra"])
def test_a_session_outlives_a_locked_account_but_not_a_disabled_one(
    vendor: str, registrar: Registrar
) -> None:
    party = registrar.party(vendor)
    party.sign_in()
    registrar.persona(vendor, "alice", status="locked")
    assert "code" in redirect_parameters(party.ask(prompt="none"))
    registrar.persona(vendor, "alice", status="suspended")
    assert redirect_parameters(party.ask(prompt="none"))["error"] == "login_required"


def test_oktas_sign_on_policy_denies_the_password_grant(registrar: Registrar) -> None:
    party = registrar.party("okta")
    assert party.token(**PASSWORD, scope="openid").status_code == 200
    registrar.settings("okta", access_policy="mfa")
    refused = party.token(**PASSWORD, scope="openid")
    assert (refused.status_code, refused.json()["error"]) == (400, "access_denied")
    assert "Enter code" in party.sign_in().text  # a person is asked for the second factor


@pytest.mark.parametrize(("policy", "number"), [("mfa", 50076), ("mfa_registration", 50079)])
def test_entra_wants_a_second_factor_of_programs(policy: str, number: int, registrar: Registrar) -> None:
    party = registrar.party("entra")
    registrar.settings("entra", access_policy=policy)
    refused = party.token(**PASSWORD, scope="openid").json()
    assert (refused["error_codes"], refused["suberror"]) == ([number], "basic_action")
    page = party.sign_in()  # a person is asked for the second factor, or is taken to set it up
    assert page.is_redirect == (policy == "mfa_registration")
    assert page.is_redirect or "Enter code" in page.text


@pytest.mark.parametrize(("vendor", "number"), [("okta", None), ("entra", 700082)])
def test_a_refresh_token_ends_after_ninety_days(
    vendor: str, number: int | None, registrar: Registrar
) -> None:
    party = registrar.party(vendor)
    token = party.redeem(party.code(scope="openid offline_access")).json()["refresh_token"]
    registrar.change(vendor, "PUT", "/clock", {"offset_seconds": QUARTER})
    refused = party.token(grant_type="refresh_token", refresh_token=token).json()
    assert refused["error"] == "invalid_grant"
    if number:
        assert (refused["error_codes"], refused["suberror"]) == ([number], "bad_token")
        assert "and was inactive for 90.00:00:00." in refused["error_description"]


def test_entra_does_not_know_every_resource(registrar: Registrar) -> None:
    party = registrar.party("entra")
    refused = redirect_parameters(party.ask(scope="openid api://nowhere/read"))
    assert refused["error"] == "invalid_resource"
    assert refused["error_description"].startswith(
        "AADSTS500011: The resource principal named api://nowhere was not found in the tenant named"
    )
    older = registrar.party("entra", version="v1.0")
    assert redirect_parameters(older.ask(resource="api://nowhere"))["error"] == "invalid_resource"


def test_the_resource_of_v1_decides_the_audience(registrar: Registrar) -> None:
    party = registrar.party("entra", version="v1.0")
    api = f"api://{party.client_id}"
    at_authorize = party.redeem(party.code(resource=api)).json()
    at_token = party.redeem(party.code(), resource=api).json()
    for tokens in (at_authorize, at_token):
        claims = decoded(tokens["access_token"])[1]
        assert (tokens["resource"], claims["aud"], claims["scp"]) == (api, api, "user_impersonation")
    graph = party.redeem(party.code(resource="https://graph.microsoft.com")).json()
    assert decoded(graph["access_token"])[1]["aud"] == "00000003-0000-0000-c000-000000000000"


def test_v1_always_gives_a_refresh_token(registrar: Registrar) -> None:
    party = registrar.party("entra", version="v1.0")
    assert "refresh_token" in party.redeem(party.code(scope="openid")).json()


def test_graphs_userinfo_wants_a_token_for_graph(registrar: Registrar) -> None:
    party = registrar.party("entra")
    own = party.redeem(party.code(scope=f"openid api://{party.client_id}/read")).json()["access_token"]
    url, bearer = party.metadata["userinfo_endpoint"], {"Authorization": f"Bearer {own}"}
    refused = party.back_channel.get(url, headers=bearer)
    assert refused.status_code == 401
    assert refused.json()["error"]["message"] == "Access token validation failure. Invalid audience."


def test_oktas_words_for_an_unregistered_redirect_uri_until_2020(registrar: Registrar) -> None:
    party = registrar.party("okta")
    registrar.settings("okta", as_of="2020-03-01")
    assert "must be an absolute URI that is whitelisted" in shown(party.ask(redirect_uri="http://evil.test"))


def test_entras_common_document_keeps_its_null(registrar: Registrar) -> None:
    party = registrar.party("entra")
    base = registrar.tenant("entra")["base_url"]
    url = f"{base}/common/v2.0/.well-known/openid-configuration"
    assert party.browser.get(url).json()["tenant_region_scope"] is None
    registrar.settings("entra", discovery={"tenant_region_scope": None})
    assert "tenant_region_scope" not in party.browser.get(url).json()
