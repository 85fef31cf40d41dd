"""Login routing, password login, lock, logout, whoami and the sessions behind them."""

from urllib.parse import urlencode

import pytest
from lxml import html

from platform_stub.policy import Policy
from platform_stub.store import Channel, LiveSession
from tests.platform_stub.conftest import World, build
from tests.platform_stub.databases import on_both

database = on_both


def session_of(world: World, session_id: str) -> LiveSession | None:
    from platform_stub.sessions import api_session

    with world.portal.app_context():  # where the client of the session is kept
        return api_session(world.ctx, session_id)


def test_whoami_says_nobody_with_401(world: World) -> None:
    answer = world.browser().http.get("/acme/whoami")
    assert (answer.status_code, answer.get_json()) == (401, {"user": None, "agent": None})


def test_a_user_signs_in_at_the_user_page(world: World) -> None:
    browser = world.signed_in("sam")
    assert browser.whoami() == {
        "user": {
            "client": "acme",
            "kind": "user",
            "login": "sam",
            "email": "sam@acme.test",
            "role": "Sysadmin",
            "method": "password",
        },
        "agent": None,
    }
    assert "Welcome" in browser.get("/acme/home").text


def test_an_agent_signs_in_at_the_agent_page_in_any_letter_case(world: World) -> None:
    browser = world.browser()
    answer = browser.sign_in("ADAM", at="/acme/AgentLogin")
    assert answer.headers["Location"] == "/acme/agent"
    assert browser.whoami()["agent"]["login"] == "adam"
    assert "Agent Desktop" in browser.get("/acme/agent").text


@pytest.mark.parametrize(("login", "at"), [("adam", "/acme"), ("sam", "/acme/AgentLogin"), ("SAM", "/acme")])
def test_the_wrong_page_or_letter_case_signs_nobody_in(world: World, login: str, at: str) -> None:
    browser = world.browser()
    answer = browser.sign_in(login, at=at)
    assert answer.status_code == 403
    assert 'data-refusal="bad-credentials"' in answer.text
    assert browser.whoami() == {"user": None, "agent": None}


def test_both_surfaces_can_be_open_in_one_browser(world: World) -> None:
    browser = world.signed_in("sam")
    browser.sign_in("adam", at="/acme/AgentLogin")
    who = browser.whoami()
    assert (who["user"]["login"], who["agent"]["login"]) == ("sam", "adam")
    browser.post("/acme/AgentLogout")
    assert browser.whoami()["agent"] is None
    assert browser.whoami()["user"]["login"] == "sam"


def test_the_session_cookie_is_narrow(world: World) -> None:
    cookie = world.browser().sign_in("sam").headers["Set-Cookie"]
    assert cookie.startswith("lvp_user=")
    assert {"HttpOnly", "Path=/acme", "SameSite=Lax"} <= set(cookie.split("; "))


def test_a_login_gets_a_new_session_and_ends_the_old_one(world: World) -> None:
    browser = world.signed_in("sam")
    first = browser.http.get_cookie("lvp_user", path="/acme")
    browser.sign_in("sue")
    second = browser.http.get_cookie("lvp_user", path="/acme")
    assert first and second and first.value != second.value
    browser.http.set_cookie("lvp_user", first.value, path="/acme")
    assert browser.whoami()["user"] is None


def test_a_chosen_session_id_is_not_taken_over(world: World) -> None:
    browser = world.browser()
    browser.http.set_cookie("lvp_user", "chosen-by-somebody-else", path="/acme")
    browser.sign_in("sam")
    browser.http.set_cookie("lvp_user", "chosen-by-somebody-else", path="/acme")
    assert browser.whoami()["user"] is None


def test_logout_ends_the_session_itself(world: World) -> None:
    browser = world.signed_in("sam")
    cookie = browser.http.get_cookie("lvp_user", path="/acme")
    assert cookie
    assert "signed out" in browser.post("/acme/logout").text
    browser.http.set_cookie("lvp_user", cookie.value, path="/acme")
    assert browser.whoami()["user"] is None
    assert world.audit("logout") == [
        {"actor": "sam", "result": "ok", "reason": "", "detail": {"surface": "user"}}
    ]


