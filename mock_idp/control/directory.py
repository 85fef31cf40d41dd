"""Control of a tenant's directory: its personas and the applications registered there."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from mock_idp.apps import App, GroupsClaim, OidcApp, SamlApp
from mock_idp.apps import Assigned as AssignedTo
from mock_idp.control import provider_metadata
from mock_idp.control.bodies import NAME, OidcAppBody, PersonaBody
from mock_idp.control.errors import ControlError, unknown
from mock_idp.control.lookup import json_body, parsed, tenant_of
from mock_idp.control.saml_bodies import ProviderMetadataBody, SamlAppBody
from mock_idp.control.views import app_json, as_body
from mock_idp.one_time_codes import code_of
from mock_idp.personalities.saml_attributes import USER_FIELD
from mock_idp.personas import fresh_persona
from mock_idp.tenants import Tenant

routes = Blueprint("directory", __name__)

BODIES: Mapping[str, type[SamlAppBody | OidcAppBody]] = {"saml": SamlAppBody, "oidc": OidcAppBody}


@routes.get("/tenants/<name>/personas")
def list_personas(name: str) -> ResponseReturnValue:
    """Everybody whom the tenant knows, by ID."""
    return jsonify({"personas": {id_: p.as_json() for id_, p in list(tenant_of(name).personas.items())}})


@routes.get("/tenants/<name>/personas/<persona_id>")
def show_persona(name: str, persona_id: str) -> ResponseReturnValue:
    """Show a persona."""
    tenant = tenant_of(name)
    if persona_id not in tenant.personas:
        raise unknown("persona", persona_id, tenant.personas, status=404)
    return jsonify(tenant.personas[persona_id].as_json())


@routes.get("/tenants/<name>/personas/<persona_id>/code")
def show_code(name: str, persona_id: str) -> ResponseReturnValue:
    """The code that the person's authenticator app shows now."""
    tenant = tenant_of(name)
    if persona_id not in tenant.personas:
        raise unknown("persona", persona_id, tenant.personas, status=404)
    return jsonify({"code": code_of(tenant.personas[persona_id], tenant.clock.timestamp())})


@routes.get("/tenants/<name>/apps")
def list_apps(name: str) -> ResponseReturnValue:
    """Every registered application, by name."""
    tenant = tenant_of(name)
    return jsonify({"apps": {app.name: app_json(tenant, app) for app in list(tenant.apps.values())}})


@routes.put("/tenants/<name>/personas/<persona_id>")
def put_persona(name: str, persona_id: str) -> ResponseReturnValue:
    """Change a persona, or create one; what the body leaves out stays (or is the usual for a new one)."""
    tenant, body = tenant_of(name), json_body()
    _check_name("persona", persona_id)
    if body.get("id") == persona_id:  # what this API showed may be sent back as it is
        del body["id"]
    changes = parsed(PersonaBody, body).changes()
    persona = tenant.personas.get(persona_id, fresh_persona(persona_id)).patched(changes)
    _check_login(tenant, persona_id, persona.login)
    tenant.personas[persona_id] = persona
    said = ", ".join(field for field in changes if field != "password") or "nothing"
    tenant.journal.record("control.persona", persona=persona_id, summary=f"{persona_id} was changed: {said}.")
    return jsonify(persona.as_json())


@routes.patch("/tenants/<name>/personas/<persona_id>")
def patch_persona(name: str, persona_id: str) -> ResponseReturnValue:
    """Change a persona that exists; what the body leaves out stays."""
    tenant = tenant_of(name)
    if persona_id not in tenant.personas:
        raise unknown("persona", persona_id, tenant.personas, status=404)
    return put_persona(name, persona_id)


@routes.delete("/tenants/<name>/personas/<persona_id>")
def delete_persona(name: str, persona_id: str) -> ResponseReturnValue:
    """Remove a persona; its sessions end with it."""
    tenant = tenant_of(name)
    if persona_id not in tenant.personas:
        raise unknown("persona", persona_id, tenant.personas, status=404)
    del tenant.personas[persona_id]
    tenant.journal.record("control.persona", persona=persona_id, summary=f"{persona_id} was removed.")
    return "", 204


@routes.put("/tenants/<name>/apps/<app_name>")
def put_app(name: str, app_name: str) -> ResponseReturnValue:
    """Register an application, or replace its registration; an OIDC client keeps ID and secret."""
    tenant, body = tenant_of(name), json_body()
    _check_name("app", app_name)
    if body.get("protocol") not in BODIES:
        raise unknown("protocol", body.get("protocol"), BODIES)
    app = _registered(tenant, app_name, body)
    tenant.journal.record(
        "control.app", app=app_name, summary=f"The {app.protocol.upper()} application {app_name} was set."
    )
    return jsonify(app_json(tenant, app))


@routes.patch("/tenants/<name>/apps/<app_name>")
def patch_app(name: str, app_name: str) -> ResponseReturnValue:
    """Change any field of an application's registration but its protocol; what is not named stays."""
    tenant, changes = tenant_of(name), json_body()
    app = _app_of(tenant, app_name)
    if changes.get("protocol", app.protocol) != app.protocol:
        message = f"{app_name} is a {app.protocol.upper()} application; register another one instead."
        raise ControlError(422, "invalid-field", f"The field 'protocol' cannot be changed: {message}")
    changed = _registered(tenant, app_name, as_body(app, BODIES[app.protocol]) | changes)
    said = ", ".join(changes) or "nothing"
    tenant.journal.record("control.app", app=app_name, summary=f"{app_name} was changed: {said}.")
    return jsonify(app_json(tenant, changed))


