"""Customer Care's plane: the flag, the way back from a lock-out, clients, and its sign-in."""

import re
from typing import Any

import pytest

from tests.platform_stub.conftest import OPERATOR, Api, World
from tests.platform_stub.databases import on_both

database = on_both

FLAG = "/api/clients/acme/single-sign-on-flag"
NEW = {"code": "beta", "name": "Beta", "sysadmin": {"login": "bea", "password": "correct-horse-bea"}}


def principals(world: World) -> list[bool]:
    """Return who gets in by password: sysadmin, superuser, manager, auditor, two agents, API."""
    users = [world.browser().sign_in(login).status_code == 303 for login in ("sam", "sue", "mona", "ada")]
    agents = [
        world.browser().sign_in(login, at="/acme/AgentLogin").status_code == 303
        for login in ("adam", "trudy")
    ]
    body = {"clientName": "acme", "userName": "sam", "password": "correct-horse-sam"}
    headers = {"LV-Access": world.lv_access}
    api = world.portal.test_client().post("/api/session/login", json=body, headers=headers)
    return [*users, *agents, api.status_code == 200]


def test_health_needs_no_token_and_the_rest_does(world: World) -> None:
    http = world.care.test_client()
    assert http.get("/health").get_json()["status"] == "ok"
    wrong: list[dict[str, str]] = [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic operator-token"},
    ]
    for headers in wrong:
        for method, path in (("GET", "/api/clients"), ("PUT", FLAG), ("POST", "/shutdown")):
            answer = Api(http, headers).call(method, path, {}, 401)
            assert answer["error"] == "operator-token-required"
    assert not world.stopped


def test_a_new_client_has_one_sysadmin_with_a_session(world: World) -> None:
    care = world.care_api()
    made = care.call("POST", "/api/clients", NEW, 201)
    assert set(made) == {"code", "id", "lv_access", "session"}
    api = Api(world.portal.test_client(), {"LV-Session": made["session"]})
    users = api.call("GET", "/api/configuration/users")["users"]
    assert [(user["login"], user["role"]) for user in users] == [("bea", "Sysadmin")]
    assert care.call("GET", "/api/clients/beta")["single_sign_on_flag"] is False
    assert care.call("POST", "/api/clients", NEW, 409)["error"] == "client-exists"
    care.call("DELETE", "/api/clients/beta", status=204)
    assert care.call("GET", "/api/clients/beta", status=404)["error"] == "unknown-client"
    assert api.call("GET", "/api/configuration/users", status=401)