def test_a_weak_platform_forgets_only_the_cookie_at_logout() -> None:
    world = build(Policy(logout_ends_session=False))
    browser = world.signed_in("sam")
    cookie = browser.http.get_cookie("lvp_user", path="/acme")
    assert cookie
    browser.post("/acme/logout")
    assert browser.whoami()["user"] is None
    browser.http.set_cookie("lvp_user", cookie.value, path="/acme")
    assert browser.whoami()["user"]["login"] == "sam"
    world.ctx.store.close()


def test_five_wrong_passwords_lock_and_a_right_one_starts_the_count_again(world: World) -> None:
    browser = world.browser()
    for _ in range(4):
        assert 'data-refusal="bad-credentials"' in browser.sign_in("mona", "wrong-password").text
    assert browser.sign_in("mona").status_code == 303
    for _ in range(4):
        browser.sign_in("mona", "wrong-password")
    assert 'data-refusal="account-locked"' in browser.sign_in("mona", "wrong-password").text
    assert 'data-refusal="account-locked"' in browser.sign_in("mona").text


def test_an_unlocked_account_enters_again(world: World) -> None:
    browser = world.browser()
    for _ in range(5):
        browser.sign_in("mona", "wrong-password")
    world.api().call("PUT", "/api/configuration/users/mona", {"locked": False})
    assert browser.sign_in("mona").status_code == 303


def test_an_inactive_account_does_not_enter_and_its_session_stops(world: World) -> None:
    browser = world.signed_in("mona")
    world.api().call("PUT", "/api/configuration/users/mona", {"active": False})
    assert browser.whoami()["user"] is None
    assert 'data-refusal="account-inactive"' in browser.sign_in("mona").text


def test_a_session_ends_after_two_hours_without_use(world: World) -> None:
    browser = world.signed_in("sam")
    world.clock.advance(minutes=119)
    assert browser.whoami()["user"]
    world.clock.advance(minutes=119)
    assert browser.whoami()["user"]
    world.clock.advance(minutes=121)
    assert browser.whoami()["user"] is None


def test_a_browser_session_is_no_api_session(world: World) -> None:
    browser = world.signed_in("sam")
    cookie = browser.http.get_cookie("lvp_user", path="/acme")
    assert cookie and session_of(world, cookie.value) is None
    api = world.api()
    session = session_of(world, api.headers["LV-Session"])
    assert session and session.channel is Channel.API
    browser.http.set_cookie("lvp_user", api.headers["LV-Session"], path="/acme")
    assert browser.whoami()["user"] is None


def test_a_session_of_one_client_is_nothing_at_another(world: World) -> None:
    world.care_api().call(
        "POST",
        "/api/clients",
        {"code": "other", "sysadmin": {"login": "sam", "password": "correct-horse-sam"}},
        201,
    )
    browser = world.signed_in("sam")
    cookie = browser.http.get_cookie("lvp_user", path="/acme")
    assert cookie
    browser.http.set_cookie("lvp_user", cookie.value, path="/other")
    assert browser.http.get("/other/whoami").status_code == 401


@pytest.mark.parametrize(("path", "surface"), [("/acme", "user"), ("/acme/AgentLogin", "agent")])
def test_the_login_page_follows_the_switch_at_once(licensed: World, path: str, surface: str) -> None:
    browser = licensed.browser()
    assert f'data-login-form="{surface}"' in browser.get(path).text
    api = licensed.api()
    api.call("PUT", "/api/configuration/sso", {"authentication_standard": "OIDC", "oidc": OIDC})
    assert f'data-login-form="{surface}"' in browser.get(path).text, "saving does not enable"
    api.call("PUT", "/api/configuration/sso/enabled", {"enabled": True})
    assert browser.get(path).headers["Location"] == f"https://idp.test/OIDC/{surface}?to="
    api.call("PUT", "/api/configuration/sso/enabled", {"enabled": False})
    assert f'data-login-form="{surface}"' in browser.get(path).text


