"""Userinfo and RP-initiated logout at both vendors."""

from __future__ import annotations

import httpx
import pytest

from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import RelyingParty

VENDORS = ["okta", "entra"]
AFTER = "http://localhost:9/signed-out"


def userinfo(party: RelyingParty, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return party.back_channel.get(party.metadata["userinfo_endpoint"], headers=headers)


def test_okta_userinfo_has_what_the_id_token_leaves_out(registrar: Registrar) -> None:
    party = registrar.party("okta")
    tokens = party.redeem(party.code()).json()
    claims = userinfo(party, tokens["access_token"]).json()
    assert list(claims) == [
        "sub",
        "name",
        "locale",
        "email",
        "preferred_username",
        "given_name",
        "family_name",
        "zoneinfo",
        "updated_at",
        "email_verified",
    ]
    assert claims["sub"] == party.verified(tokens["id_token"])["sub"]
    assert claims["email_verified"] is True
    assert registrar.journal("okta", party.state)[-1]["kind"] == "oidc.userinfo"


def test_okta_groups_need_their_scope(registrar: Registrar) -> None:
    registrar.change("okta", "PUT", "/personas/alice", {"groups": ["Everyone", "Agents"]})
    party = registrar.party("okta")
    without = party.redeem(party.code()).json()["access_token"]
    assert "groups" not in userinfo(party, without).json()
    having = party.redeem(party.code(scope="openid groups", state="second")).json()["access_token"]
    assert userinfo(party, having).json()["groups"] == ["Everyone", "Agents"]


def test_okta_says_when_an_address_is_not_verified(registrar: Registrar) -> None:
    registrar.change("okta", "PUT", "/personas/alice", {"email_verified": False})
    party = registrar.party("okta")
    claims = userinfo(party, party.redeem(party.code()).json()["access_token"]).json()
    assert claims["email_verified"] is False


def test_entra_userinfo_has_the_id_tokens_subject(registrar: Registrar) -> None:
    for version in ("v2.0", "v1.0"):
        party = registrar.party("entra", version=version)
        tokens = party.redeem(party.code()).json()
        claims = userinfo(party, tokens["access_token"]).json()
        assert list(claims) == ["sub", "name", "family_name", "given_name", "picture", "email"]
        assert claims["sub"] == party.verified(tokens["id_token"])["sub"]


def test_userinfo_refuses_what_is_no_access_token(registrar: Registrar) -> None:
    okta = userinfo(registrar.party("okta"), "invented")
    assert (okta.status_code, okta.content) == (401, b"")
    assert okta.headers["WWW-Authenticate"] == (
        'Bearer error="invalid_token", error_description="The access token is invalid."'
    )
    entra = userinfo(registrar.party("entra"), "invented")
    assert (entra.status_code, entra.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")


@pytest.mark.parametrize("vendor", VENDORS)
def test_access_tokens_expire_by_the_tenants_clock(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor)
    tokens = party.redeem(party.code()).json()
    registrar.change(vendor, "PUT", "/clock", {"offset_seconds": tokens["expires_in"] - 60})
    assert userinfo(party, tokens["access_token"]).status_code == 200
    registrar.change(vendor, "PUT", "/clock", {"offset_seconds": tokens["expires_in"] + 1})
    assert userinfo(party, tokens["access_token"]).status_code == 401


def logout(party: RelyingParty, **parameters: str) -> httpx.Response:
    return party.browser.get(party.metadata["end_session_endpoint"], params=parameters)


@pytest.mark.parametrize("vendor", VENDORS)
def test_logout_ends_the_session_and_goes_back(vendor: str, registrar: Registrar) -> None:
    party = registrar.party(vendor, post_logout_redirect_uris=[AFTER])
    id_token = party.redeem(party.code()).json()["id_token"]
    assert party.ask(prompt="none").headers["Location"].count("code=") == 1
    answer = logout(party, id_token_hint=id_token, post_logout_redirect_uri=AFTER, state="bye")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{AFTER}?state=bye")
    assert "error=login_required" in party.ask(prompt="none").headers["Location"]


def test_okta_logout_accepts_an_expired_hint(registrar: Registrar) -> None:
    party = registrar.party("okta", post_logout_redirect_uris=[AFTER])
    id_token = party.redeem(party.code()).json()["id_token"]
    registrar.change("okta", "PUT", "/clock", {"offset_seconds": 24 * 3600})
    answer = logout(party, id_token_hint=id_token, post_logout_redirect_uri=AFTER)
    assert answer.headers["Location"] == AFTER


def test_okta_logout_refuses_on_a_page(registrar: Registrar) -> None:
    party = registrar.party("okta", post_logout_redirect_uris=[AFTER])
    id_token = party.redeem(party.code()).json()["id_token"]
    header, claims, signature = id_token.split(".")
    for parameters in (
        {"post_logout_redirect_uri": AFTER},
        {"id_token_hint": "junk"},
        {"id_token_hint": "a.b.c"},
        {"id_token_hint": f"{header}.{claims}.{signature[::-1]}"},
        {"id_token_hint": id_token, "post_logout_redirect_uri": "http://evil.test/"},
    ):
        answer = logout(party, **parameters)
        assert answer.status_code == 400
        assert "Your request resulted in an error." in answer.text
    assert "code=" in party.ask(prompt="none").headers["Location"]


def test_entra_logout_needs_no_hint_but_a_registered_uri(registrar: Registrar) -> None:
    party = registrar.party("entra", post_logout_redirect_uris=[AFTER])
    party.sign_in()
    assert logout(party, post_logout_redirect_uri=AFTER).headers["Location"] == AFTER
    party.sign_in()
    answer = logout(party, post_logout_redirect_uri="http://evil.test/")
    assert answer.status_code == 200
    assert "You signed out of your account" in answer.text
    assert "error=login_required" in party.ask(prompt="none").headers["Location"]
