"""What the control API answers about tenants and applications, as JSON-ready data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from mock_idp.apps import App, SamlApp
from mock_idp.tenants import Tenant


def tenant_json(tenant: Tenant) -> dict[str, Any]:
    """The tenant with the URLs that are of use without an application."""
    return {
        "name": tenant.name,
        "personality": tenant.personality.name,
        "base_url": tenant.base_url,
        "directory_id": tenant.place.directory_id,
        "urls": asdict(tenant.personality.oidc.endpoints(tenant.place)),
        "personas": sorted(tenant.personas),
        "apps": sorted(tenant.apps),
        "settings": tenant.settings.as_json(),
    }


def app_json(tenant: Tenant, app: App) -> dict[str, Any]:
    """The application with what an administrator copies into the service provider or relying party."""
    settings = asdict(app)
    settings["app"] = settings.pop("name")
    if not isinstance(app, SamlApp):
        return settings | asdict(tenant.personality.oidc.endpoints(tenant.place))
    endpoints = tenant.personality.saml.endpoints(tenant.place, app.name)
    profile = tenant.personality.saml
    return settings | {
        "name_id_format": app.name_id_format or profile.default_name_id_format,
        "sign": app.sign or profile.default_sign,
        "issuer": endpoints.entity_id,
        "sso_url": endpoints.sso_url,
        "metadata_url": endpoints.metadata_url,
        "certificate": tenant.keys.active.saml_certificate.pem,
    }


def as_body(app: App, model: type[BaseModel]) -> dict[str, Any]:
    """The registration in the shape in which `model` takes it: fields of the same names, lists for tuples."""
    kept = asdict(app)
    return {name: _as_lists(kept[name]) for name in model.model_fields if name in kept}


def _as_lists(value: object) -> object:
    if isinstance(value, tuple):
        return [_as_lists(item) for item in value]
    if isinstance(value, dict):
        return {name: _as_lists(item) for name, item in value.items()}
    return value


def keys_json(tenant: Tenant) -> dict[str, Any]:
    """The kids of the active key and of all published keys."""
    return {"active": tenant.keys.active.kid, "published": [key.kid for key in tenant.keys.published]}
