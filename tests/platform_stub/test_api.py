"""The portal's JSON API: sessions, accounts, roles and the audit."""

from typing import Any

import pytest

from platform_stub.policy import Policy
from tests.platform_stub.certs import pem
from tests.platform_stub.conftest import Api, World, build
from tests.platform_stub.databases import on_both

database = on_both

SSO = "/api/configuration/sso"
SAML = {
    "single_sign_on_url": "https://idp.test/sso",
    "issuer_url": "https://idp.test/x",
    "certificate_x509": pem(),
}
SECRET = "very-secret-value-42"


def login(world: World, headers: dict[str, str], **body: str | bool) -> tuple[int, dict[str, Any]]:
    sent = {"clientName": "acme", "userName": "sam", "password": "correct-horse-sam", **body}
    answer = world.portal.test_client().post("/api/session/login", json=sent, headers=headers)
    return answer.status_code, answer.get_json()


def test_login_validate_and_use(world: World) -> None:
    status, body = login(world, {"LV-Access": world.lv_access})
    assert status == 200
    assert set(body) == {"sessionId", "clientId", "userId"}
    http = world.portal.test_client()
    assert http.get(f"/api/session/validate/{body['sessionId']}").status_code == 204
    assert http.get(f"/api/session/validate?sessionId={body['sessionId']}").status_code == 204
    assert http.get("/api/session/validate/unknown").status_code == 404
    assert http.get("/api/session/validate").status_code == 404


@pytest.mark.parametrize("headers", [{}, {"LV-Access": "wrong"}])
def test_login_needs_the_api_token(world: World, headers: dict[str, str]) -> None:
    status, body = login(world, headers)
    assert (status, body["error"]) == (401, "authorization-error")


def test_the_api_token_of_another_client_is_refused(world: World) -> None:
    sysadmin = {"login": "sam", "password": "correct-horse-sam"}
    other = world.care_api().call("POST", "/api/clients", {"code": "other", "sysadmin": sysadmin}, 201)
    status, body = login(world, {"LV-Access": other["lv_access"]})
    assert (status, body["error"]) == (401, "authorization-error")


def test_login_by_password_is_closed_while_sso_is_on(licensed: World) -> None:
    licensed.enable()
    status, body = login(licensed, {"LV-Access": licensed.lv_access})
    assert (status, body["error"]) == (401, "password-login-closed")
    assert "SSO login" in body["message"]


def test_login_by_password_is_open_by_the_knob() -> None:
    world = build(Policy(api_password_when_sso="allow"))
    world.flag(on=True)
    world.enable()
    assert login(world, {"LV-Access": world.lv_access})[0] == 200
    world.ctx.store.close()


def test_wrong_passwords_are_counted_over_the_api_too(world: World) -> None:
    for _ in range(5):
        login(world, {"LV-Access": world.lv_access}, userName="mona", password="wrong-password")
    status, body = login(
        world, {"LV-Access": world.lv_access}, userName="mona", password="correct-horse-mona"
    )
    assert (status, body["error"]) == (401, "account-locked")


def test_is_agent_picks_the_table(world: World) -> None:
    as_agent: dict[str, str | bool] = {"userName": "adam", "password": "correct-horse-adam"}
    assert login(world, {"LV-Access": world.lv_access}, **as_agent)[0] == 401
    assert login(world, {"LV-Access": world.lv_access}, **as_agent, isAgent=True)[0] == 200


def test_a_session_lasts_two_hours_after_its_last_use(world: World) -> None:
    api = world.api()
    world.clock.advance(minutes=110)
    api.call("GET", "/api/configuration/users")
    world.clock.advance(minutes=110)
    api.call("GET", "/api/configuration/users")
    world.clock.advance(minutes=130)
    api.call("GET", "/api/configuration/users", status=401)


def test_without_session_everything_is_401(world: World) -> None:
    anonymous = Api(world.portal.test_client(), {})
    for method, path in (
        ("GET", SSO),
        ("PUT", SSO),
        ("GET", "/api/audit"),
        ("GET", "/api/configuration/users"),
    ):
        assert anonymous.call(method, path, {}, 401)["error"] == "session-required"


ROLE_TABLE = [
    # who, users, agents, read sso, change sso, audit
    ("sam", 200, 200, 200, 200, 200),
    ("sue", 200, 200, 200, 200, 200),
    ("mona", 403, 200, 403, 403, 403),
    ("ada", 403, 403, 200, 403, 200),
]


@pytest.mark.parametrize("row", ROLE_TABLE, ids=lambda row: row[0])
def test_roles(licensed: World, row: tuple[str, int, int, int, int, int]) -> None:
    who, users, agents, read, change, audit = row
    api = licensed.api(who)
    api.call("GET", "/api/configuration/users", status=users)
    api.call("GET", "/api/configuration/agents", status=agents)
    api.call("GET", SSO, status=read)
    api.call("PUT", SSO, {"saml": {"issuer_url": who}}, change)
    api.call("PUT", f"{SSO}/enabled", {"enabled": False}, change)
    api.call("GET", "/api/audit", status=audit)
    assert (licensed.config().saml.issuer_url == who) is (change == 200)


