"""Agents' states over the switch, Browser Session Security, and passwords that must be replaced."""

from __future__ import annotations

from platform_stub.policy import Policy
from tests.platform_stub.conftest import Browser, World, build

_AGENT = "/acme/AgentLogin"


def _agent_at_work(world: World, state: str, login: str = "adam") -> Browser:
    browser = world.browser()
    assert browser.sign_in(login, at=_AGENT).status_code == 303
    browser.get("/acme/agent")
    assert browser.post("/acme/agent/state", {"state": state}).status_code == 303
    return browser


def _shows(browser: Browser, state: str) -> bool:
    return f"data-state>{state}<" in browser.get("/acme/agent").text


def test_a_state_outlives_the_session(world: World) -> None:
    _agent_at_work(world, "Ready")
    again = world.browser()
    again.sign_in("adam", at=_AGENT)
    assert _shows(again, "Ready")


def test_a_state_that_does_not_exist_is_refused(world: World) -> None:
    browser = _agent_at_work(world, "Ready")
    assert browser.post("/acme/agent/state", {"state": "Asleep"}).status_code == 422
    assert _shows(browser, "Ready")


def test_another_site_changes_no_state(world: World) -> None:
    browser = _agent_at_work(world, "Ready")
    answer = browser.post("/acme/agent/state", {"state": "In Call"}, origin="http://elsewhere.test")
    assert answer.status_code == 403
    assert _shows(browser, "Ready")


def test_a_call_goes_on_over_the_switch_and_its_session_ends_with_it() -> None:
    world = build(Policy(sessions_on_enable="revoke"))
    world.flag(on=True)
    on_call, waiting = _agent_at_work(world, "In Call"), _agent_at_work(world, "Ready", "trudy")
    world.enable()
    assert waiting.whoami()["agent"] is None
    assert _shows(on_call, "In Call")
    on_call.post("/acme/agent/state", {"state": "Wrap-up"})
    assert _shows(on_call, "Wrap-up")
    on_call.post("/acme/agent/state", {"state": "Ready"})
    assert on_call.whoami()["agent"] is None
    world.ctx.store.close()


def test_the_cookie_ends_with_the_browser_unless_the_option_is_off() -> None:
    for option, kept in (("on", False), ("off", True)):
        world = build()
        world.care_api().call("PUT", "/api/clients/acme/knobs", {"browser_session_security": option})
        given = world.browser().sign_in("mona").headers["Set-Cookie"]
        assert ("Max-Age" in given) is kept
        world.ctx.store.close()


def test_a_temporary_password_opens_nothing_until_it_is_replaced(world: World) -> None:
    admin = world.api()
    admin.call("PUT", "/api/configuration/users/mona", {"password_expired": True})
    refused = world.browser().sign_in("mona")
    assert (refused.status_code, 'data-refusal="password-expired"' in refused.text) == (403, True)
    assert 'data-refusal="bad-credentials"' in world.browser().sign_in("mona", "something-else").text
    admin.call("PUT", "/api/configuration/users/mona", {"password": "a-quite-new-one"})
    assert world.browser().sign_in("mona", "a-quite-new-one").status_code == 303
