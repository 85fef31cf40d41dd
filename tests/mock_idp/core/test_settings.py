"""Changing what exists: settings of a tenant, fields of an application, a persona."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args

from mock_idp.control.bodies import SettingsBody
from mock_idp.tenant_settings import Consent, TenantSettings
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.core.test_control import OIDC, SAML, refusal


def test_settings_have_defaults_and_change_one_by_one(idp: RunningIdp, okta: dict[str, Any]) -> None:
    path = f"/tenants/{okta['name']}"
    assert okta["settings"] == TenantSettings().as_json()
    idp.made("PATCH", path, {"settings": {"certificate_expired": True}})
    changed = idp.made("PATCH", path, {"settings": {"metadata_declaration": "bom"}})["settings"]
    assert changed == TenantSettings(certificate_expired=True, metadata_declaration="bom").as_json()
    assert idp.made("GET", path)["settings"] == changed
    assert idp.tenant(okta).settings.certificate_expired


def test_a_tenant_is_created_with_settings(idp: RunningIdp) -> None:
    made = idp.new_tenant("entra", settings={"consent": "declined"})
    assert made["settings"] == TenantSettings(consent="declined").as_json()


def test_the_api_takes_every_setting() -> None:
    assert set(SettingsBody.model_fields) == {field.name for field in fields(TenantSettings)}
    assert SettingsBody().model_dump() == TenantSettings().as_json()


def test_unknown_settings_and_values_are_refused(idp: RunningIdp, okta: dict[str, Any]) -> None:
    path = f"/tenants/{okta['name']}"
    body = refusal(idp.control("PATCH", path, {"settings": {"consnt": "none"}}), 422, "unknown-field")
    assert "Did you mean 'consent'?" in body["message"]
    assert set(body["allowed"]) == set(TenantSettings().as_json())
    body = refusal(idp.control("PATCH", path, {"settings": {"consent": "maybe"}}), 422, "invalid-field")
    assert body["allowed"] == list(get_args(Consent))
    refusal(idp.control("PATCH", path, {"personality": "entra"}), 422, "invalid-field")


def test_any_field_of_an_app_can_be_changed_alone(idp: RunningIdp, okta: dict[str, Any]) -> None:
    apps = f"/tenants/{okta['name']}/apps"
    saml, oidc = idp.made("PUT", f"{apps}/sp", SAML), idp.made("PUT", f"{apps}/rp", OIDC)
    assert idp.made("PATCH", f"{apps}/sp", {"sign": "both"}) == {**saml, "sign": "both"}
    changed = idp.made("PATCH", f"{apps}/rp", {"pkce_required": True, "client_secret": None})
    assert changed == {**oidc, "pkce_required": True, "client_secret": None}
    renamed = idp.made("PATCH", f"{apps}/rp", {"client_id": "other"})
    assert renamed == {**changed, "client_id": "other", "client_secret_id": renamed["client_secret_id"]}


def test_an_app_is_changed_wrongly(idp: RunningIdp, okta: dict[str, Any]) -> None:
    apps = f"/tenants/{okta['name']}/apps"
    idp.made("PUT", f"{apps}/sp", SAML)
    refusal(idp.control("PATCH", f"{apps}/none", {}), 404, "unknown-app")
    body = refusal(idp.control("PATCH", f"{apps}/sp", {"sing": "both"}), 422, "unknown-field")
    assert "Did you mean 'sign'?" in body["message"]
    refusal(idp.control("PATCH", f"{apps}/sp", {"protocol": "oidc"}), 422, "invalid-field")
    assert idp.made("GET", f"{apps}/sp")["audience"] == SAML["audience"]


def test_only_a_persona_that_exists_is_patched(idp: RunningIdp, okta: dict[str, Any]) -> None:
    path = f"/tenants/{okta['name']}/personas"
    assert idp.made("PATCH", f"{path}/alice", {"email": "Alice@ACME.test"})["email"] == "Alice@ACME.test"
    refusal(idp.control("PATCH", f"{path}/nobody-here", {}), 404, "unknown-persona")
