"""The control API: what it makes, and how its refusals teach."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mock_idp.personalities import PERSONALITIES
from tests.mock_idp.conftest import RunningIdp

SAML = {
    "protocol": "saml",
    "acs_urls": ["http://sp.example/acs"],
    "audience": "http://sp.example",
    "assigned": "everyone",
}
OIDC = {"protocol": "oidc", "redirect_uris": ["http://rp.example/cb"], "assigned": "everyone"}


def refusal(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    assert body["error"] == code
    assert body["message"].endswith((".", "?"))
    return body


def test_health_needs_no_token_and_everything_else_does(idp: RunningIdp) -> None:
    assert httpx.get(f"{idp.control_url}/health").json()["status"] == "ok"
    for header in (b"", b"Bearer wrong", "Bearer ü".encode()):
        body = refusal(
            httpx.get(f"{idp.control_url}/catalog", headers={b"Authorization": header}), 401, "unauthorized"
        )
        assert "Authorization: Bearer" in body["message"]


def test_catalog_has_every_name(idp: RunningIdp) -> None:
    catalog = idp.made("GET", "/catalog")
    assert [entry["name"] for entry in catalog["personalities"]] == [entry.name for entry in PERSONALITIES]
    assert catalog["personas"]["alice"]["email"] == "alice@acme.test"
    assert catalog["personas"]["alice"]["password"] == "correct-horse-alice"
    assert len(catalog["personas"]) == 10
    stages = {entry["name"] for entry in catalog["stages"]}
    for fault in catalog["faults"]:
        assert set(fault) == {"name", "protocol", "stage", "class", "summary", "params", "touches"}
        assert fault["stage"] in stages
        assert fault["summary"].endswith(".")
    # these say the same in another way, or hide it among much
    spelling = {fault["name"] for fault in catalog["faults"] if not fault["touches"]}
    assert spelling == {
        "saml.logout-request.bomb",
        "saml.text.doctype",
        "saml.xml.default-namespace",
        "saml.xml.namespaces-on-root",
    }


def test_a_tenant_lives_and_dies(idp: RunningIdp) -> None:
    made = idp.made("POST", "/tenants", {"personality": "azure"})
    path = f"/tenants/{made['name']}"
    assert made["personality"] == "entra"
    assert made["base_url"] == f"{idp.base_url}/t/{made['name']}"
    assert idp.made("GET", path) == made
    assert idp.control("DELETE", path).status_code == 204
    refusal(idp.control("GET", path), 404, "unknown-tenant")


def test_two_tenants_are_strangers(idp: RunningIdp, okta: dict[str, Any]) -> None:
    other = idp.new_tenant("okta")
    names = [tenant["name"] for tenant in (okta, other)]
    issuers = {idp.made("PUT", f"/tenants/{name}/apps/portal", SAML)["issuer"] for name in names}
    kids = {idp.tenant(tenant).keys.active.kid for tenant in (okta, other)}
    assert (len(issuers), len(kids)) == (2, 2)
    idp.made("PUT", f"/tenants/{names[0]}/personas/alice", {"email": None})
    assert idp.tenant(other).personas["alice"].email == "alice@acme.test"


@pytest.mark.parametrize(
    ("body", "status", "code", "words"),
    [
        ({"personality": "okat"}, 422, "unknown-personality", "Did you mean 'okta'?"),
        ({}, 422, "invalid-field", "'personality'"),
        ({"personality": "okta", "name": "Not A Slug"}, 422, "invalid-field", "'name'"),
        ({"personality": "okta", "nam": "x"}, 422, "unknown-field", "Did you mean 'name'?"),
        (
            {"personality": "okta", "personas": {"a": {"status": "gone"}}},
            422,
            "invalid-field",
            "'active', 'suspended', 'locked' or 'password_expired'",
        ),
    ],
)
def test_creating_a_tenant_wrongly(idp: RunningIdp, body: object, status: int, code: str, words: str) -> None:
    assert words in refusal(idp.control("POST", "/tenants", body), status, code)["message"]


def test_a_name_is_taken_once(idp: RunningIdp, okta: dict[str, Any]) -> None:
    refusal(
        idp.control("POST", "/tenants", {"personality": "okta", "name": okta["name"]}), 409, "tenant-exists"
    )


def test_bodies_that_are_no_json_object(idp: RunningIdp) -> None:
    refusal(idp.client.post("/tenants", content=b"{"), 400, "not-json")
    refusal(idp.client.post("/tenants", json=["okta"]), 400, "not-an-object")


def test_unknown_urls_and_methods_are_json_too(idp: RunningIdp) -> None:
    refusal(idp.control("GET", "/nothing"), 404, "not-found")
    refusal(idp.control("PATCH", "/tenants"), 405, "method-not-allowed")


def test_own_personas_start_from_the_catalogue_or_afresh(idp: RunningIdp) -> None:
    made = idp.new_tenant("okta", personas={"alice": {"email": None}, "zoe": {"login": "zoe"}})
    personas = idp.tenant(made).personas
    assert set(personas) == {"alice", "zoe"}
    assert (personas["alice"].given_name, personas["alice"].email) == ("Alice", None)
    assert (personas["zoe"].login, personas["zoe"].email) == ("zoe", "zoe@acme.test")


def test_a_persona_is_patched(idp: RunningIdp, okta: dict[str, Any]) -> None:
    path = f"/tenants/{okta['name']}/personas/alice"
    first = idp.made("PUT", path, {"groups": ["a"], "email_verified": False})
    second = idp.made("PUT", path, {"email": None})
    assert second == {**first, "email": None}
    assert idp.made("PUT", path, second) == second
    refusal(idp.control("PUT", path, {"login": "MALLORY@acme.test"}), 409, "login-taken")
    refusal(idp.control("PUT", path, {"login": None}), 422, "invalid-field")
    body = refusal(idp.control("PUT", path, {"email": "a\u0000b"}), 422, "invalid-field")
    assert "control character" in body["message"]
    assert idp.control("DELETE", path).status_code == 204
    refusal(idp.control("DELETE", path), 404, "unknown-persona")


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"protocol": "sam"}, "unknown-protocol", "Did you mean 'saml'?"),
        ({"assigned": "all"}, "invalid-field", "a list of persona IDs"),
        ({"assigned": ["alic"]}, "unknown-persona", "Did you mean 'alice'?"),
        ({"acs_urls": []}, "invalid-field", "'acs_urls'"),
        ({"acs_urls": ["javascript:alert(1)"]}, "invalid-field", "absolute http or https URL"),
        ({"name_id_format": "email"}, "invalid-field", "emailAddress"),
        ({"sign": "all"}, "invalid-field", "'both'"),
        ({"asigned": []}, "unknown-field", "Did you mean 'assigned'?"),
    ],
)
def test_registering_a_saml_app_wrongly(
    idp: RunningIdp, okta: dict[str, Any], change: dict[str, Any], code: str, words: str
) -> None:
    answer = idp.control("PUT", f"/tenants/{okta['name']}/apps/portal", SAML | change)
    assert words in refusal(answer, 422, code)["message"]


def test_a_saml_app_is_registered_and_forgotten(idp: RunningIdp, okta: dict[str, Any]) -> None:
    path = f"/tenants/{okta['name']}/apps/portal"
    made = idp.made("PUT", path, SAML | {"name_id_format": "persistent", "sign": "assertion"})
    assert made["name_id_format"] == "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    assert made["app"] == "portal"
    assert made["certificate"].startswith("-----BEGIN CERTIFICATE-----")
    assert idp.made("GET", path) == made
    assert idp.control("DELETE", path).status_code == 204
    refusal(idp.control("GET", path), 404, "unknown-app")


def test_entra_finds_an_app_by_its_audience_so_it_is_unique(
    idp: RunningIdp, okta: dict[str, Any], entra: dict[str, Any]
) -> None:
    for name in ("one", "two"):
        idp.made("PUT", f"/tenants/{okta['name']}/apps/{name}", SAML)
    idp.made("PUT", f"/tenants/{entra['name']}/apps/one", SAML)
    refusal(idp.control("PUT", f"/tenants/{entra['name']}/apps/two", SAML), 409, "audience-taken")


def test_an_oidc_app_keeps_its_credentials_unless_told(idp: RunningIdp, okta: dict[str, Any]) -> None:
    path = f"/tenants/{okta['name']}/apps/portal"
    first = idp.made("PUT", path, OIDC)
    assert first["client_id"].startswith("0oa")
    assert first["issuer"] == okta["base_url"]
    again = idp.made("PUT", path, OIDC | {"pkce_required": True})
    assert (again["client_id"], again["client_secret"]) == (first["client_id"], first["client_secret"])
    told = idp.made("PUT", path, OIDC | {"client_id": "mine", "client_secret": None})
    assert (told["client_id"], told["client_secret"]) == ("mine", None)
    refusal(
        idp.control("PUT", f"/tenants/{okta['name']}/apps/b", OIDC | {"client_id": "mine"}),
        409,
        "client-id-taken",
    )
    refusal(idp.control("PUT", path, OIDC | {"redirect_uris": ["data:text/html,x"]}), 422, "invalid-field")


def test_the_clock_is_shifted_frozen_and_released(idp: RunningIdp, okta: dict[str, Any]) -> None:
    path = f"/tenants/{okta['name']}/clock"
    assert idp.made("PUT", path, {"now": "2030-01-01T00:00:00+02:00"}) == {"now": "2029-12-31T22:00:00.000Z"}
    assert (
        idp.made("PUT", path, {"offset_seconds": 10**8})["now"] > idp.made("PUT", path, {"now": None})["now"]
    )
    refusal(idp.control("PUT", path, {}), 422, "invalid-field")
    refusal(idp.control("PUT", path, {"now": "tomorrow"}), 422, "invalid-field")
    refusal(idp.control("PUT", path, {"offset_seconds": "5"}), 422, "invalid-field")


def test_a_rollover_goes_in_order(idp: RunningIdp, entra: dict[str, Any]) -> None:
    path = f"/tenants/{entra['name']}/keys"
    refusal(idp.control("POST", path, {"action": "retire"}), 422, "invalid-field")
    refusal(idp.control("POST", path, {"action": "activate_next"}), 409, "rollover-out-of-order")
    published = idp.made("POST", path, {"action": "publish_next"})
    refusal(idp.control("POST", path, {"action": "publish_next"}), 409, "rollover-out-of-order")
    activated = idp.made("POST", path, {"action": "activate_next"})
    assert published["published"] == [published["active"], activated["active"]]
    retired = idp.made("POST", path, {"action": "retire_previous"})
    assert retired == {"active": activated["active"], "published": [activated["active"]]}
    refusal(idp.control("POST", path, {"action": "retire_previous"}), 409, "rollover-out-of-order")


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        ({"name": "saml.audience.replac"}, "unknown-fault", "Did you mean 'saml.audience.replace'?"),
        ({}, "unknown-fault", "None"),
        ({"name": "saml.audience.replace"}, "invalid-fault-parameter", "needs the parameter 'audience'"),
        ({"name": "saml.audience.replace", "audience": 5}, "invalid-fault-parameter", "as string"),
        ({"name": "saml.audience.remove", "audience": "x"}, "invalid-fault-parameter", "has no parameter"),
    ],
)
def test_arming_a_fault_wrongly(
    idp: RunningIdp, okta: dict[str, Any], fault: dict[str, Any], code: str, words: str
) -> None:
    body = {"attempt": "_1", "fault": fault}
    assert (
        words in refusal(idp.control("POST", f"/tenants/{okta['name']}/faults", body), 422, code)["message"]
    )


def test_one_attempt_takes_one_fault(idp: RunningIdp, okta: dict[str, Any]) -> None:
    path = f"/tenants/{okta['name']}/faults"
    body = {"attempt": "_1", "fault": {"name": "saml.audience.remove"}}
    armed = idp.control("POST", path, body)
    assert (armed.status_code, armed.json()["fired"]) == (201, 0)
    refusal(idp.control("POST", path, body), 409, "already-armed")
    refusal(idp.control("GET", f"{path}/fault-99"), 404, "unknown-armed-fault")


def test_the_journal_is_read_by_attempt_and_from_a_number(idp: RunningIdp, okta: dict[str, Any]) -> None:
    path = f"/tenants/{okta['name']}"
    idp.made("PUT", f"{path}/clock", {"offset_seconds": 0})
    idp.made("POST", f"{path}/faults", {"attempt": "_1", "fault": {"name": "saml.audience.remove"}})
    journal = idp.made("GET", f"{path}/journal")
    assert [entry["kind"] for entry in journal["entries"]] == ["control.clock", "control.fault"]
    assert (journal["entries"][0]["seq"], journal["last"]) == (1, 2)
    assert [entry["seq"] for entry in idp.made("GET", f"{path}/journal?after=1")["entries"]] == [2]
    assert [entry["seq"] for entry in idp.made("GET", f"{path}/journal?attempt=_1")["entries"]] == [2]
    refusal(idp.control("GET", f"{path}/journal?after=x"), 422, "invalid-parameter")
