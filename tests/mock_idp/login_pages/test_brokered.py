"""Another identity provider vouches: Okta's `idp`, Entra's federated domains."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.login_pages.walking import Walk
from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import decoded

IDP = "0oaexternal0000000017"
THERE = "at-the-other-one"


@pytest.fixture
def other(idp: RunningIdp) -> dict[str, Any]:
    """The other identity provider, whose people have other passwords."""
    made = idp.new_tenant("generic")
    idp.made("PATCH", f"/tenants/{made['name']}/personas/alice", {"password": THERE})
    return made


def claims(walk: Walk) -> dict[str, Any]:
    return decoded(walk.party.redeem(walk.answer["code"]).json()["id_token"])[1]


def at_the_other_one(walk: Walk, persona: str = "alice") -> Walk:
    assert "Mock IdP for tests" in walk.page.text
    return walk.submit({"username": f"{persona}@acme.test", "password": THERE})


@pytest.fixture
def okta_walk(registrar: Registrar, other: dict[str, Any]) -> Walk:
    registrar.settings("okta", identity_providers={IDP: other["name"]})
    return Walk(registrar, "okta", registrar.party("okta"))


def test_idp_leads_to_the_other_one_and_is_told_in_the_token(okta_walk: Walk) -> None:
    assert claims(at_the_other_one(okta_walk.ask(idp=IDP)))["idp"] == IDP
    assert claims(okta_walk.ask(idp=IDP))["idp"] == IDP  # by the session
    okta_walk.party.browser.cookies.clear()
    by_password = okta_walk.ask().submit({"identifier": "alice@acme.test"})
    told = claims(by_password.submit({"credentials.passcode": "correct-horse-alice"}))["idp"]
    assert told == okta_walk.registrar.tenant("okta")["directory_id"]


def test_an_unknown_idp_leads_to_the_own_login(okta_walk: Walk) -> None:
    assert okta_walk.ask(idp="0oanothing").heading == "Sign In"


def test_the_second_factor_is_still_asked_for(okta_walk: Walk) -> None:
    okta_walk.registrar.settings("okta", access_policy="mfa")
    at_the_other_one(okta_walk.ask(idp=IDP))
    assert okta_walk.heading == "Verify with Google Authenticator"
    found = claims(okta_walk.submit({"credentials.passcode": okta_walk.code("alice")}))
    assert (found["idp"], found["amr"]) == (IDP, ["mfa", "otp", "pwd"])


def test_whoever_is_nobody_here_stays_outside(
    okta_walk: Walk, idp: RunningIdp, other: dict[str, Any]
) -> None:
    idp.made("PUT", f"/tenants/{other['name']}/personas/zoe", {"password": THERE})
    at_the_other_one(okta_walk.ask(idp=IDP), "zoe")
    assert okta_walk.page.status_code == 403
    assert okta_walk.ask(prompt="none").answer["error"] == "login_required"


def test_the_word_is_good_once_and_for_its_own_login(okta_walk: Walk) -> None:
    seen: list[str] = []
    okta_walk.party.browser.event_hooks["response"] = [
        lambda answer: seen.append(answer.headers.get("Location", ""))
    ]
    at_the_other_one(okta_walk.ask(idp=IDP))
    [back] = [url for url in seen if "/oauth2/v1/authorize/callback?" in url]
    for url in (back, f"{back}x", back.partition("?")[0]):
        assert httpx.get(url, trust_env=False).status_code == 400


@pytest.mark.parametrize("way", ["typed", "domain_hint", "credential_type"])
def test_entras_federated_domain(registrar: Registrar, other: dict[str, Any], way: str) -> None:
    registrar.settings("entra", identity_providers={"acme.test": other["name"]}, stay_signed_in="never")
    walk = Walk(registrar, "entra", registrar.party("entra"))
    if way == "domain_hint":
        walk.ask(domain_hint="acme.test", login_hint="alice@acme.test")
    else:
        walk.ask()
    if way == "typed":
        walk.submit({"loginfmt": "Alice@ACME.test"})
    if way == "credential_type":
        token = walk.tree.xpath("//input[@name='flowToken']/@value")[0]
        url = f"{registrar.tenant('entra')['base_url']}/common/GetCredentialType"
        asked = {"username": "alice@acme.test", "flowToken": token}
        kind = walk.party.browser.post(url, json=asked).json()
        assert not kind["Credentials"]["HasPassword"]
        walk.page = walk.party.browser.get(kind["Credentials"]["FederationRedirectUrl"])
    assert walk.tree.xpath("//input[@name='username']/@value")[0].casefold() == "alice@acme.test"
    assert claims(at_the_other_one(walk))["preferred_username"] == "alice@acme.test"


def test_a_provider_that_does_not_exist_is_told(okta_walk: Walk) -> None:
    okta_walk.registrar.settings("okta", identity_providers={IDP: "gone"})
    okta_walk.ask(idp=IDP)
    assert (okta_walk.page.status_code, "&#39;gone&#39;" in okta_walk.page.text) == (502, True)