OIDC = {
    "authorization_id": "id",
    "authorization_secret": "s3cr3t-value",
    "issuer": "https://idp.test",
    "authorization_endpoint": "https://idp.test/authorize",
    "token_endpoint": "https://idp.test/token",
    "jwks_uri": "https://idp.test/keys",
}


@pytest.mark.parametrize("path", ["/acme", "/acme/AgentLogin", "/acme?login", "/acme?disableAutoLogin=true"])
def test_a_password_is_refused_while_sso_is_on_and_is_not_counted(licensed: World, path: str) -> None:
    licensed.enable()
    browser = licensed.browser()
    for _ in range(6):
        answer = browser.sign_in("adam" if "Agent" in path else "sam", at=path)
        assert answer.status_code == 403
        assert 'data-refusal="password-login-closed"' in answer.text
    licensed.enable(on=False)
    assert browser.sign_in("sam").status_code == 303
    assert browser.sign_in("adam", at="/acme/AgentLogin").status_code == 303


def test_a_cached_switch_is_a_weakness() -> None:
    world = build(Policy(switch_cache_seconds=3600))
    world.flag(on=True)
    browser = world.browser()
    browser.get("/acme")
    world.enable()
    assert browser.sign_in("sam").status_code == 303
    world.clock.advance(hours=2)
    assert browser.get("/acme").status_code == 403
    world.ctx.store.close()


@pytest.mark.parametrize("target", ["/acme/configure/users", "/acme/configure/client/security?x=1"])
def test_a_protected_page_leads_back_to_itself(world: World, target: str) -> None:
    browser = world.browser()
    to_login = browser.get(target)
    (form,) = html.fromstring(to_login.text).forms
    # a page, and no redirect: it adds the fragment that no server sees
    assert (to_login.status_code, form.action) == (200, "/acme")
    page = browser.get("/acme?" + urlencode({"next": form.fields["next"]}))
    assert f'name="next" value="{target}"' in page.text
    assert browser.sign_in("sam", next=target).headers["Location"] == target


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/",
        "//evil.test/acme/home",
        "/\\evil.test",
        "javascript:alert(1)",
        "/other/home",
        "/acme/../other/home",
        "/acme/sso/saml/user/acs",
        "/acme/agent",
        "/acme/home\n",
    ],
)
def test_a_deep_link_stays_inside(world: World, target: str) -> None:
    assert world.browser().sign_in("sam", next=target).headers["Location"] == "/acme/home"


def test_a_login_form_of_another_site_is_refused(world: World) -> None:
    answer = world.browser().post(
        "/acme", {"user": "sam", "pass": "correct-horse-sam"}, origin="https://evil.test"
    )
    assert answer.status_code == 403
    assert "another site" in answer.text


def test_a_client_code_that_differs_from_the_address_is_refused(world: World) -> None:
    answer = world.browser().sign_in("sam", client_code="acme2")
    assert 'data-refusal="bad-credentials"' in answer.text


def test_an_unknown_client_is_told_in_a_sentence(world: World) -> None:
    answer = world.browser().get("/nope")
    assert answer.status_code == 404
    assert "There is no client with the Client Code" in answer.text


def test_the_first_page_asks_for_the_client_code(world: World) -> None:
    browser = world.browser()
    assert "Client Code" in browser.get("/").text
    assert browser.get("/?client_code=acme").headers["Location"] == "/acme"
    assert browser.get("/?client_code=//evil.test").status_code == 200


def test_a_refused_login_tells_the_public_little_and_the_audit_why(world: World) -> None:
    answer = world.browser().sign_in("nobody", "wrong-password")
    assert "There is no user" not in answer.text
    entry = world.audit("login.password")[-1]
    assert (entry["result"], entry["reason"]) == ("refused", "bad-credentials")
    assert entry["detail"]["detail"] == "There is no user with this login."