def test_an_agent_session_reaches_no_administration(licensed: World) -> None:
    api = licensed.api("adam", agent=True)
    for path in (SSO, "/api/configuration/users", "/api/configuration/agents", "/api/audit"):
        assert api.call("GET", path, status=403)["error"] == "not-permitted"


def test_a_denied_change_is_in_the_audit(licensed: World) -> None:
    licensed.api("mona").call("PUT", f"{SSO}/enabled", {"enabled": True}, 403)
    denied = licensed.audit("access.denied")[-1]
    assert (denied["actor"], denied["reason"], denied["detail"]["role"]) == (
        "mona",
        "not-permitted",
        "Manager",
    )


def test_a_platform_without_roles_is_a_weakness() -> None:
    world = build(Policy(roles_enforced=False))
    world.flag(on=True)
    world.api("mona").call("PUT", f"{SSO}/enabled", {"enabled": True})
    world.ctx.store.close()


def test_users_are_created_changed_and_removed(world: World) -> None:
    api = world.api()
    body = {
        "login": "zoe",
        "password": "correct-horse-zoe",
        "email": "zoe@acme.test",
        "role": "Manager",
        "first_name": "Zoë",
        "last_name": "Z",
    }
    made = api.call("POST", "/api/configuration/users", body, 201)
    assert made["role"] == "Manager" and "password" not in made and "password_hash" not in made
    assert world.browser().sign_in("zoe").status_code == 303
    api.call("PUT", "/api/configuration/users/zoe", {"email": "z@acme.test", "password": "another-horse-zoe"})
    assert api.call("GET", "/api/configuration/users/zoe")["email"] == "z@acme.test"
    assert world.browser().sign_in("zoe").status_code == 403
    assert world.browser().sign_in("zoe", "another-horse-zoe").status_code == 303
    api.call("DELETE", "/api/configuration/users/zoe", status=204)
    api.call("GET", "/api/configuration/users/zoe", status=404)
    changed = world.audit("user.changed")[-1]["detail"]
    assert changed["changes"]["email"] == {"old": "zoe@acme.test", "new": "z@acme.test"}
    assert changed["changes"]["password"] == {"old": "(hidden)", "new": "(hidden)"}


ACCOUNTS = "/api/configuration/accounts"


def new(login: str, **more: object) -> dict[str, object]:
    return {"login": login, "password": f"correct-horse-{login}", "email": f"{login}@acme.test", **more}


def test_many_are_created_together(world: World) -> None:
    body = {"users": [new("zoe", role="Manager"), new("zac", role="Auditor")], "agents": [new("ZED")]}
    assert world.api().call("POST", ACCOUNTS, body, 201) == {"created": 3}
    assert world.browser().sign_in("zoe").status_code == 303
    assert [entry["detail"]["login"] for entry in world.audit("user.created")[-2:]] == ["zoe", "zac"]
    assert world.audit("agent.created")[-1]["detail"]["login"] == "ZED"
    assert world.api().call("POST", ACCOUNTS, {}, 201) == {"created": 0}


@pytest.mark.parametrize(
    ("last", "status", "says"),
    [
        (new("mona", role="Manager"), 409, "because of user “mona”: There is already one user “mona”."),
        (new("zac", role="King"), 422, "because of user “zac”: Nothing was saved: “King” is not a role"),
        (new("zac", nick="Z"), 422, "There is no field “users.1.nick”."),
        ({"login": "zac"}, 422, "“users.1.password” is missing."),
        ("zac", 422, "“users.1” must be an object."),
    ],
)
def test_one_that_is_wrong_keeps_all_out(world: World, last: object, status: int, says: str) -> None:
    answer = world.api().call("POST", ACCOUNTS, {"users": [new("zoe", role="Manager"), last]}, status)
    assert says in answer["message"]
    world.api().call("GET", "/api/configuration/users/zoe", status=404)


def test_who_may_edit_agents_alone_creates_nobody_together(licensed: World) -> None:
    licensed.api("mona").call("POST", ACCOUNTS, {"agents": [new("ZED")]}, 403)
    licensed.api().call("GET", "/api/configuration/agents/ZED", status=404)


def test_a_superuser_creates_no_sysadmin_among_others(world: World) -> None:
    body = {"users": [new("zoe", role="Manager"), new("zac", role="Sysadmin")]}
    answer = world.api("sue").call("POST", ACCOUNTS, body, 403)
    assert "Only a Sysadmin may" in answer["message"]
    world.api().call("GET", "/api/configuration/users/zoe", status=404)


def test_a_new_password_ends_the_other_sessions(world: World) -> None:
    browser = world.signed_in("mona")
    world.api().call("PUT", "/api/configuration/users/mona", {"password": "another-horse-mona"})
    assert browser.whoami()["user"] is None


