"""Whether an AuthnRequest can be granted, and how: with which ACS, NameID and context."""

from __future__ import annotations

import re

from mock_idp.apps import SamlApp
from mock_idp.personalities.saml_profile import Problem
from mock_idp.saml.authn_request import AuthnRequest
from mock_idp.saml.refusals import RefusedError, StatusRefusedError
from mock_idp.saml.response import Login
from mock_idp.tenants import Tenant

NCNAME = re.compile(r"[^\W\d][\w.\-]*")


def granted(tenant: Tenant, app: SamlApp, request: AuthnRequest, relay_state: str | None) -> Login:
    """The login that the request asks for. Raises RefusedError, or StatusRefusedError."""
    profile = tenant.personality.saml
    if not profile.checks_request:
        return Login(app, acs_url(app, request), request.id)
    if not NCNAME.fullmatch(request.id):
        raise RefusedError(Problem.REQUEST_ID_INVALID, id=request.id)
    if request.has_subject:
        raise RefusedError(Problem.SUBJECT_NOT_SUPPORTED)
    if request.authn_comparison != "exact":
        raise RefusedError(Problem.AUTHN_COMPARISON_NOT_SUPPORTED)
    wanted = request.name_id_format
    if wanted is not None and wanted not in profile.name_id_policy_formats:
        raise RefusedError(Problem.NAME_ID_POLICY_NOT_SUPPORTED, format=wanted)
    met = [context for context in request.authn_contexts if context in profile.authn_contexts_met]
    if request.authn_contexts and not met:
        names = ", ".join(context.rpartition(":")[2] for context in request.authn_contexts)
        raise RefusedError(Problem.AUTHN_CONTEXT_NOT_MET, wanted=names)
    login = Login(app, acs_url(app, request), request.id, wanted, met[0] if met else None)
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
    return login


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
