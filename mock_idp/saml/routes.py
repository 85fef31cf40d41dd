"""The SAML URLs of each vendor, and the single sign-on that is behind all of them."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from mock_idp import login_pages
from mock_idp.apps import SamlApp, is_assigned
from mock_idp.personalities.saml_profile import Problem
from mock_idp.saml import authn_request, metadata
from mock_idp.saml.authn_request import AuthnRequest, MalformedRequestError
from mock_idp.saml.checks import granted
from mock_idp.saml.issuing import issue
from mock_idp.saml.refusals import RefusedError, StatusRefusedError, error_page, error_response
from mock_idp.saml.response import Login
from mock_idp.sessions import PendingLogin, SignIn
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant

routes = Blueprint("saml", __name__)

COMMON = "common"
"""The segment that Entra accepts in place of a tenant's ID."""


@routes.route("/t/<tenant>/app/<label>/<key>/sso/saml", methods=["GET", "POST"])
def okta_sso(tenant: str, label: str, key: str) -> ResponseReturnValue:
    """Okta's SSO URL, one for each application. Without a request it starts a login by itself."""
    del label  # Okta finds the application by its key alone
    found = find_tenant(tenant, "okta")
    app = _app_by_path(found, key)
    if app is None:
        return error_page(found, RefusedError(Problem.UNKNOWN_APP))
    if "SAMLRequest" not in request.values:
        return _start(found, Login(app, app.acs_urls[0]), request.values.get("RelayState"))
    return _answer(found, app)


@routes.get("/t/<tenant>/app/<key>/sso/saml/metadata")
def okta_metadata(tenant: str, key: str) -> ResponseReturnValue:
    """Okta's metadata of an application."""
    found = find_tenant(tenant, "okta")
    app = _app_by_path(found, key)
    if app is None:
        return error_page(found, RefusedError(Problem.UNKNOWN_APP))
    return _metadata(found, app)


@routes.route("/t/<tenant>/<directory>/saml2", methods=["GET", "POST"])
def entra_sso(tenant: str, directory: str) -> ResponseReturnValue:
    """Entra's SSO URL, one for the tenant: the request's Issuer says which application asks."""
    found = find_tenant(tenant, "entra")
    if directory not in (found.place.directory_id, COMMON):
        return error_page(found, RefusedError(Problem.UNKNOWN_TENANT, tenant=directory))
    return _answer(found, None)


@routes.get("/t/<tenant>/signin/<app_id>")
def entra_start(tenant: str, app_id: str) -> ResponseReturnValue:
    """Entra's link of My Apps, by which the IdP starts a login by itself."""
    found = find_tenant(tenant, "entra")
    app = _app_by_id(found, app_id)
    if app is None:
        return error_page(found, _unknown_app(found, app_id))
    return _start(found, Login(app, app.acs_urls[0]), request.args.get("RelayState"))


@routes.get("/t/<tenant>/<directory>/federationmetadata/2007-06/federationmetadata.xml")
def entra_metadata(tenant: str, directory: str) -> ResponseReturnValue:
    """Entra's federation metadata, of the tenant or (`appid`) of one application."""
    found = find_tenant(tenant, "entra")
    if directory != found.place.directory_id:
        return error_page(found, RefusedError(Problem.UNKNOWN_TENANT, tenant=directory))
    app_id = request.args.get("appid")
    if app_id is None:
        return _metadata(found, None)
    app = _app_by_id(found, app_id)
    if app is None:
        return error_page(found, _unknown_app(found, app_id))
    return _metadata(found, app)


def _answer(tenant: Tenant, app: SamlApp | None) -> ResponseReturnValue:
    """Answer an AuthnRequest; `app` None means that its Issuer has to name the application."""
    attempt = None
    relay_state = request.values.get("RelayState")
    try:
        asked = _read()
        attempt = asked.id
        _note(tenant, asked, relay_state)
        app = app or _app_by_issuer(tenant, asked.issuer)
        login = granted(tenant, app, asked, relay_state)
        return _start(tenant, login, relay_state, asked)
    except RefusedError as error:
        return error_page(tenant, error, attempt=attempt, app=app.name if app else None)
    except StatusRefusedError as error:
        return error_response(tenant, error)


