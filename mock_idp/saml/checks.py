"""Whether an AuthnRequest can be granted, and how: with which ACS, NameID and context."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from mock_idp.apps import SamlApp
from mock_idp.clock import instant_ms
from mock_idp.personalities.saml_profile import Problem
from mock_idp.saml.authn_request import AuthnRequest
from mock_idp.saml.received import Received
from mock_idp.saml.refusals import RefusedError, StatusRefusedError
from mock_idp.saml.response import Login
from mock_idp.saml.verification import BadSignatureError, verify
from mock_idp.tenants import Tenant

OLDEST_REQUEST = timedelta(minutes=10)  # unconfirmed
NCNAME = re.compile(r"[^\W\d][\w.\-]*")


def granted(tenant: Tenant, app: SamlApp, request: AuthnRequest, relay_state: str | None) -> Login:
    """The login that the request asks for. Raises RefusedError, or StatusRefusedError."""
    profile = tenant.personality.saml
    if not profile.checks_request:
        return Login(app, acs_url(app, request), request.id)
    check_consent(tenant, app)
    _check_supported(tenant, app, request)
    login = Login(
        app,
        acs_url(app, request),
        None if request.id in profile.unsolicited_request_ids else request.id,
        request.name_id_format,
        by_application_id=request.issuer != app.audience,
    )
    if request.sp_name_qualifier is not None:
        raise StatusRefusedError(
            login,
            relay_state,
            "Requester",
            "RequestUnsupported",
            "AADSTS75006: An error occurred while processing a SAML2 Authentication request. "
            "AADSTS90011: The SAML authentication request property "
            "'NameIdentifierPolicy/SPNameQualifier' is not supported.",
        )
    return _with_context(tenant, login, request, relay_state)


def check_consent(tenant: Tenant, app: SamlApp) -> None:
    """Refuse an application that nobody consented to (S59). Okta knows no such thing. Raises RefusedError."""
    if not app.consented and Problem.NOT_CONSENTED in tenant.personality.saml.words:
        app_id = tenant.personality.application_id(tenant.place, app.name)
        raise RefusedError(Problem.NOT_CONSENTED, app_id=app_id)


def check_signature(app: SamlApp, received: Received, *, required: bool) -> None:
    """Refuse what is not signed though it has to be, and a signature that does not verify.

    A signature in the wrong place for the binding counts as none (AADSTS76021). Raises RefusedError."""
    if not received.is_signed:
        if required:
            raise RefusedError(Problem.REQUEST_UNSIGNED)
        return
    if app.request_certificate is None:
        return  # a vendor without certificate looks at no signature
    try:
        verify(received, app.request_certificate)
    except BadSignatureError as error:
        raise RefusedError(Problem.REQUEST_SIGNATURE_INVALID, reason=str(error)) from error


def acs_url(app: SamlApp, request: AuthnRequest) -> str:
    """The registered assertion consumer service that the request names by URL or index, else the default one.

    Raises RefusedError: what is not registered gets no assertion."""
    if request.acs_url is not None:
        if request.acs_url not in app.acs_urls:
            raise RefusedError(Problem.ACS_UNREGISTERED, acs=request.acs_url, audience=app.audience)
        return request.acs_url
    index = request.acs_index or 0
    if index >= len(app.acs_urls):
        raise RefusedError(Problem.ACS_UNREGISTERED, acs=f"index {index}", audience=app.audience)
    return app.acs_urls[index]


def _check_supported(tenant: Tenant, app: SamlApp, request: AuthnRequest) -> None:
    """Refuse what Entra does not support (personalities 4.4). Raises RefusedError."""
    if not NCNAME.fullmatch(request.id):
        raise RefusedError(Problem.REQUEST_ID_INVALID, id=request.id)
    if request.destination is not None and not _is_here(tenant, request.destination):
        raise RefusedError(Problem.DESTINATION_UNEXPECTED, destination=request.destination)
    # The documentation says that IssueInstant is not looked at; that signed requests differ is inferred.
    oldest = tenant.clock.now() - OLDEST_REQUEST
    if app.require_signed_requests and request.issued is not None and request.issued < oldest:
        raise RefusedError(Problem.REQUEST_EXPIRED, issued=instant_ms(request.issued))
    if request.has_subject:
        raise RefusedError(Problem.SUBJECT_NOT_SUPPORTED)
    if request.authn_comparison != "exact":
        raise RefusedError(Problem.AUTHN_COMPARISON_NOT_SUPPORTED)
    wanted = request.name_id_format
    if wanted is not None and wanted not in tenant.personality.saml.name_id_policy_formats:
        raise RefusedError(Problem.NAME_ID_POLICY_NOT_SUPPORTED, format=wanted)


def _is_here(tenant: Tenant, destination: str) -> bool:
    """Whether the URL is one of the tenant's for requests: under its ID, its domain or `common`."""
    return destination.startswith(f"{tenant.base_url}/") and destination.endswith("/saml2")


def _with_context(tenant: Tenant, login: Login, request: AuthnRequest, relay_state: str | None) -> Login:
    """The login with the class that is sent back (S41, S42). Raises RefusedError or StatusRefusedError."""
    profile, app = tenant.personality.saml, login.app
    if not request.authn_contexts:
        return login
    available = profile.authn_contexts_met(app.authn_methods)
    met = [context for context in request.authn_contexts if context in available]
    if met:
        return replace(login, authn_context=met[0])
    wanted = profile.context_names(request.authn_contexts)
    used = profile.method_names(app.authn_methods)
    if app.authn_context_mismatch == "page":
        raise RefusedError(Problem.AUTHN_CONTEXT_NOT_MET, wanted=wanted, used=used)
    words = profile.words[Problem.AUTHN_CONTEXT_NOT_MET]
    text = words.text.format(wanted=wanted, used=used, app=app.name)
    raise StatusRefusedError(login, relay_state, "Responder", "NoAuthnContext", f"AADSTS{words.code}: {text}")
