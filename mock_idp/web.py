"""What every HTTP plane of the IdP needs from Flask: finding the tenant that a path names."""

from __future__ import annotations

from typing import Any, cast

from flask import abort, current_app, request

from mock_idp.tenants import Tenant, TenantStore

STORE = "mock_idp_tenants"


def tenant_store() -> TenantStore:
    """The store that `create_app` hung on the running application."""
    return cast(TenantStore, current_app.extensions[STORE])


def find_tenant(name: str, vendor: str | None = None) -> Tenant:
    """The tenant of that name; 404 when there is none, or when it does not speak this vendor's URL layout."""
    tenant = tenant_store().get(name)
    if tenant is None:
        known = ", ".join(tenant_store().names()) or "none"
        abort(404, f"There is no tenant named {name!r}. Tenants here: {known}.")
    if tenant.settings.outage:
        abort(503, f"The tenant {name!r} is set up to be down (`outage`).")
    if vendor is not None and tenant.personality.name != vendor:
        abort(404, f"The tenant {name!r} is {tenant.personality.title}, which serves nothing at this path.")
    domain = tenant.settings.custom_domain
    if domain is not None and request.host_url.rstrip("/") == domain.rstrip("/"):
        return tenant.at_custom_domain()
    return tenant


def json_object() -> dict[str, Any]:
    """The JSON object that the request's body is, whatever its type says; 400 for anything else."""
    try:
        body = request.get_json(force=True)
    except RecursionError:  # thousands of brackets
        body = None
    if not isinstance(body, dict):
        abort(400, "The body is no JSON object.")
    return body
