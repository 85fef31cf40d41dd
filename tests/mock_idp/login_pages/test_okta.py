"""Okta's pages after the password, by form and as the widget's remediations."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_idp.login_pages.walking import Walk
from tests.mock_idp.oidc.registrar import Registrar

SAVE = "@data-type='save'"
ALICE = {"identifier": "alice@acme.test"}
PASSWORD = {"credentials.passcode": "correct-horse-alice"}


@pytest.fixture
def walk(registrar: Registrar) -> Walk:
    return Walk(registrar, "okta", registrar.party("okta"))


def by_password(walk: Walk) -> Walk:
    return walk.submit(ALICE, SAVE).submit(PASSWORD, SAVE)


def test_the_page_holds_the_state_token(walk: Walk) -> None:
    handle = walk.ask().tree.xpath("//input[@name='stateHandle']/@value")[0]
    assert f'var stateToken = "{handle}";' in walk.page.text


def test_one_authenticator_is_asked_for_at_once(walk: Walk) -> None:
    walk.registrar.settings("okta", access_policy="mfa")
    by_password(walk.ask())
    assert walk.heading == "Verify with Google Authenticator"
    assert walk.submit({"credentials.passcode": "000000"}, SAVE).alert == (
        "Your code doesn't match our records. Please try again."
    )
    assert "code" in walk.submit({"credentials.passcode": walk.code("alice")}, SAVE).answer
    assert "code" in walk.ask().answer


def test_several_authenticators_are_chosen_from(walk: Walk) -> None:
    walk.registrar.settings("okta", access_policy="mfa")
    walk.registrar.persona("okta", "alice", factors=["app", "sms", "email"])
    by_password(walk.ask())
    assert walk.heading == "Verify it's you with a security method"
    keys = walk.tree.xpath("//*[@class='authenticator-button']/@data-se")
    assert keys == ["google_otp", "phone_number", "okta_email"]
    walk.submit({}, "../@data-se='okta_email'")
    assert walk.heading == "Verify with your email"
    walk.submit({}, "@data-se='switchAuthenticator'").submit({}, "../@data-se='phone_number'")
    assert walk.heading == "Verify with your phone"
    sent = [
        entry["detail"]
        for entry in walk.registrar.journal("okta", walk.party.state)
        if entry["kind"] == "login.code_sent"
    ]
    assert [each["factor"] for each in sent] == ["email", "sms"]
    assert "code" in walk.submit({"credentials.passcode": sent[-1]["code"]}, SAVE).answer


def test_the_way_out_is_closed_until_the_factor_was_presented(walk: Walk) -> None:
    by_password(walk.ask())
    walk.registrar.settings("okta", access_policy="mfa")
    assert walk.ask(prompt="none").answer["error"] == "login_required"
    assert walk.ask().heading == "Verify with Google Authenticator"
    handle = walk.tree.xpath("//input[@name='stateHandle']/@value")[0]
    base = walk.registrar.tenant("okta")["base_url"]
    page = walk.party.browser.get(f"{base}/login/token/redirect", params={"stateToken": handle})
    assert page.status_code == 400
    assert "code" in walk.submit({"credentials.passcode": walk.code("alice")}, SAVE).answer


@pytest.mark.parametrize(
    ("button", "lasts"), [("stay-signed-in-btn", True), ("do-not-stay-signed-in-btn", False)]
)
def test_the_question_after_the_password(walk: Walk, button: str, lasts: bool) -> None:
    walk.registrar.settings("okta", stay_signed_in="asked")
    by_password(walk.ask())
    assert walk.heading == "Keep me signed in"
    [form] = walk.tree.forms
    fields = dict(form.form_values()) | {"keepMeSignedIn": "true" if lasts else "false"}
    assert walk.tree.xpath(f"//button[@data-se='{button}']/@value") == [fields["keepMeSignedIn"]]
    answer = walk.party.browser.post(form.get("action"), data=fields)
    assert ("Max-Age" in answer.headers["Set-Cookie"]) == lasts


def test_the_box_of_the_first_page_answers_the_question(walk: Walk) -> None:
    walk.registrar.settings("okta", stay_signed_in="asked")
    walk.ask().submit({**ALICE, "rememberMe": "true"}, SAVE)
    assert "code" in walk.submit(PASSWORD, SAVE).answer
    [cookie] = [each for each in walk.party.browser.cookies.jar if each.name == "idx"]
    assert cookie.expires is not None


def test_the_widget_walks_the_same_steps(walk: Walk) -> None:
    walk.registrar.settings("okta", access_policy="mfa", stay_signed_in="asked")
    walk.registrar.persona("okta", "alice", factors=["app", "sms"])
    handle = walk.ask().tree.xpath("//input[@name='stateHandle']/@value")[0]
    base = f"{walk.registrar.tenant('okta')['base_url']}/idp/idx"

    def call(url: str, **body: object) -> tuple[int, dict[str, Any]]:
        answer = walk.party.browser.post(url, json={"stateHandle": handle, **body})
        assert answer.headers["Content-Type"] == "application/ion+json; okta-version=1.0.0"
        return answer.status_code, answer.json()

    def step(answer: tuple[int, dict[str, Any]]) -> dict[str, Any]:
        assert answer[0] == 200, answer
        [found] = answer[1]["remediation"]["value"]
        return dict(found)

    assert step(call(f"{base}/introspect", stateToken=handle))["name"] == "identify"
    password = step(call(f"{base}/identify", **ALICE))
    choose = step(call(password["href"], credentials={"passcode": "correct-horse-alice"}))
    assert choose["name"] == "select-authenticator-authenticate"
    assert step(call(f"{base}/introspect"))["name"] == choose["name"]
    options = choose["value"][0]["options"]
    assert [option["label"] for option in options] == ["Google Authenticator", "Phone"]
    chosen = options[0]["value"]["form"]["value"][0]["value"]
    status, answer = call(choose["href"], authenticator={"id": chosen, "methodType": "otp"})
    assert answer["currentAuthenticator"]["value"]["key"] == "google_otp"
    challenge = step((status, answer))
    assert challenge["name"] == "challenge-authenticator"
    status, refused = call(challenge["href"], credentials={"passcode": "000000"})
    [told] = refused["messages"]["value"]
    assert (status, told["i18n"]["key"]) == (401, "api.authn.error.PASSCODE_INVALID")
    kmsi = step(call(challenge["href"], credentials={"passcode": walk.code("alice")}))
    assert kmsi["name"] == "keep-me-signed-in"
    _, done = call(kmsi["href"], keepMeSignedIn=False)
    page = walk.party.browser.get(done["success"]["href"])
    assert "code=" in page.headers["Location"]
