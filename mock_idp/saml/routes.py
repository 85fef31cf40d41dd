"""The SAML URLs of each vendor. What is behind them is in `sso`, `logout` and `metadata`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from mock_idp.apps import SamlApp
from mock_idp.personalities.entra.http_answers import may_be_tenant
from mock_idp.personalities.entra.identity import initial_domain
from mock_idp.personalities.saml_profile import Problem
from mock_idp.saml import logout, lookup, metadata, sso
from mock_idp.saml.refusals import RefusedError, error_page
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant

routes = Blueprint("saml", __name__)
Rest = ParamSpec("Rest")
View = Callable[Concatenate[Tenant, Rest], ResponseReturnValue]

METADATA_TYPE = "application/xml; charset=utf-8"
COMMON = "common"
"""The segment that Entra accepts in place of a tenant's ID."""


def _of(vendor: str) -> Callable[[View[Rest]], Callable[..., ResponseReturnValue]]:
    """Give a view its tenant, and turn a refusal into the vendor's error page and a journal entry."""

    def decorate(view: View[Rest]) -> Callable[..., ResponseReturnValue]:
        @wraps(view)
        def served(tenant: str, *args: Rest.args, **kwargs: Rest.kwargs) -> ResponseReturnValue:
            found = find_tenant(tenant, vendor)
            try:
                return view(found, *args, **kwargs)
            except RefusedError as error:
                return error_page(found, error)

        return served

    return decorate


@routes.route("/t/<tenant>/app/<label>/<key>/sso/saml", methods=["GET", "POST"])
@_of("okta")
def okta_sso(tenant: Tenant, label: str, key: str) -> ResponseReturnValue:
    """Okta's SSO URL, one for each application. Without a request it starts a login by itself."""
    del label  # Okta finds the application by its key alone
    app = lookup.by_path(tenant, key)
    try:
        return sso.answer(tenant, sso.receive_or_refuse(), app)
    except RefusedError as error:
        if error.problem is not Problem.REQUEST_MISSING:
            raise
        return sso.start(tenant, app)


@routes.get("/t/<tenant>/home/<label>/<app_id>/<link>")
@_of("okta")
def okta_start(tenant: Tenant, label: str, app_id: str, link: str) -> ResponseReturnValue:
    """Okta's embed link, by which the IdP starts a login by itself."""
    del label, link  # Okta finds the application by its ID alone
    return sso.start(tenant, lookup.by_id(tenant, app_id))


@routes.route("/t/<tenant>/app/<label>/<key>/slo/saml", methods=["GET", "POST"])
@_of("okta")
def okta_slo(tenant: Tenant, label: str, key: str) -> ResponseReturnValue:
    """Okta's single logout URL, one for each application."""
    del label
    return logout.answer(tenant, sso.receive_or_refuse(), lookup.by_path(tenant, key))


@routes.get("/t/<tenant>/login/signout")
@_of("okta")
def okta_signout(tenant: Tenant) -> ResponseReturnValue:
    """Okta's own sign-out, which a person starts at the dashboard."""
    return logout.start(tenant)


@routes.get("/t/<tenant>/app/<key>/sso/saml/metadata")
@_of("okta")
def okta_metadata(tenant: Tenant, key: str) -> ResponseReturnValue:
    """Okta's metadata of an application."""
    return _metadata(tenant, lookup.by_path(tenant, key))


@routes.get("/t/<tenant>/api/v1/apps/<app_id>/sso/saml/metadata")
@_of("okta")
def okta_admin_metadata(tenant: Tenant, app_id: str) -> ResponseReturnValue:
    """Okta's metadata by the administrators' API, with the certificate that `kid` names (documented)."""
    return _metadata(tenant, lookup.by_id(tenant, app_id), kid=request.args.get("kid"))


@routes.route("/t/<tenant>/<directory>/saml2", methods=["GET", "POST"])
@_of("entra")
def entra_saml2(tenant: Tenant, directory: str) -> ResponseReturnValue:
    """Entra's URL for logins and logouts, one for the tenant: the Issuer says which application asks."""
    _check_directory(tenant, directory, COMMON)
    received = sso.receive_or_refuse()
    if received.kind in logout.KINDS:
        return logout.answer(tenant, received)
    if received.parameter == "SAMLResponse":
        raise RefusedError(Problem.RESPONSE_UNSUPPORTED, kind=received.kind)
    return sso.answer(tenant, received)


@routes.get("/t/<tenant>/signin/<app_id>")
@_of("entra")
def entra_start(tenant: Tenant, app_id: str) -> ResponseReturnValue:
    """Entra's link of My Apps, by which the IdP starts a login by itself.

    With `test=1` it is the portal's "Test single sign-on", which sends a request with a fixed ID."""
    app = lookup.by_id(tenant, app_id)
    if request.args.get("test") == "1":
        return sso.test_button(tenant, app)
    return sso.start(tenant, app)


@routes.get("/t/<tenant>/<directory>/wsfed")
@_of("entra")
def entra_wsfed(tenant: Tenant, directory: str) -> ResponseReturnValue:
    """Entra's WS-Federation URL, of which only the sign-out is here (`wa=wsignout1.0`)."""
    _check_directory(tenant, directory, COMMON)
    if request.args.get("wa") not in ("wsignout1.0", "wsignoutcleanup1.0"):
        raise RefusedError(Problem.REQUEST_MALFORMED, reason="Only wa=wsignout1.0 is served here.")
    return logout.start(tenant)


@routes.get("/t/<tenant>/<directory>/federationmetadata/2007-06/federationmetadata.xml")
@_of("entra")
def entra_metadata(tenant: Tenant, directory: str) -> ResponseReturnValue:
    """Entra's federation metadata: of the tenant, of one application (`appid`), or of all (`common`)."""
    if directory == COMMON and "appid" not in request.args:
        tenant.journal.record("saml.metadata", summary="The metadata of all tenants was read.")
        return Response(metadata.common_metadata(tenant), content_type=METADATA_TYPE)
    _check_directory(tenant, directory)
    app_id = request.args.get("appid")
    return _metadata(tenant, None if app_id is None else lookup.by_id(tenant, app_id))


def _check_directory(tenant: Tenant, directory: str, *others: str) -> None:
    """Raise RefusedError for a first path segment that is not this tenant (Entra)."""
    if directory not in (tenant.place.directory_id, initial_domain(tenant.name), *others):
        problem = Problem.UNKNOWN_TENANT if may_be_tenant(directory) else Problem.INVALID_TENANT_NAME
        raise RefusedError(problem, tenant=directory, authority=directory)


def _metadata(tenant: Tenant, app: SamlApp | None, *, kid: str | None = None) -> Response:
    tenant.journal.record("saml.metadata", summary="The metadata was read.", app=app.name if app else None)
    if tenant.settings.saml_metadata_fails:
        abort(503, "The tenant is set up to serve no metadata (`saml_metadata_fails`).")
    data = metadata.app_metadata(tenant, app, kid) if app else metadata.tenant_metadata(tenant)
    return Response(data, content_type=METADATA_TYPE)
