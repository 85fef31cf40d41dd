"""Each request of a login is answered by another worker than the one before."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.mock_idp.browser import Browser
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import REDIRECT_URI, RelyingParty, decoded, redirect_parameters
from tests.mock_idp.saml.support import ACS, Request, one, register, response_of, verifies
from tests.mock_idp.workers.conftest import Parties, Turns

BOTH = pytest.mark.parametrize("vendor", ["okta", "entra"])
RACERS = 20
YEAR = 365 * 86_400


def journal_of(idp: RunningIdp, tenant: dict[str, Any]) -> list[dict[str, Any]]:
    """The whole journal, which must be numbered without gaps and dated in that order."""
    told = idp.made("GET", f"/tenants/{tenant['name']}/journal")
    entries: list[dict[str, Any]] = told["entries"]
    assert [entry["seq"] for entry in entries] == list(range(1, told["last"] + 1))
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    return entries


@BOTH
def test_a_saml_login_and_logout(
    idp: RunningIdp, browser: Browser, request: pytest.FixtureRequest, vendor: str
) -> None:
    tenant = request.getfixturevalue(vendor)
    provider = register(idp, tenant, sign="both", logout_url="http://localhost:9/slo")
    asked = Request(relay_state="here")
    response = response_of(provider.log_in(browser, asked))
    assert response.get("InResponseTo") == asked.id
    assert verifies(response, provider.registration["certificate"])
    again = Request()
    assert response_of(provider.send(browser, again)).get("InResponseTo") == again.id, "the session holds"
    signed_out = f"{tenant['base_url']}/login/signout" if vendor == "okta" else entra_signout(tenant)
    page = browser.http.get(signed_out, follow_redirects=False)
    assert page.status_code in (200, 302)
    kinds = [entry["kind"] for entry in journal_of(idp, tenant)]
    assert kinds.count("saml.response") == 2
    assert kinds.count("saml.logout_request_sent") == 1, "the service provider took part in the session"
    assert "SAMLResponse" not in provider.send(browser, Request()).text


def entra_signout(tenant: dict[str, Any]) -> str:
    """Entra's own sign-out."""
    return f"{tenant['base_url']}/common/wsfed?wa=wsignout1.0"


@BOTH
def test_an_oidc_login_to_the_last_token(
    idp: RunningIdp, registrar: Registrar, parties: Parties, vendor: str
) -> None:
    party = parties(vendor)
    code = party.code(scope="openid profile email offline_access")
    tokens = party.redeem(code).raise_for_status().json()
    assert party.verified(tokens["id_token"])["nonce"] == party.nonce
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for _ in range(2):  # by either worker
        fresh = party.token(**form).raise_for_status().json()
        form["refresh_token"] = fresh["refresh_token"]
    bearer = {"Authorization": f"Bearer {fresh['access_token']}"}
    for _ in range(2):
        claims = party.back_channel.get(party.metadata["userinfo_endpoint"], headers=bearer)
        assert claims.raise_for_status().json()["sub"]
    for _ in range(2):
        assert party.redeem(code).status_code == 400
    assert party.token(**form).status_code == 400, "a code that came twice revokes what came of it"
    entries = journal_of(idp, registrar.tenant(vendor))
    assert [entry["kind"] for entry in entries].count("oidc.userinfo") == 2


@BOTH
def test_a_session_holds_and_a_forced_login_is_asked_for(parties: Parties, vendor: str) -> None:
    party = parties(vendor)
    party.code()
    assert "code" in redirect_parameters(party.ask(prompt="none"))
    assert "code" in redirect_parameters(party.ask(prompt="none"))
    assert party.ask(prompt="login").status_code == 200
    assert "code" in redirect_parameters(party.walk(party.ask(prompt="login"), "alice"))


def test_a_pushed_request_is_pulled_once(parties: Parties) -> None:
    party = parties("okta")
    party.code()
    form = {**party.parameters(), "client_secret": party.client_secret or ""}
    endpoint = party.metadata["authorization_endpoint"].replace("/authorize", "/par")
    pushed = party.back_channel.post(endpoint, data=form)
    asked = {"client_id": party.client_id, "request_uri": pushed.raise_for_status().json()["request_uri"]}
    answers = [party.browser.get(party.metadata["authorization_endpoint"], params=asked) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 400]


@BOTH
def test_one_of_twenty_redeems_a_code(
    idp: RunningIdp, registrar: Registrar, parties: Parties, turns: Turns, vendor: str
) -> None:
    party = parties(vendor)
    form = {
        "grant_type": "authorization_code",
        "code": party.code(),
        "redirect_uri": REDIRECT_URI,
        "code_verifier": party.verifier,
        "client_id": party.client_id,
        "client_secret": party.client_secret or "",
    }
    turns.all()

    def redeem(_: int) -> int:
        return httpx.post(
            party.metadata["token_endpoint"], data=form, trust_env=False, timeout=60
        ).status_code

    with ThreadPoolExecutor(RACERS) as racers:
        statuses = sorted(racers.map(redeem, range(RACERS)))
    assert statuses == [200, *[400] * (RACERS - 1)]
    kinds = [entry["kind"] for entry in journal_of(idp, registrar.tenant(vendor))]
    assert kinds.count("oidc.token_request") == RACERS
    assert kinds.count("oidc.token_response") == 1


