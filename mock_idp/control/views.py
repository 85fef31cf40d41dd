"""What the control API answers about tenants and applications, as JSON-ready data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from mock_idp.apps import App, OidcApp, SamlApp
from mock_idp.clock import instant_ms
from mock_idp.keys import KeyRing
from mock_idp.personalities.oidc_base import Org
from mock_idp.personalities.oidc_profile import OidcEndpoints, endpoints
from mock_idp.personalities.place import stable_guid
from mock_idp.saml_keys import signing_key
from mock_idp.tenants import Tenant


def tenant_json(tenant: Tenant) -> dict[str, Any]:
    """The tenant with the URLs that are of use without an application."""
    return {
        "name": tenant.name,
        "personality": tenant.personality.name,
        "base_url": tenant.base_url,
        "directory_id": tenant.place.directory_id,
        "urls": tenant.for_programs(asdict(endpoints_of(tenant))),
        "personas": sorted(tenant.personas),
        "apps": sorted(tenant.apps),
        "settings": tenant.settings.as_json(),
    }


def app_json(tenant: Tenant, app: App) -> dict[str, Any]:
    """The application with what an administrator copies into the service provider or relying party."""
    settings = asdict(app)
    settings["app"] = settings.pop("name")
    if not isinstance(app, SamlApp):
        return settings | _oidc_extras(tenant, app)
    endpoints = tenant.personality.saml.endpoints(tenant.place, app.name)
    profile = tenant.personality.saml
    return settings | {
        "name_id_format": app.name_id_format or profile.default_name_id_format,
        "sign": app.sign or profile.default_sign,
        "issuer": endpoints.entity_id,
        "sso_url": endpoints.sso_url,
        "metadata_url": endpoints.metadata_url,
        "slo_url": endpoints.slo_url,
        "start_url": endpoints.start_url,
        "certificate": signing_key(tenant).saml_certificate.pem,
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


def _oidc_extras(tenant: Tenant, app: OidcApp) -> dict[str, Any]:
    """The URLs to paste, and the ID of the secret, which people send in place of its value."""
    expires = app.secret_expires
    return {
        "secret_expires": instant_ms(expires) if expires else None,
        "client_secret_id": stable_guid(tenant.place.directory_id, "secret", app.client_id),
        **tenant.for_programs(asdict(endpoints_of(tenant, app))),
    }


def endpoints_of(tenant: Tenant, app: OidcApp | None = None) -> OidcEndpoints:
    """Where a relying party finds the IdP: at the application's server, else the vendor's usual one."""
    profile = tenant.personality.oidc
    authority = "" if tenant.settings.authority == "tenant" else tenant.settings.authority
    server = profile.server(app.server if app else None)
    appid = app.client_id if app and app.signing_key == "app" else ""
    place = tenant.place
    org = Org(
        place.tenant, place.base_url, place.directory_id, authority, appid, issuer_url=tenant.issuer_url
    )
    return endpoints(server, org)


def keys_json(ring: KeyRing) -> dict[str, Any]:
    """The kids of the active key and of all published keys."""
    return {"active": ring.active.kid, "published": [key.kid for key in ring.published]}
