"""The portal's JSON API: the single sign-on configuration, its history and the instructions."""

from typing import Any

import pytest

from platform_stub.policy import Policy
from tests.platform_stub.certs import pem
from tests.platform_stub.conftest import World, build

SSO = "/api/configuration/sso"
SAML = {
    "single_sign_on_url": "https://idp.test/sso",
    "issuer_url": "https://idp.test/x",
    "certificate_x509": pem(),
}
SECRET = "very-secret-value-42"


def test_without_the_flag_there_is_no_configuration(world: World) -> None:
    api = world.api()
    for method, path, body in (
        ("GET", SSO, None),
        ("PUT", SSO, {}),
        ("PUT", f"{SSO}/enabled", {"enabled": True}),
        ("POST", f"{SSO}/import", {"metadata_url": "https://idp.test"}),
        ("GET", f"{SSO}/history", None),
        ("POST", f"{SSO}/rollback", {"revision": 1}),
        ("GET", f"{SSO}/instructions", None),
    ):
        assert api.call(method, path, body, 403)["error"] == "sso-not-available"


def test_save_is_partial_and_keeps_the_switch(licensed: World) -> None:
    api = licensed.api()
    first = api.call("PUT", SSO, {"saml": SAML})
    assert (first["revision"], first["enabled"], first["authentication_standard"]) == (1, False, "SAML")
    second = api.call("PUT", SSO, {"saml": {"issuer_url": "https://idp.test/y"}})
    assert second["saml"] == {
        **SAML,
        "metadata_url": "",
        "single_logout_url": "",
        "issuer_url": "https://idp.test/y",
    }
    assert api.call("GET", SSO) == second


def test_what_get_shows_may_be_put_back(licensed: World) -> None:
    api = licensed.api()
    api.call("PUT", SSO, {"saml": SAML, "oidc": {"authorization_secret": SECRET}})
    shown = api.call("GET", SSO)
    again = api.call("PUT", SSO, shown)
    assert again == {**shown, "revision": 2}
    assert licensed.config().oidc.authorization_secret == SECRET
    answer = api.call("PUT", SSO, {"enabled": True}, 422)
    assert "PUT /api/configuration/sso/enabled" in answer["message"]


def test_the_secret_is_never_told(licensed: World) -> None:
    api = licensed.api()
    api.call("PUT", SSO, {"authentication_standard": "OIDC", "oidc": {"authorization_secret": SECRET}})
    api.call("PUT", SSO, {"oidc": {"authorization_secret": ""}})
    api.call("POST", f"{SSO}/rollback", {"revision": 1})
    told = [api.call("GET", path) for path in (SSO, f"{SSO}/history", "/api/audit")]
    assert SECRET not in str(told)
    assert told[0]["oidc"]["authorization_secret_set"] is True
    assert licensed.config().oidc.authorization_secret == SECRET
    assert SECRET not in repr(licensed.config())


def test_the_secret_is_in_the_audit_as_a_hash(licensed: World) -> None:
    licensed.api().call("PUT", SSO, {"oidc": {"authorization_secret": SECRET}})
    change = licensed.audit("sso.saved")[-1]["detail"]["changes"]["oidc.authorization_secret"]
    assert change["old"] == "" and change["new"].startswith("sha256:")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"authentication_standard": "LDAP"}, "authentication_standard"),
        ({"saml": {"single_sign_on_url": "javascript:alert(1)"}}, "saml.single_sign_on_url"),
        ({"saml": {"single_sign_on_url": "http://idp.test/sso"}}, "saml.single_sign_on_url"),
        ({"saml": {"single_sign_on_url": "https://"}}, "saml.single_sign_on_url"),
        ({"saml": {"issuer_url": "a\nb"}}, "saml.issuer_url"),
        ({"saml": {"certificate_x509": "garbage!"}}, "saml.certificate_x509"),
        ({"oidc": {"token_endpoint": "ftp://idp.test"}}, "oidc.token_endpoint"),
        ({"oidc": {"client_id": "x"}}, "oidc.client_id"),
        ({"saml": {"issuer_url": 5}}, "saml.issuer_url"),
        ({"saml": []}, "saml"),
        ({"revision": "1"}, "revision"),
    ],
    ids=str,
)
def test_a_bad_configuration_is_refused_by_field(licensed: World, body: dict[str, Any], field: str) -> None:
    answer = licensed.api().call("PUT", SSO, body, 422)
    assert list(answer["fields"]) == [field]
    assert licensed.config().revision == 0