@pytest.mark.parametrize(
    "change",
    [
        {"code": "a/b"},
        {"code": ""},
        {"code": "static"},
        {"code": "Api"},
        {"code": 5},
        {"sysadmin": {"login": "x"}},
        {"sysadmin": {"login": "x", "password": "short"}},
        {"sysadmin": {"login": "x", "password": "correct-horse-x", "role": "Manager"}},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_bad_client_is_refused_and_leaves_nothing(world: World, change: dict[str, Any]) -> None:
    care = world.care_api()
    assert care.call("POST", "/api/clients", {**NEW, **change}, 422)["message"]
    assert [client["code"] for client in care.call("GET", "/api/clients")["clients"]] == ["acme"]


def test_the_flag_opens_the_configuration_and_is_audited(world: World) -> None:
    care, api = world.care_api(), world.api()
    api.call("GET", "/api/configuration/sso", status=403)
    assert care.call("PUT", FLAG, {"on": True})["single_sign_on_flag"] is True
    api.call("GET", "/api/configuration/sso")
    entry = world.audit("sso.flag")[-1]
    assert (entry["actor"], entry["detail"]["old"], entry["detail"]["new"]) == ("Customer Care", False, True)


def test_taking_the_flag_away_while_enabled_brings_passwords_back(licensed: World) -> None:
    licensed.api().call("PUT", "/api/configuration/sso", {"saml": {"issuer_url": "kept"}})
    licensed.enable()
    assert not any(principals(licensed))
    licensed.care_api().call("PUT", FLAG, {"on": False})
    assert all(principals(licensed))
    licensed.care_api().call("PUT", FLAG, {"on": True})
    config = licensed.config()
    assert (config.enabled, config.saml.issuer_url) == (False, "kept")


def test_enabling_with_nothing_saved_locks_everybody_out_until_customer_care_disables(
    licensed: World,
) -> None:
    assert all(principals(licensed))
    licensed.api().call("PUT", "/api/configuration/sso/enabled", {"enabled": True})
    assert not any(principals(licensed))
    for path in ("/acme", "/acme/AgentLogin"):
        answer = licensed.browser().get(path)
        assert answer.status_code == 403
        assert 'data-refusal="sso-not-configured"' in answer.text
    shown = licensed.care_api().call("POST", "/api/clients/acme/disable-single-sign-on")
    assert shown["enabled"] is False
    assert all(principals(licensed))
    assert licensed.audit("sso.disabled")[-1]["actor"] == "Customer Care"


def test_a_session_opened_before_reaches_the_switch(licensed: World) -> None:
    browser = licensed.signed_in("sam")
    tab = "/acme/configure/client/security"
    browser.get(tab)
    browser.post(f"{tab}/enable", {"enabled": "on"})
    assert not any(principals(licensed))
    assert "Nobody can sign in now" in browser.get(tab).text
    browser.post(f"{tab}/enable", {"enabled": "off"})
    assert all(principals(licensed))


def test_one_clients_lock_out_leaves_another_alone(licensed: World) -> None:
    licensed.care_api().call("POST", "/api/clients", NEW, 201)
    licensed.enable()
    assert licensed.browser().sign_in("bea", at="/beta", client_code="beta").status_code == 303
    licensed.care_api().call("PUT", "/api/clients/beta/single-sign-on-flag", {"on": True})
    assert licensed.config().enabled


def test_disable_without_the_flag_changes_nothing(world: World) -> None:
    assert world.care_api().call("POST", "/api/clients/acme/disable-single-sign-on")["enabled"] is False


def test_the_audit_of_a_client(licensed: World) -> None:
    entries = licensed.care_api().call("GET", "/api/clients/acme/audit")["entries"]
    assert entries[0]["action"] == "client.created"
    assert (
        licensed.care_api().call("GET", f"/api/clients/acme/audit?after={entries[-1]['seq']}")["entries"]
        == []
    )


def test_weaknesses_and_shutdown(world: World) -> None:
    care = world.care_api()
    assert {"name", "class", "summary"} == set(care.call("GET", "/api/weaknesses")[0])
    care.call("POST", "/shutdown", status=202)
    assert world.stopped == ["stop"]


def test_an_operator_signs_in_and_works_on_the_pages(world: World) -> None:
    http = world.care.test_client()
    assert http.get("/").headers["Location"] == "/care"
    assert "Operator sign-in" in http.get("/care").text
    assert http.post("/care/sign-in", data={"token": "wrong"}).status_code == 403
    assert http.post("/care/sign-in", data={"token": "operator-token"}).status_code == 303
    token = _token(http.get("/care").text)
    form = {"csrf_token": token, "code": "beta", "name": "Beta", "login": "bea", "email": ""}
    refused = http.post("/care/clients", data={**form, "password": "short"})
    assert refused.status_code == 422 and 'value="beta"' in refused.text
    made = http.post("/care/clients", data={**form, "password": "correct-horse-bea"})
    assert "LV-Access" in made.text
    http.post("/care/clients/beta/flag", data={"csrf_token": token, "on": "true"})
    assert world.care_api().call("GET", "/api/clients/beta")["single_sign_on_flag"] is True
    http.post("/care/clients/beta/disable", data={"csrf_token": token})
    assert (
        http.post("/care/clients/beta/delete", data={"csrf_token": token, "confirm": "no"}).status_code == 422
    )
    http.post("/care/clients/beta/delete", data={"csrf_token": token, "confirm": "beta"})
    assert "beta" not in http.get("/care").text
    http.post("/care/sign-out", data={"csrf_token": token})
    assert "Operator sign-in" in http.get("/care").text


def test_an_operators_form_needs_their_token_and_their_session(world: World) -> None:
    http = world.care.test_client()
    assert http.post("/care/clients/acme/flag", data={"on": "true"}).status_code == 303
    http.post("/care/sign-in", data={"token": "operator-token"})
    assert http.post("/care/clients/acme/flag", data={"on": "true"}).status_code == 403
    world.clock.advance(hours=9)
    assert "Operator sign-in" in http.get("/care").text
    assert Api(http, OPERATOR).call("GET", "/api/clients/acme")["single_sign_on_flag"] is False


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def test_the_metadata_mode_is_customer_cares(world: World) -> None:
    care, mode = world.care_api(), "/api/clients/acme/metadata-mode"
    assert care.call("GET", "/api/clients/acme")["metadata_mode"] == "import_once"
    assert care.call("PUT", mode, {"mode": "refresh"})["metadata_mode"] == "refresh"
    wrong = care.call("PUT", mode, {"mode": "daily"}, 422)
    assert "import_once, refresh" in wrong["message"]


def test_there_is_no_test_clock_unless_it_was_asked_for(world: World) -> None:
    world.care_api().call("PUT", "/api/clients/acme/clock", {"ahead_seconds": 60}, 404)


def test_a_knob_is_turned_for_one_client_alone(world: World) -> None:
    care = world.care_api()
    told = care.call("PUT", "/api/clients/acme/knobs", {"email_match": "casefold"})
    assert told["knobs"] == {"email_match": "casefold"}
    told = care.call("PUT", "/api/clients/acme/knobs", {"idp_initiated": "allow"})
    assert told["knobs"] == {"email_match": "casefold", "idp_initiated": "allow"}
    with world.ctx.store.read() as tx:
        acme = tx.clients.by_code("acme")
    assert acme is not None
    assert world.ctx.policy_of(acme).email_match == "casefold"
    assert world.ctx.policy_of(world.acme).email_match == "exact"  # as it was read before
    refused = care.call("PUT", "/api/clients/acme/knobs", {"email_match": "loose"}, 422)
    assert "exact, casefold" in refused["message"]
    care.call("PUT", "/api/clients/acme/knobs", {"saml_checks": "none"}, 422)