def _start(
    tenant: Tenant, login: Login, relay_state: str | None, asked: AuthnRequest | None = None
) -> ResponseReturnValue:
    """Sign the person in, if need be, and send the Response. Raises StatusRefusedError."""

    def resume(sign_in: SignIn) -> ResponseReturnValue:
        persona = sign_in.persona
        if is_assigned(login.app, persona.id):
            return issue(tenant, login, sign_in, relay_state)
        app_id = tenant.personality.application_id(tenant.place, login.app.name)
        error = RefusedError(Problem.NOT_ASSIGNED, app_id=app_id, user=persona.login)
        return error_page(tenant, error, attempt=login.request_id, app=login.app.name, persona=persona.id)

    force = asked is not None and asked.force_authn
    passive = asked is not None and asked.is_passive and tenant.personality.saml.honours_is_passive
    if passive and (force or login_pages.current(tenant) is None):
        raise StatusRefusedError(
            login,
            relay_state,
            "Responder",
            "NoPassive",
            "The user has to sign in, which a passive request forbids.",
        )
    hint = request.values.get("login_hint", "")
    pending = PendingLogin(login.app, login.request_id, resume, force=force, login_hint=hint)
    return login_pages.begin(tenant, pending)


def _read() -> AuthnRequest:
    values = request.form if request.method == "POST" else request.args
    parameter = values.get("SAMLRequest")
    if parameter is None:
        raise RefusedError(Problem.REQUEST_MISSING)
    try:
        if request.method == "POST":
            return authn_request.from_post(parameter)
        return authn_request.from_redirect(parameter)
    except MalformedRequestError as error:
        raise RefusedError(Problem.REQUEST_MALFORMED, reason=str(error)) from error


def _note(tenant: Tenant, asked: AuthnRequest, relay_state: str | None) -> None:
    tenant.journal.record(
        "saml.authn_request",
        summary=f"{asked.issuer or 'An unnamed service provider'} asked for a login.",
        attempt=asked.id,
        detail={
            "binding": "HTTP-POST" if request.method == "POST" else "HTTP-Redirect",
            "issuer": asked.issuer,
            "acs_url": asked.acs_url,
            "force_authn": asked.force_authn,
            "is_passive": asked.is_passive,
            "signed": asked.is_signed or "Signature" in request.args,
            "relay_state": relay_state,
            "received": asked.xml,
        },
    )


def _app_by_path(tenant: Tenant, key: str) -> SamlApp | None:
    """The application whose metadata URL carries `key`."""
    urls = tenant.personality.saml.endpoints
    return next(
        (app for app in tenant.saml_apps if f"/{key}/" in urls(tenant.place, app.name).metadata_url), None
    )


def _app_by_id(tenant: Tenant, app_id: str) -> SamlApp | None:
    application_id = tenant.personality.application_id
    return next((app for app in tenant.saml_apps if application_id(tenant.place, app.name) == app_id), None)


def _app_by_issuer(tenant: Tenant, issuer: str | None) -> SamlApp:
    for app in tenant.saml_apps:
        if app.audience == issuer:
            return app
    raise _unknown_app(tenant, issuer)


def _unknown_app(tenant: Tenant, identifier: str | None) -> RefusedError:
    return RefusedError(Problem.UNKNOWN_APP, issuer=identifier, directory=tenant.name)


def _metadata(tenant: Tenant, app: SamlApp | None) -> Response:
    tenant.journal.record("saml.metadata", summary="The metadata was read.", app=app.name if app else None)
    data = metadata.app_metadata(tenant, app) if app else metadata.tenant_metadata(tenant)
    return Response(data, content_type="application/xml; charset=utf-8")
