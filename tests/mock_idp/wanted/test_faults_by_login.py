"""Faults without a header: chosen by person, application, hint or RelayState, for the next logins."""

from __future__ import annotations

import time

import pytest

from mock_idp.testing import ControlCallError, RunningIdp, TestTenant
from tests.mock_idp.browser import Browser
from tests.mock_idp.oidc.relying_party import RelyingParty, decoded, redirect_parameters
from tests.mock_idp.saml.support import AUDIENCE, Request, ServiceProvider, response_text
from tests.mock_idp.wanted.conftest import SAML_APP

EXPIRED = "oidc.id-token.expired"


def provider(tenant: TestTenant) -> ServiceProvider:
    app = tenant.app("portal", **SAML_APP)
    return ServiceProvider(tenant.idp, {"name": tenant.name}, app)  # type: ignore[arg-type]  # it only sends


def is_expired(party: RelyingParty, persona: str = "alice", **request: str) -> bool:
    party.browser.cookies.clear()
    claims = decoded(party.redeem(party.code(persona, **request)).json()["id_token"])[1]
    return bool(claims["exp"] < time.time())


def test_the_next_two_logins_of_one_person(tenant: TestTenant, party: RelyingParty) -> None:
    order = tenant.fault(EXPIRED, match={"persona": "alice"}, times=2)
    met = []
    for number, person in enumerate(("mallory", "alice", "alice", "alice")):
        party.state = f"login-{number}"
        met.append(is_expired(party, person))
    assert met == [False, True, True, False]
    told = tenant.call("GET", f"/faults/{order}")
    assert (told["fired"], told["left"], told["armed"]) == (2, 0, False)
    assert [entry["attempt"] for entry in told["applied"]] == ["login-1", "login-2"]


@pytest.mark.parametrize(
    "match",
    [
        {},
        {"persona": "alice@acme.test"},
        {"app": "web"},
        {"login_hint": "lie"},
        {"app": "web", "persona": "alice"},
    ],
)
def test_what_a_login_is_chosen_by(tenant: TestTenant, party: RelyingParty, match: dict[str, str]) -> None:
    tenant.fault(EXPIRED, match=match)
    assert is_expired(party, login_hint="lie")


def test_another_hint_person_or_protocol_is_left_alone(tenant: TestTenant, party: RelyingParty) -> None:
    for match in ({"login_hint": "lie"}, {"persona": "mallory"}, {"app": "web", "persona": "mallory"}):
        tenant.fault(EXPIRED, match=match)
    tenant.fault("saml.signature.strip", match={})
    assert not is_expired(party, login_hint="honest")


def test_a_fault_can_be_taken_back(tenant: TestTenant, party: RelyingParty) -> None:
    order = tenant.fault(EXPIRED, match={}, times=None)
    assert is_expired(party)
    tenant.call("DELETE", f"/faults/{order}")
    party.state = "another"
    assert not is_expired(party)
    assert tenant.call("GET", "/faults") == {"faults": []}
    with pytest.raises(ControlCallError, match="No fault was armed"):
        tenant.call("DELETE", f"/faults/{order}")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"fault": {"name": EXPIRED}}, "either attempt"),
        ({"fault": {"name": EXPIRED}, "match": {}, "attempt": "x"}, "either attempt"),
        ({"fault": {"name": EXPIRED}, "match": {"persona": "alize"}}, "Did you mean 'alice'"),
        ({"fault": {"name": EXPIRED}, "match": {"app": "wep"}}, "There is no app named"),
        ({"fault": {"name": EXPIRED}, "match": {"user": "alice"}}, "unknown field"),
        ({"fault": {"name": EXPIRED}, "match": {}, "times": 0}, "greater than"),
    ],
)
def test_an_order_that_cannot_be_is_told(tenant: TestTenant, body: dict[str, object], said: str) -> None:
    with pytest.raises(ControlCallError, match=said):
        tenant.call("POST", "/faults", body)


def test_saml_by_relay_state_and_without_any_request(tenant: TestTenant) -> None:
    service = provider(tenant)
    tenant.fault("saml.audience.replace", match={"relay_state": "lie"}, audience="https://elsewhere.test")
    with Browser() as browser:
        honest = service.log_in(browser, Request(relay_state="honest"))
        lying = service.send(browser, Request(relay_state="lie"))
        tenant.fault("saml.audience.replace", match={"persona": "alice"}, audience="https://elsewhere.test")
        unsolicited = browser.get(service.registration["start_url"])
        after = browser.get(service.registration["start_url"])
    seen = ["https://elsewhere.test" in response_text(page) for page in (honest, lying, unsolicited, after)]
    assert seen == [False, True, True, False]
    assert AUDIENCE in response_text(after)


def test_a_person_is_denied_and_a_code_is_refused(tenant: TestTenant, party: RelyingParty) -> None:
    tenant.fault("oidc.authz-response.error", match={"persona": "alice"})
    denied = redirect_parameters(party.sign_in())
    assert (denied["error"], denied["state"]) == ("access_denied", party.state)
    assert "code" not in denied
    tenant.fault("oidc.token-response.error", match={"persona": "alice"})
    party.state = "second"
    answer = party.redeem(party.code())
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert tenant.count("oidc.token_request") == 1


def test_a_server_keeps_its_tenants_apart(mock_idp_server: RunningIdp, tenant: TestTenant) -> None:
    other = mock_idp_server.tenant("okta")
    tenant.fault(EXPIRED, match={})
    assert other.call("GET", "/faults") == {"faults": []}
    other.delete()
