"""Entra's pages after the password, form by form, as a client without scripts sees them."""

from __future__ import annotations

import json
import re

import pytest

from tests.mock_idp.login_pages.walking import Walk
from tests.mock_idp.oidc.registrar import Registrar
from tests.mock_idp.oidc.relying_party import decoded

NEXT, BACK = "@id='idSIButton9'", "@id='idBtn_Back'"
VERIFY = "@id='idSubmit_SAOTCC_Continue'"
OTHER = "@id='otherTile'"
HIDDEN = {"flowToken", "ctx", "canary"}


@pytest.fixture
def walk(registrar: Registrar) -> Walk:
    return Walk(registrar, "entra", registrar.party("entra"))


def tile(persona: str) -> str:
    return f"@data-test-id='{persona}@acme.test'"


def by_password(walk: Walk, persona: str) -> Walk:
    walk.submit({"loginfmt": f"{persona}@acme.test"}, NEXT)
    return walk.submit({"passwd": f"correct-horse-{persona}"}, NEXT)


def signed_in(walk: Walk, persona: str, **parameters: str) -> Walk:
    return by_password(walk.ask(**parameters), persona).submit({}, BACK)


def who(walk: Walk) -> str:
    tokens = walk.party.redeem(walk.answer["code"]).json()
    return str(decoded(tokens["id_token"])[1]["preferred_username"])


def test_a_second_factor_is_asked_for_after_the_password(walk: Walk) -> None:
    walk.registrar.settings("entra", access_policy="mfa")
    by_password(walk.ask(), "alice")
    assert walk.heading == "Enter code"
    [form] = walk.tree.forms
    hidden = {"request", "mfaAuthMethod", "type", "GeneralVerify", "login", "sacxt", "hpgrequestid"}
    assert HIDDEN | hidden | {"otc"} <= set(form.fields)
    assert form.get("action").endswith("/common/SAS/ProcessAuth")
    walk.submit({"otc": "000000"}, VERIFY)
    assert walk.alert == "You didn't enter the expected verification code. Please try again."
    walk.submit({"otc": walk.code("alice")}, VERIFY)
    assert walk.heading == "Stay signed in?"
    assert who(walk.submit({}, BACK)) == "alice@acme.test"
    assert "code" in walk.ask().answer  # the session has had its second factor


def test_a_session_of_before_the_policy_needs_the_second_factor_alone(walk: Walk) -> None:
    signed_in(walk, "alice")
    walk.registrar.settings("entra", access_policy="mfa")
    refused = walk.ask(prompt="none").answer
    assert refused["error"] == "interaction_required"
    assert refused["error_description"].startswith("AADSTS50076:")
    assert walk.ask().heading == "Enter code"
    assert "code" in walk.submit({"otc": walk.code("alice")}, VERIFY).answer
    assert "code" in walk.ask(prompt="none").answer


def test_another_way_to_verify(walk: Walk) -> None:
    walk.registrar.settings("entra", access_policy="mfa")
    walk.registrar.persona("entra", "alice", factors=["app", "sms"])
    by_password(walk.ask(), "alice").submit({}, "@id='signInAnotherWay'")
    assert walk.heading == "Verify your identity"
    assert [each.get("data-value") for each in walk.tree.xpath("//*[@id='idDiv_SAOTCS_Proofs']/button")] == [
        "PhoneAppOTP",
        "OneWaySMS",
    ]
    walk.submit({}, "@data-value='OneWaySMS'")
    assert "We texted your phone" in walk.page.text
    sent = [
        entry["detail"]["code"]
        for entry in walk.registrar.journal("entra", walk.party.state)
        if entry["kind"] == "login.code_sent"
    ]
    walk.registrar.change(
        "entra", "PUT", "/clock", {"offset_seconds": 120}
    )  # later than an app's would count
    assert walk.submit({"otc": sent[0]}, VERIFY).heading == "Stay signed in?"


def test_an_apps_code_is_over_after_a_minute(walk: Walk) -> None:
    walk.registrar.settings("entra", access_policy="mfa")
    old = walk.code("alice")
    walk.registrar.change("entra", "PUT", "/clock", {"offset_seconds": 120})
    assert by_password(walk.ask(), "alice").submit({"otc": old}, VERIFY).alert
    assert not walk.submit({"otc": walk.code("alice")}, VERIFY).alert


