"""The SAML URLs of vendors that need no code of their own: those that their `saml_routes` list."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from mock_idp.apps import SamlApp
from mock_idp.personalities import PERSONALITIES
from mock_idp.personalities.base import Personality, SamlRoute
from mock_idp.saml import logout, lookup, metadata, sso
from mock_idp.saml.refusals import RefusedError, error_page
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant


def blueprint() -> Blueprint:
    """The routes of every personality that lists some."""
    found = Blueprint("profile_saml", __name__)
    for personality in PERSONALITIES:
        for number, route in enumerate(personality.saml_routes):
            found.add_url_rule(
                f"/t/<tenant>{route.rule}",
                endpoint=f"{personality.name}-{number}-{route.serves}",
                view_func=partial(_serve, personality, route),
                methods=["GET", "POST"] if route.serves == "messages" else ["GET"],
            )
    return found


def _serve(
    personality: Personality, route: SamlRoute, tenant: str, app: str = "", **rest: str
) -> ResponseReturnValue:
    del rest  # further segments of the vendor's URL, which name the tenant once more
    found = find_tenant(tenant, personality.name)
    try:
        if route.serves == "metadata":
            return _metadata(found, _named(found, app) if app else None)
        if route.serves == "start":
            return sso.start(found, _named(found, app))
        asked = _named(found, app) if app else None  # else the message's Issuer names it
        received = sso.receive_or_refuse()
        if received.kind in logout.KINDS:
            return logout.answer(found, received, asked)
        return sso.answer(found, received, asked)
    except RefusedError as error:
        return error_page(found, error)


def _named(tenant: Tenant, name: str) -> SamlApp:
    found = next((app for app in tenant.saml_apps if app.name == name), None)
    if found is None:
        raise lookup.unknown_app(tenant, name)
    return found


def _metadata(tenant: Tenant, app: SamlApp | None) -> Response:
    """One document for each application, or for all; with a single one it shows that one's settings."""
    name = app.name if app else None
    tenant.journal.record("saml.metadata", summary="The metadata was read.", app=name)
    apps = [app] if app else tenant.saml_apps
    data = metadata.app_metadata(tenant, apps[0]) if len(apps) == 1 else metadata.tenant_metadata(tenant)
    return Response(data, content_type="application/xml; charset=utf-8")