def test_http_is_accepted_for_this_computer(licensed: World) -> None:
    licensed.api().call("PUT", SSO, {"saml": {"single_sign_on_url": "http://127.0.0.1:8400/sso"}})
    licensed.api().call("PUT", SSO, {"saml": {"single_sign_on_url": "http://localhost:8400/sso"}})


def test_a_stale_revision_is_a_conflict(licensed: World) -> None:
    sam, sue = licensed.api("sam"), licensed.api("sue")
    sam.call("PUT", SSO, {"revision": 0, "saml": {"issuer_url": "by-sam"}})
    answer = sue.call("PUT", SSO, {"revision": 0, "saml": {"issuer_url": "by-sue"}}, 409)
    assert answer["error"] == "stale-revision"
    assert licensed.config().saml.issuer_url == "by-sam"
    sue.call("PUT", SSO, {"revision": 1, "saml": {"issuer_url": "by-sue"}})


def test_roll_back_restores_as_a_new_revision(licensed: World) -> None:
    api = licensed.api()
    api.call("PUT", SSO, {"saml": SAML})
    api.call("PUT", SSO, {"saml": {"issuer_url": "bad"}})
    api.call("PUT", f"{SSO}/enabled", {"enabled": True})
    restored = api.call("POST", f"{SSO}/rollback", {"revision": 1})
    assert (restored["revision"], restored["enabled"]) == (3, True)
    assert restored["saml"]["issuer_url"] == SAML["issuer_url"]
    history = api.call("GET", f"{SSO}/history")["revisions"]
    told = [(entry["revision"], entry["saml"]["issuer_url"], entry["restored_from"]) for entry in history]
    assert told == [(3, SAML["issuer_url"], 1), (2, "bad", None), (1, SAML["issuer_url"], None)]
    assert api.call("POST", f"{SSO}/rollback", {"revision": 9}, 404)["error"] == "unknown-revision"


def test_a_roll_back_that_restores_nothing_is_a_weakness() -> None:
    world = build(Policy(rollback_restores=False))
    world.flag(on=True)
    api = world.api()
    api.call("PUT", SSO, {"saml": SAML})
    api.call("PUT", SSO, {"saml": {"issuer_url": "bad"}})
    assert api.call("POST", f"{SSO}/rollback", {"revision": 1})["saml"]["issuer_url"] == "bad"
    world.ctx.store.close()


def test_disable_keeps_the_configuration(licensed: World) -> None:
    api = licensed.api()
    api.call("PUT", SSO, {"saml": SAML})
    api.call("PUT", f"{SSO}/enabled", {"enabled": True})
    after = api.call("PUT", f"{SSO}/enabled", {"enabled": False})
    assert (after["revision"], after["enabled"], after["saml"]["issuer_url"]) == (
        1,
        False,
        SAML["issuer_url"],
    )


def test_a_disable_that_forgets_is_a_weakness() -> None:
    world = build(Policy(disabling_keeps_configuration=False))
    world.flag(on=True)
    api = world.api()
    api.call("PUT", SSO, {"saml": SAML})
    assert api.call("PUT", f"{SSO}/enabled", {"enabled": False})["saml"]["issuer_url"] == ""
    world.ctx.store.close()


def test_enabling_keeps_live_sessions(licensed: World) -> None:
    browser, api = licensed.signed_in("mona"), licensed.api()
    api.call("PUT", f"{SSO}/enabled", {"enabled": True})
    assert browser.whoami()["user"]["login"] == "mona"


def test_enabling_ends_the_others_sessions_by_the_knob() -> None:
    world = build(Policy(sessions_on_enable="revoke"))
    world.flag(on=True)
    browser, api = world.signed_in("mona"), world.api()
    api.call("PUT", f"{SSO}/enabled", {"enabled": True})
    assert browser.whoami()["user"] is None
    api.call("PUT", f"{SSO}/enabled", {"enabled": False})
    world.ctx.store.close()


def test_instructions_are_values_of_this_client(licensed: World) -> None:
    values = licensed.api().call("GET", f"{SSO}/instructions")
    base = "http://localhost:8500/acme/sso"
    certificates = {values.pop(f"{use}_certificate") for use in ("single_logout", "encryption")}
    assert len(certificates) == 2
    assert all(certificate.startswith("-----BEGIN CERTIFICATE-----") for certificate in certificates)
    assert values == {
        "user_single_sign_on_url": f"{base}/saml/user/acs",
        "agent_single_sign_on_url": f"{base}/saml/agent/acs",
        "audience_restriction": f"{base}/saml/metadata",
        "single_logout_url": f"{base}/saml/logout",
        "user_redirect_url": f"{base}/oidc/user/callback",
        "agent_redirect_url": f"{base}/oidc/agent/callback",
    }