def test_agents_have_a_sip_address_or_an_email_and_no_role(world: World) -> None:
    api = world.api("mona")
    body = {"login": "Zed_1.x", "password": "correct-horse-zed", "email": "sip:zed@pbx.acme.test"}
    assert "role" not in api.call("POST", "/api/configuration/agents", body, 201)
    again = api.call("POST", "/api/configuration/agents", {**body, "login": "ZED_1.X", "email": ""}, 409)
    assert again["error"] == "login-taken"
    refused = api.call("POST", "/api/configuration/agents", {**body, "login": "q", "role": "Manager"}, 422)
    assert refused["fields"]["role"] == "Agents have no role."


BAD_USERS: list[tuple[dict[str, Any], str]] = [
    ({"login": ""}, "login"),
    ({"login": "a b"}, "login"),
    ({"password": "short"}, "password"),
    ({"email": "no-at-sign"}, "email"),
    ({"email": "a b@acme.test"}, "email"),
    ({"email": "alice\u200b@acme.test"}, "email"),
    ({"email": "sip:x@y.test "}, "email"),
    ({"role": "King"}, "role"),
    ({"role": ""}, "role"),
    ({"active": "yes"}, "active"),
    ({"emial": "x"}, "emial"),
]


@pytest.mark.parametrize(("change", "field"), BAD_USERS, ids=str)
def test_a_bad_user_is_refused_by_field(world: World, change: dict[str, Any], field: str) -> None:
    body = {"login": "new", "password": "correct-horse-new", "role": "Manager", **change}
    answer = world.api().call("POST", "/api/configuration/users", body, 422)
    assert list(answer["fields"]) == [field]
    assert answer["message"]


def test_an_unknown_field_names_the_nearest(world: World) -> None:
    answer = world.api().call("PUT", "/api/configuration/users/mona", {"emial": "x"}, 422)
    assert "Did you mean “email”?" in answer["message"]


def test_an_agents_logon_id_has_its_own_alphabet(world: World) -> None:
    for bad in ("", "x" * 21, "a-b", "a b", "ä"):
        body = {"login": bad, "password": "correct-horse-x"}
        assert "login" in world.api().call("POST", "/api/configuration/agents", body, 422)["fields"]


def test_two_accounts_of_a_kind_cannot_share_an_email(world: World) -> None:
    api = world.api()
    body = {"login": "twin", "password": "correct-horse-twin", "role": "Manager", "email": "sam@acme.test"}
    assert api.call("POST", "/api/configuration/users", body, 409)["error"] == "email-taken"
    del body["role"]
    api.call("POST", "/api/configuration/agents", body, 201)
    api.call("PUT", "/api/configuration/users/sam", {"email": "sam@acme.test"})


def test_shared_emails_by_the_knob() -> None:
    world = build(Policy(duplicate_email="allow"))
    body = {"login": "twin", "password": "correct-horse-twin", "role": "Manager", "email": "sam@acme.test"}
    world.api().call("POST", "/api/configuration/users", body, 201)
    world.ctx.store.close()


def test_a_superuser_cannot_touch_a_sysadmin(world: World) -> None:
    api = world.api("sue")
    api.call("PUT", "/api/configuration/users/sam", {"first_name": "x"}, 403)
    api.call("DELETE", "/api/configuration/users/sam", status=403)
    api.call("PUT", "/api/configuration/users/sue", {"role": "Sysadmin"}, 403)
    body = {"login": "boss", "password": "correct-horse-boss", "role": "Sysadmin"}
    api.call("POST", "/api/configuration/users", body, 403)


def test_the_audit_is_read_from_where_one_left_off(licensed: World) -> None:
    api = licensed.api()
    entries = api.call("GET", "/api/audit")["entries"]
    assert [entry["seq"] for entry in entries] == sorted(entry["seq"] for entry in entries)
    api.call("PUT", SSO, {"saml": {"issuer_url": "x"}})
    new = api.call("GET", f"/api/audit?after={entries[-1]['seq']}")["entries"]
    assert [entry["action"] for entry in new] == ["sso.saved"]
    assert {"seq", "at", "actor", "action", "result", "reason", "reference", "source", "detail"} == set(
        new[0]
    )
    api.call("GET", "/api/audit?after=x", status=422)


@pytest.mark.parametrize("body", ["not json", "[]", '"x"'])
def test_a_body_that_is_no_object_is_refused(world: World, body: str) -> None:
    api = world.api()
    answer = api.http.put("/api/configuration/users/mona", data=body, headers=api.headers)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid-json")


def test_an_unknown_address_answers_json(world: World) -> None:
    answer = world.portal.test_client().get("/api/nothing/here")
    assert (answer.status_code, answer.get_json()["error"]) == (404, "not-found")
    assert world.portal.test_client().get("/api/session/login").get_json()["error"] == "method-not-allowed"
