"""Control of tenants as a whole: creating, showing and deleting them, their clock and their keys."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from mock_idp.clock import instant_ms
from mock_idp.control.bodies import ClockBody, KeysBody, ResetBody, SettingsBody, TenantBody, TenantChangeBody
from mock_idp.control.errors import ControlError, unknown
from mock_idp.control.lookup import json_body, parsed, tenant_of
from mock_idp.control.views import keys_json, tenant_json
from mock_idp.keys import KeyRing, RolloverError
from mock_idp.personalities import find_personality, personality_names
from mock_idp.personas import CATALOGUE, fresh_persona
from mock_idp.tenant_settings import TenantSettings
from mock_idp.tenants import Tenant, TenantExistsError
from mock_idp.web import tenant_store

routes = Blueprint("tenancy", __name__)


@routes.post("/tenants")
def create() -> ResponseReturnValue:
    """Create a tenant."""
    body = parsed(TenantBody, json_body())
    personality = find_personality(body.personality)
    if personality is None:
        raise unknown("personality", body.personality, personality_names())
    personas = CATALOGUE
    if body.personas is not None:
        personas = {
            name: CATALOGUE.get(name, fresh_persona(name)).patched(said.changes())
            for name, said in body.personas.items()
        }
    settings = TenantSettings().changed(parsed(SettingsBody, body.settings).changes())
    try:
        tenant = tenant_store().create(personality, body.name, personas, settings=settings)
    except TenantExistsError as error:
        raise ControlError(409, "tenant-exists", str(error)) from error
    return jsonify(tenant_json(tenant)), 201


@routes.get("/tenants")
def list_tenants() -> ResponseReturnValue:
    """The names of all tenants."""
    return jsonify({"tenants": tenant_store().names()})


@routes.post("/tenants/<name>/reset")
def reset(name: str) -> ResponseReturnValue:
    """Bring a tenant back to the state of its creation, its applications and keys apart unless told."""
    tenant = tenant_of(name)
    also = parsed(ResetBody, json_body() if request.get_data() else {}).also
    tenant.reset(apps="apps" in also, keys="keys" in also)
    return jsonify(tenant_json(tenant))


@routes.get("/tenants/<name>")
def show(name: str) -> ResponseReturnValue:
    """Show a tenant."""
    return jsonify(tenant_json(tenant_of(name)))


@routes.patch("/tenants/<name>")
def change(name: str) -> ResponseReturnValue:
    """Change some settings of a tenant; those that are not named stay."""
    tenant, body = tenant_of(name), parsed(TenantChangeBody, json_body())
    changes = parsed(SettingsBody, body.settings).changes()
    tenant.settings = tenant.settings.changed(changes)
    said = ", ".join(f"{setting}={value}" for setting, value in changes.items()) or "nothing"
    tenant.journal.record("control.settings", summary=f"Settings were changed: {said}.", detail=changes)
    return jsonify(tenant_json(tenant))


@routes.delete("/tenants/<name>")
def delete(name: str) -> ResponseReturnValue:
    """Delete a tenant with all it holds."""
    tenant_store().delete(tenant_of(name).name)
    return "", 204


@routes.put("/tenants/<name>/clock")
def set_clock(name: str) -> ResponseReturnValue:
    """Shift the clock, stop it at an instant, or return to real time."""
    tenant, body = tenant_of(name), parsed(ClockBody, json_body())
    if body.now is not None:
        tenant.clock.freeze(body.now)
    else:
        tenant.clock.shift(body.offset_seconds or 0)
    now = instant_ms(tenant.clock.now())
    tenant.journal.record("control.clock", summary=f"The clock was set; it is {now}.")
    return jsonify({"now": now})


@routes.post("/tenants/<name>/keys")
def roll_keys(name: str) -> ResponseReturnValue:
    """Take one step of a key rollover."""
    tenant, body = tenant_of(name), parsed(KeysBody, json_body())
    ring = _ring(tenant, body.app)
    step = {
        "publish_next": ring.publish_next,
        "activate_next": ring.activate_next,
        "retire_previous": ring.retire_previous,
    }[body.action]
    try:
        step()
    except RolloverError as error:
        raise ControlError(409, "rollover-out-of-order", str(error)) from error
    keys = keys_json(ring)
    tenant.journal.record("control.keys", summary=f"Key rollover: {body.action}.", detail=keys, app=body.app)
    return jsonify(keys)


def _ring(tenant: Tenant, app_name: str | None) -> KeyRing:
    """The keys of the tenant, or those of an application that has its own."""
    if app_name is None:
        return tenant.keys
    own = {app.name: app for app in tenant.oidc_apps if app.signing_key == "app"}
    if app_name not in own:
        message = f"{app_name!r} has no keys of its own; set its signing_key to 'app' first."
        raise ControlError(422, "app-without-keys", message, own)
    return tenant.keys_of(own[app_name])