@BOTH
def test_a_fault_fires_whoever_answers_and_is_counted_once(
    registrar: Registrar, parties: Parties, vendor: str
) -> None:
    party = parties(vendor)
    for worker in range(2):
        party.state = f"attempt-{worker}"
        fault = registrar.arm(vendor, party.state, "oidc.id-token.foreign-key")
        token = party.redeem(party.code()).raise_for_status().json()["id_token"]
        with pytest.raises(Exception, match="ignature verification failed"):
            party.verified(token)
        assert registrar.fired(vendor, fault) == 1
        party.browser.get(party.metadata["jwks_uri"])  # so that the other one is first next time


@BOTH
def test_an_order_for_the_next_login_is_carried_out_once(
    idp: RunningIdp, browser: Browser, request: pytest.FixtureRequest, vendor: str
) -> None:
    provider = register(idp, request.getfixturevalue(vendor))
    fault = {"name": "saml.audience.replace", "audience": "https://other.example"}
    body = {"match": {"persona": "alice"}, "times": 1, "fault": fault}
    order = idp.made("POST", f"{provider.path}/faults", body)["id"]
    pages = [provider.log_in(browser, Request()), *(provider.send(browser, Request()) for _ in range(3))]
    path = "saml:Assertion/saml:Conditions/saml:AudienceRestriction/saml:Audience"
    audiences = [one(response_of(page), path).text for page in pages]
    assert audiences == ["https://other.example", *["http://localhost:9/metadata"] * 3]
    told = idp.made("GET", f"{provider.path}/faults/{order}")
    assert (told["fired"], told["left"], told["armed"]) == (1, 0, False)


def seen_by_both(party: RelyingParty, look: Callable[[httpx.Response], Any]) -> Any:  # noqa: ANN401 - what `look` finds
    """What both workers answer at the JWKS, which must be the same."""
    first, second = (look(party.browser.get(party.metadata["jwks_uri"])) for _ in range(2))
    assert first == second
    return first


@BOTH
def test_clock_and_keys_change_for_everybody_at_once(
    registrar: Registrar, parties: Parties, vendor: str
) -> None:
    party = parties(vendor)

    def kids(answer: httpx.Response) -> list[str]:
        return [key["kid"] for key in answer.raise_for_status().json()["keys"]]

    def issued() -> tuple[str, int]:
        header, claims = decoded(party.redeem(party.code()).raise_for_status().json()["id_token"])
        return header["kid"], claims["exp"]

    first = seen_by_both(party, kids)
    told = [registrar.change(vendor, "POST", "/keys", {"action": "publish_next"})]
    assert set(seen_by_both(party, kids)) == set(told[0]["published"]) > set(first)
    before = issued()
    registrar.change(vendor, "POST", "/keys", {"action": "activate_next"})
    registrar.change(vendor, "PUT", "/clock", {"offset_seconds": YEAR})
    for _ in range(2):
        party.browser.cookies.clear()
        after = issued()
        assert after[0] != before[0]
        assert after[1] - before[1] >= YEAR
        party.browser.get(party.metadata["jwks_uri"])
    assert set(seen_by_both(party, kids)) == set(told[0]["published"])


@BOTH
def test_a_changed_person_and_a_reset_are_seen_by_everybody(
    idp: RunningIdp, registrar: Registrar, parties: Parties, vendor: str
) -> None:
    party = parties(vendor)
    party.code()
    registrar.persona(vendor, "alice", status="suspended")
    for _ in range(2):
        assert "error" in redirect_parameters(party.ask(prompt="none"))
    registrar.change(vendor, "POST", "/reset")
    assert journal_of(idp, registrar.tenant(vendor)) == []
    for _ in range(2):
        assert "error" in redirect_parameters(party.ask(prompt="none")), "the session is gone"
    assert party.redeem(party.code()).status_code == 200, "alice is active again"


def test_people_who_are_made_at_their_login_are_known_to_the_other_worker(
    registrar: Registrar, parties: Parties
) -> None:
    registrar.settings("okta", unknown_people="create", claims_at_login=True)
    party = parties("okta")
    answers = {"identifier": "zoe@acme.test", "credentials.passcode": "correct-horse-zoe"}
    code = redirect_parameters(party.walk_with(party.ask(), answers))["code"]
    assert decoded(party.redeem(code).json()["id_token"])[1]["sub"]
    assert "zoe" in registrar.change("okta", "GET", "/personas")["personas"]


def test_a_deleted_tenant_is_gone_and_its_name_comes_back_empty(idp: RunningIdp, turns: Turns) -> None:
    with turns.client() as client:
        for personality in ("okta", "entra"):
            made = idp.made("POST", "/tenants", {"name": "again", "personality": personality})
            for _ in range(2):
                document = client.get(made["urls"]["discovery_url"]).raise_for_status().json()
                assert document["issuer"] == made["urls"]["issuer"]
            idp.made("DELETE", "/tenants/again")
            assert [client.get(made["urls"]["discovery_url"]).status_code for _ in range(2)] == [404, 404]


def test_the_acs_is_the_one_of_the_request(idp: RunningIdp, browser: Browser, okta: dict[str, Any]) -> None:
    provider = register(idp, okta)
    page = provider.log_in(browser, Request(binding="post"))
    assert response_of(page).get("Destination") == ACS
