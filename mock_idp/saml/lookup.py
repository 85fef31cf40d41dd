"""Which application a SAML request is about: by the path (Okta), by ID, or by the Issuer (Entra)."""

from __future__ import annotations

from mock_idp.apps import SamlApp
from mock_idp.personalities.saml_profile import Problem
from mock_idp.saml.refusals import RefusedError
from mock_idp.tenants import Tenant


def by_path(tenant: Tenant, key: str) -> SamlApp:
    """The application whose URLs carry `key` before `/sso/saml`. Raises RefusedError."""
    urls = tenant.personality.saml.endpoints
    for app in tenant.saml_apps:
        if urls(tenant.place, app.name).sso_url.endswith(f"/{key}/sso/saml"):
            return app
    raise unknown_app(tenant, key)


def by_id(tenant: Tenant, app_id: str) -> SamlApp:
    """The application with that application (client) ID. Raises RefusedError."""
    for app in tenant.saml_apps:
        if tenant.personality.application_id(tenant.place, app.name) == app_id:
            return app
    raise unknown_app(tenant, app_id)


def by_issuer(tenant: Tenant, issuer: str | None) -> SamlApp:
    """The application with that entity ID, or that application ID, with `spn:` before it or not (S19).

    Raises RefusedError."""
    for app in tenant.saml_apps:
        if app.audience == issuer:
            return app
    return by_id(tenant, (issuer or "").removeprefix("spn:"))


def unknown_app(tenant: Tenant, identifier: str | None) -> RefusedError:
    """The refusal of a name that no application of this tenant bears."""
    return RefusedError(Problem.UNKNOWN_APP, issuer=identifier, directory=tenant.name)