def test_a_robot_calls_what_the_script_calls(walk: Walk) -> None:
    walk.registrar.settings("entra", access_policy="mfa")
    by_password(walk.ask(), "alice")
    found = re.search(r"\$Config=(\{.*?\});</script>", walk.page.text)
    assert found
    config = json.loads(found[1])
    assert config["pgid"] == "ConvergedTFA"
    [proof] = config["arrUserProofs"]
    call = {"AuthMethodId": proof["authMethodId"], "ctx": config["sCtx"], "flowToken": config["sFT"]}
    begun = walk.party.browser.post(config["urlBeginAuth"], json={"Method": "BeginAuth", **call}).json()
    assert (begun["Success"], begun["ResultValue"]) == (True, "Success")
    end = {"Method": "EndAuth", "SessionId": begun["SessionId"], **call}
    wrong = walk.party.browser.post(config["urlEndAuth"], json={**end, "AdditionalAuthData": "000000"}).json()
    assert (wrong["Success"], wrong["ErrCode"]) == (False, 500121)
    code = walk.code("alice")
    right = walk.party.browser.post(config["urlEndAuth"], json={**end, "AdditionalAuthData": code}).json()
    assert right["Success"]
    processed = {"type": "22", "request": right["Ctx"], config["sFTName"]: right["FlowToken"]}
    page = walk.party.browser.post(config["urlPost"], data=processed)
    assert 'id="KmsiDescription"' in page.text


def test_a_page_cannot_be_skipped(walk: Walk) -> None:
    walk.registrar.settings("entra", access_policy="mfa")
    by_password(walk.ask(), "alice")
    token = walk.tree.xpath("//input[@name='flowToken']/@value")[0]
    base = walk.registrar.tenant("entra")["base_url"]
    for path in ("kmsi", "common/Consent/Set", "common/reprocess"):
        form = {"flowToken": token, "LoginOptions": "1", "acceptConsent": "true", "login": "alice@acme.test"}
        page = walk.party.browser.post(f"{base}/{path}", data=form)
        assert "idTxtBx_SAOTCC_OTC" in page.text
    assert walk.ask(prompt="none").answer["error"] == "login_required"


@pytest.mark.parametrize("button", [NEXT, BACK])
def test_stay_signed_in_decides_how_long_the_cookie_lasts(walk: Walk, button: str) -> None:
    by_password(walk.ask(), "alice")
    assert set(walk.tree.forms[0].fields) == {*HIDDEN, "DontShowAgain"}
    assert walk.tree.xpath("//button/@name") == ["LoginOptions"] * 2
    walk.submit({}, button)
    assert ("Max-Age" in walk.page.headers["Set-Cookie"]) == (button == NEXT)


def test_stay_signed_in_is_not_asked_where_the_tenant_does_not(walk: Walk) -> None:
    walk.registrar.settings("entra", stay_signed_in="never")
    assert "code" in by_password(walk.ask(), "alice").answer
    assert "code" in by_password(walk.ask(prompt="login"), "alice").answer


def test_consent_is_asked_once_for_the_same_permissions(walk: Walk) -> None:
    walk.registrar.settings("entra", consent="asked", stay_signed_in="never")
    by_password(walk.ask(), "alice")
    assert walk.heading == "Permissions requested"
    assert "View your email address" in walk.page.text
    assert set(walk.tree.forms[0].fields) >= HIDDEN
    assert walk.tree.xpath("//button/@name") == ["acceptConsent"] * 2
    assert "code" in walk.submit({}, NEXT).answer
    assert "code" in walk.ask().answer
    assert walk.ask(scope="openid email profile offline_access").heading == "Permissions requested"
    assert walk.ask(prompt="consent").heading == "Permissions requested"


def test_consent_that_is_refused(walk: Walk) -> None:
    walk.registrar.settings("entra", consent="asked", stay_signed_in="never")
    refused = by_password(walk.ask(), "alice").submit({}, BACK).answer
    assert list(refused) == ["error", "error_description", "error_uri", "admin_consent", "state"]
    assert refused["error"] == "access_denied"
    assert refused["error_description"].startswith("AADSTS65004: User declined to consent")
    silent = walk.ask(prompt="none").answer  # the session is there, the consent is not
    assert (silent["error"], silent["error_description"][:12]) == ("interaction_required", "AADSTS65001:")
    assert "code" in walk.ask().submit({}, NEXT).answer
    assert "code" in walk.ask(prompt="none").answer