@routes.get("/tenants/<name>/apps/<app_name>")
def show_app(name: str, app_name: str) -> ResponseReturnValue:
    """Show an application."""
    tenant = tenant_of(name)
    return jsonify(app_json(tenant, _app_of(tenant, app_name)))


@routes.delete("/tenants/<name>/apps/<app_name>")
def delete_app(name: str, app_name: str) -> ResponseReturnValue:
    """Forget an application."""
    tenant = tenant_of(name)
    del tenant.apps[_app_of(tenant, app_name).name]
    tenant.journal.record("control.app", app=app_name, summary=f"The application {app_name} was removed.")
    return "", 204


@routes.put("/tenants/<name>/apps/<app_name>/metadata")
def put_provider_metadata(name: str, app_name: str) -> ResponseReturnValue:
    """Register a SAML application, or change one, by its own metadata."""
    tenant, body = tenant_of(name), parsed(ProviderMetadataBody, json_body())
    _check_name("app", app_name)
    try:
        said = provider_metadata.read(body.xml, encrypt=body.encrypt)
    except provider_metadata.ProviderMetadataError as error:
        raise ControlError(422, "invalid-metadata", str(error)) from error
    known = tenant.apps.get(app_name)
    kept = as_body(known, SamlAppBody) if isinstance(known, SamlApp) else {"assigned": "everyone"}
    app = _registered(tenant, app_name, kept | {"protocol": "saml"} | said)
    tenant.journal.record(
        "control.app", app=app_name, summary=f"{app_name} was set from its metadata: {', '.join(said)}."
    )
    return jsonify(app_json(tenant, app))


def _registered(tenant: Tenant, name: str, body: dict[str, Any]) -> App:
    """The application that `body` describes, kept under `name` from now on."""
    app: App
    if body["protocol"] == "saml":
        app = _saml_app(tenant, name, parsed(SamlAppBody, body))
    else:
        app = _oidc_app(tenant, name, parsed(OidcAppBody, body))
    tenant.apps[name] = app
    return app


def _app_of(tenant: Tenant, name: str) -> App:
    app = tenant.apps.get(name)
    if app is None:
        raise unknown("app", name, tenant.apps, status=404)
    return app


def _check_name(kind: str, name: str) -> None:
    if not re.match(NAME, name):
        message = (
            f"{name!r} is no {kind} name: expected up to 63 letters, digits, dots, dashes or underscores."
        )
        raise ControlError(422, f"invalid-{kind}", message)


def _check_login(tenant: Tenant, persona_id: str, login: str) -> None:
    if not login.strip():
        raise ControlError(422, "invalid-field", "The field 'login' is empty: nobody could sign in with it.")
    for other in list(tenant.personas.values()):
        if other.id != persona_id and other.login.casefold() == login.casefold():
            message = f"{other.id} signs in as {login!r} already; a login names one persona."
            raise ControlError(409, "login-taken", message)


def _assigned(tenant: Tenant, assigned: str | list[str]) -> AssignedTo:
    if isinstance(assigned, str):
        return "everyone"
    for persona_id in assigned:
        if persona_id not in tenant.personas:
            raise unknown("persona", persona_id, tenant.personas)
    return tuple(assigned)


def _saml_app(tenant: Tenant, name: str, body: SamlAppBody) -> SamlApp:
    by_issuer = tenant.personality.saml.finds_app_by_issuer
    for other in tenant.saml_apps if by_issuer else []:
        if other.name != name and other.audience == body.audience:
            message = (
                f"{other.name} has the audience {body.audience!r} already, "
                f"and {tenant.personality.title} finds an application by it."
            )
            raise ControlError(409, "audience-taken", message)
    fields = tenant.personality.saml.user_values(tenant.place, fresh_persona("nobody"))
    for value in body.expressions():
        if value.startswith(USER_FIELD) and value not in fields:
            raise unknown("user-field", value, fields)
    said = body.values(without=("protocol", "assigned"))
    return SamlApp(name=name, assigned=_assigned(tenant, body.assigned), **said)


def new_secret() -> str:
    """A client secret that does not begin with a dash, which command lines would take for an option."""
    return secrets.choice(string.ascii_letters) + secrets.token_urlsafe(30)


def _oidc_app(tenant: Tenant, name: str, body: OidcAppBody) -> OidcApp:
    former = tenant.apps.get(name)
    known = former if isinstance(former, OidcApp) else None
    client_id = body.client_id or (
        known.client_id if known else tenant.personality.application_id(tenant.place, name)
    )
    taken = tenant.oidc_app(client_id)
    if taken is not None and taken.name != name:
        message = f"The application {taken.name} has the client ID {client_id!r} already."
        raise ControlError(409, "client-id-taken", message)
    secret = known.client_secret if known else new_secret()
    servers = [server.name for server in tenant.personality.oidc.servers]
    if body.server is not None and body.server not in servers:
        raise unknown("server", body.server, servers)
    said = body.values(without=("protocol", "assigned", "client_id", "client_secret", "groups_claim"))
    claim = body.groups_claim
    return OidcApp(
        name=name,
        client_id=client_id,
        client_secret=body.client_secret if "client_secret" in body.model_fields_set else secret,
        assigned=_assigned(tenant, body.assigned),
        groups_claim=GroupsClaim(**claim.values()) if claim else None,
        **said,
    )
