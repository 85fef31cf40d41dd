"""Safe mode: the gate, the readiness report, recovery codes and their sessions, on screens and in the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from werkzeug.test import TestResponse

from platform_stub.policy import GATE_CHECKS, STRICT, Policy
from platform_stub.running import Options, Platform
from platform_stub.safe_mode.readiness import locked_out
from platform_stub.store import Account, Surface
from tests.platform_stub.certs import pem
from tests.platform_stub.conftest import COMPLETE_SAML, OPERATOR, World, build

SSO = "/api/configuration/sso"
TAB = "/acme/configure/client/security"


def _world(**policy: Any) -> World:  # noqa: ANN401 - fields of Policy
    world = build(replace(STRICT, safe_mode="on", **policy))
    world.flag(on=True)
    return world


@pytest.fixture
def safe() -> Iterator[World]:
    world = _world()
    yield world
    world.ctx.store.close()


def _codes(world: World) -> list[str]:
    codes: list[str] = world.api().call("POST", f"{SSO}/recovery-codes", {}, 201)["codes"]
    return codes


def _overridden(world: World) -> list[str]:
    """Enable with nothing tested, as an acknowledged override, and return the recovery codes."""
    codes = _codes(world)
    world.api().call("PUT", f"{SSO}/enabled", {"enabled": True, "acknowledgement": "acme"})
    return codes


def _recover(world: World, code: str, status: int = 200) -> Any:  # noqa: ANN401 - JSON
    answer = world.portal.test_client().post(
        "/api/session/recover",
        json={"clientName": "acme", "recoveryCode": code},
        headers={"LV-Access": world.lv_access},
    )
    assert answer.status_code == status, answer.text
    return answer.get_json()


def _by_screen(world: World, code: str) -> tuple[Any, TestResponse]:
    browser = world.browser()
    return browser, browser.post("/acme/recovery", {"code": code})


def test_safe_mode_is_off_by_default(licensed: World) -> None:
    assert STRICT.safe_mode == "off"
    licensed.api().call("GET", f"{SSO}/readiness", status=404)
    assert licensed.browser().get("/acme/recovery").status_code == 404
    assert 'id="safe-mode"' not in licensed.signed_in().get(TAB).text
    licensed.api().call("PUT", f"{SSO}/enabled", {"enabled": True})


def test_customer_care_turns_it_on_for_one_client(licensed: World) -> None:
    licensed.care_api().call("PUT", "/api/clients/acme/knobs", {"safe_mode": "on"})
    licensed.api().call("PUT", f"{SSO}/enabled", {"enabled": True}, 409)


def test_the_gate_lists_what_is_not_ready_and_names_accounts(safe: World) -> None:
    users = safe.api()
    users.call("PUT", "/api/configuration/users/mona", {"email": ""})
    users.call("PUT", "/api/configuration/agents/adam", {"email": "sip:adam@acme.test"})
    told = users.call("PUT", f"{SSO}/enabled", {"enabled": True}, 409)
    report = told["readiness"]
    assert told["error"] == "not-ready"
    assert [problem["code"] for problem in report["problems"]] == [
        "fields-missing",
        "user-test-missing",
        "agent-test-missing",
        "own-email-not-matched",
        "accounts-locked-out",
        "recovery-codes-missing",
    ]
    assert {(one["login"], one["reason"]) for one in report["locked_out"]} == {
        ("mona", "no-email"),
        ("adam", "sip-address"),
    }
    assert report["locked_out_counts"] == {"no-email": 1, "sip-address": 1}
    assert not safe.config().enabled
    assert safe.audit("sso.enabled")[0]["result"] == "refused"


def test_an_expired_certificate_is_not_ready(safe: World) -> None:
    saml = {**COMPLETE_SAML, "certificate_x509": pem(last_year=2026)}
    safe.api().call("PUT", SSO, {"saml": saml})
    codes = [p["code"] for p in safe.api().call("GET", f"{SSO}/readiness")["problems"]]
    assert "certificate-not-valid" in codes
    assert "fields-missing" not in codes


def test_an_override_needs_the_client_code_and_recovery_codes_and_is_audited(safe: World) -> None:
    api = safe.api()
    api.call("PUT", f"{SSO}/enabled", {"enabled": True, "acknowledgement": "acme"}, 409)  # no codes yet
    _codes(safe)
    refused = api.call("PUT", f"{SSO}/enabled", {"enabled": True, "acknowledgement": "ACME"}, 409)
    assert "“ACME” is not the Client Code" in refused["message"]
    assert api.call("PUT", f"{SSO}/enabled", {"enabled": True, "acknowledgement": "acme"})["enabled"]
    (line,) = safe.audit("sso.enable-overridden")
    assert line["actor"] == "sam"
    assert line["detail"]["acknowledgement"] == "acme"
    assert "user-test-missing" in line["detail"]["problems"]


def test_the_screen_has_the_same_gate(safe: World) -> None:
    browser = safe.signed_in()
    assert "Not ready" in browser.get(TAB).text
    answer = browser.post(f"{TAB}/enable", {"enabled": "on"})
    assert answer.status_code == 409
    assert "Single sign-on stays off" in answer.text
    shown = browser.post(f"{TAB}/recovery-codes")
    codes = re.findall(r"<li><code>([A-Z0-9-]{19})</code>", shown.text)
    assert len(set(codes)) == 10
    assert not any(code in browser.get(TAB).text for code in codes)
    assert (
        "is not the Client Code"
        in browser.post(f"{TAB}/enable", {"enabled": "on", "acknowledgement": "no"}).text
    )
    browser.get(TAB)
    assert browser.post(f"{TAB}/enable", {"enabled": "on", "acknowledgement": "acme"}).status_code == 303
    assert safe.config().enabled


def test_what_the_gate_does_not_check_is_what_the_policy_says() -> None:
    for check in GATE_CHECKS:
        world = _world(gate_checks=frozenset({check}))
        told = world.api().call("GET", f"{SSO}/readiness")["problems"]
        assert len(told) <= 1
        world.ctx.store.close()


def test_only_a_sysadmin_makes_codes_and_they_are_hashed(safe: World) -> None:
    for login in ("sue", "ada", "mona"):
        safe.api(login).call("POST", f"{SSO}/recovery-codes", {}, 403)
    codes = _codes(safe)
    assert safe.api().call("GET", f"{SSO}/recovery-codes") == {"left": 10}
    with safe.ctx.store.read() as tx:
        kept = tx.recovery_codes.stored(safe.acme.id)
    assert not {code.replace("-", "") for code in codes} & set(kept)
    (line,) = safe.audit("recovery-codes.made")
    assert line["detail"] == {"made": 10, "voided": 0}


def test_a_code_opens_the_security_tab_once_and_nothing_else(safe: World) -> None:
    codes = _overridden(safe)
    browser, answer = _by_screen(safe, f" {codes[0].lower()} ")
    assert (answer.status_code, answer.headers["Location"]) == (303, TAB)
    assert browser.get(TAB).status_code == 200
    for path in ("/acme/home", "/acme/configure/users", "/acme/configure/audit"):
        assert browser.get(path).status_code == 403, path
    assert browser.post(f"{TAB}/recovery-codes").status_code == 403
    _, again = _by_screen(safe, codes[0])
    assert again.status_code == 401
    browser.get(TAB)
    assert browser.post(f"{TAB}/enable", {"enabled": "off"}).status_code == 303
    assert safe.audit("sso.disabled")[0]["actor"] == "sam (recovery code)"
    assert [line["result"] for line in safe.audit("login.recovery")] == ["ok", "refused"]
    assert safe.signed_in().get("/acme/home").status_code == 200


def test_a_recovery_session_of_the_api_is_as_limited(safe: World) -> None:
    codes = _overridden(safe)
    headers = {"LV-Session": _recover(safe, codes[1])["sessionId"]}
    http = safe.portal.test_client()
    assert http.get(SSO, headers=headers).status_code == 200
    for path in ("/api/configuration/users", "/api/audit", f"{SSO}/recovery-codes"):
        assert http.get(path, headers=headers).status_code == 403, path
    safe.clock.advance(minutes=14)
    assert http.get(SSO, headers=headers).status_code == 200
    safe.clock.advance(minutes=2)
    assert http.get(SSO, headers=headers).status_code == 401


def test_wrong_codes_are_counted_for_a_quarter_of_an_hour(safe: World) -> None:
    codes = _overridden(safe)
    for _ in range(5):
        _recover(safe, "AAAA-AAAA-AAAA-AAAA", 401)
    assert "Wait 15 minutes" in _recover(safe, codes[0], 429)["message"]
    safe.clock.advance(minutes=16)
    _recover(safe, codes[0])


def test_new_codes_void_the_old_ones(safe: World) -> None:
    old = _codes(safe)
    new = _overridden(safe)
    _recover(safe, old[0], 401)
    _recover(safe, new[0])


def test_codes_are_refused_while_single_sign_on_is_off_and_for_a_former_sysadmin(safe: World) -> None:
    codes = _overridden(safe)
    safe.enable(on=False)
    assert "not used up" in _recover(safe, codes[0], 409)["message"]
    with safe.ctx.store.write() as tx:
        sam = tx.accounts.by_login(safe.acme.id, Surface.USER, "sam")
        assert sam
        tx.clients.set_enabled(safe.acme.id, on=True)
        tx.accounts.change(sam.id, {"active": False})
    _recover(safe, codes[0], 403)


def _account(login: str, email: str, kind: Surface = Surface.USER, *, active: bool = True) -> Account:
    return Account(1, 1, kind, login, email, "", "", "", active, locked=False, password_hash="")


@pytest.mark.parametrize(
    ("policy", "duplicates"),
    [(STRICT, {"twin", "twin2"}), (replace(STRICT, email_match="casefold"), {"twin", "twin2", "Twin3"})],
)
def test_who_would_be_locked_out_and_why(policy: Policy, duplicates: set[str]) -> None:
    accounts = [
        _account("fine", "fine@acme.test"),
        _account("both", "fine@acme.test", Surface.AGENT),
        _account("none", ""),
        _account("away", "", active=False),
        _account("phone", "sip:phone@acme.test", Surface.AGENT),
        _account("typo", "typo acme.test"),
        _account("twin", "t@acme.test"),
        _account("twin2", "t@acme.test"),
        _account("Twin3", "T@acme.test"),
    ]
    found = {one.login: one.reason for one in locked_out(accounts, policy)}
    expected = {"none": "no-email", "phone": "sip-address", "typo": "malformed"}
    assert found == expected | dict.fromkeys(duplicates, "duplicate")


def test_the_platform_can_be_started_in_safe_mode() -> None:
    options = Options(
        host="127.0.0.1",
        port=0,
        care_port=0,
        operator_token="operator-token",
        database_url=None,
        weaknesses=(),
        password_cost=1,
        safe_mode=True,
    )
    platform = Platform(options)
    clients = f"{platform.settings.care_url}/api/clients"
    address = f"{platform.settings.base_url}/acme/recovery"
    sysadmin = {"login": "root", "password": "correct-horse"}
    try:
        with httpx.Client(headers=OPERATOR, trust_env=False) as http:
            http.post(clients, json={"code": "acme", "sysadmin": sysadmin}).raise_for_status()
            assert http.get(address).status_code == 200
            http.put(f"{clients}/acme/knobs", json={"safe_mode": "off"}).raise_for_status()
            assert http.get(address).status_code == 404
    finally:
        platform.close()