def test_a_refresh_needs_no_person_once_there_was_consent(walk: Walk) -> None:
    walk.registrar.settings("entra", consent="asked", stay_signed_in="never")
    by_password(walk.ask(scope="openid offline_access"), "alice").submit({}, NEXT)
    token = walk.party.redeem(walk.answer["code"]).json()["refresh_token"]
    assert walk.party.token(grant_type="refresh_token", refresh_token=token).status_code == 200


def test_one_account_is_not_asked_for_unless_the_request_wants_it(walk: Walk) -> None:
    assert walk.ask(prompt="select_account").heading == "Sign in"  # nobody to choose from
    signed_in(walk, "alice")
    assert who(walk.ask()) == "alice@acme.test"
    assert walk.ask(prompt="select_account").heading == "Pick an account"
    assert who(walk.submit({}, tile("alice"))) == "alice@acme.test"


def test_several_accounts_are_chosen_from(walk: Walk) -> None:
    signed_in(walk, "alice")
    walk.ask(prompt="select_account").submit({}, OTHER)
    assert walk.heading == "Sign in"
    assert who(by_password(walk, "mona").submit({}, BACK)) == "mona@acme.test"
    for persona in ("alice", "mona", "alice"):
        assert walk.ask().heading == "Pick an account"
        assert who(walk.submit({}, tile(persona))) == f"{persona}@acme.test"
        assert who(walk.ask(login_hint=f"{persona}@acme.test")) == f"{persona}@acme.test"
    refused = walk.ask(prompt="none").answer
    assert refused["error_description"].startswith("AADSTS16000:")
    assert "code" in walk.ask(prompt="none", login_hint="mona@acme.test").answer


def test_an_account_that_is_gone_has_no_tile(walk: Walk) -> None:
    signed_in(walk, "alice")
    walk.ask(prompt="select_account").submit({}, OTHER)
    by_password(walk, "mona").submit({}, BACK)
    walk.ask()
    walk.registrar.persona("entra", "mona", status="suspended")
    assert walk.submit({}, tile("mona")).alert == "That account is signed out. Choose another one."
    assert who(walk.ask()) == "alice@acme.test"


def test_a_session_that_ends_at_the_picker_signs_nobody_in(walk: Walk) -> None:
    signed_in(walk, "alice")
    walk.ask(prompt="consent")
    tenant = walk.registrar.tenant("entra")
    walk.party.browser.get(f"{tenant['base_url']}/common/oauth2/v2.0/logout")
    assert walk.submit({}, NEXT).page.status_code == 400
    assert walk.ask(prompt="none").answer["error"] == "login_required"


def test_tokens_and_assertions_tell_of_the_second_factor(walk: Walk) -> None:
    walk.registrar.settings("entra", access_policy="mfa", stay_signed_in="never")
    party = walk.registrar.party("entra", version="v1.0", name="old", custom_claims={})
    old = Walk(walk.registrar, "entra", party)
    by_password(old.ask(), "alice").submit({"otc": old.code("alice")}, VERIFY)
    token = party.redeem(old.answer["code"]).json()["id_token"]
    assert decoded(token)[1]["amr"] == ["pwd", "mfa"]
    walk.registrar.patch("entra", "old", amr=["rsa"])  # what is said is said
    assert decoded(party.redeem(old.ask().answer["code"]).json()["id_token"])[1]["amr"] == ["rsa"]


def test_a_name_of_two_accounts(walk: Walk) -> None:
    walk.registrar.persona("entra", "alice", personal_account=True)
    url = f"{walk.registrar.tenant('entra')['base_url']}/common/GetCredentialType"
    kind = walk.party.browser.post(url, json={"username": "alice@acme.test"}).json()
    assert kind["IfExistsResult"] == 6
    walk.ask().submit({"loginfmt": "alice@acme.test"}, NEXT)
    assert walk.heading == "Which account do you want to use?"
    walk.submit({}, "@id='aadTile'").submit({"passwd": "correct-horse-alice"}, NEXT).submit({}, BACK)
    assert who(walk) == "alice@acme.test"
    walk.ask(prompt="login").submit({"loginfmt": "alice@acme.test"}, NEXT).submit({}, "@id='msaTile'")
    assert "AADSTS50020: User account" in walk.page.text
    assert "identity provider &#39;live.com&#39; does not exist in tenant" in walk.page.text
