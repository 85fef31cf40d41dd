"""Entra's AADSTS numbers and texts for SAML requests that it does not answer with an assertion."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from mock_idp.personalities.entra.http_answers import NO_TENANT_NAME
from mock_idp.personalities.entra.oidc_errors import ERRORS, MISCONFIGURED
from mock_idp.personalities.oidc_problems import Problem as OidcProblem
from mock_idp.personalities.saml_profile import ErrorWords, Problem
from mock_idp.tenant_settings import AccessPolicy

POLICIES: Mapping[AccessPolicy, Problem] = {
    "block": Problem.POLICY_DENIED,
    "device_authentication": Problem.DEVICE_AUTHENTICATION,
    "compliant_device": Problem.DEVICE_NOT_COMPLIANT,
    "joined_device": Problem.DEVICE_NOT_JOINED,
    "approved_app": Problem.APP_NOT_APPROVED,
}
"""Conditional Access, which asks nobody by which protocol they come."""

WORDS = {
    Problem.REQUEST_MISSING: ErrorWords(
        400,
        "750054",
        "SAMLRequest or SAMLResponse must be present as query string parameters in HTTP request for "
        "SAML Redirect binding.",
    ),
    Problem.REQUEST_MALFORMED: ErrorWords(400, "75005", "The request is not a valid Saml2 protocol message."),
    Problem.REQUEST_ID_INVALID: ErrorWords(
        400, "7500529", "The value '{id}' is not a valid SAML ID. The ID must not begin with a number."
    ),
    Problem.DESTINATION_UNEXPECTED: ErrorWords(
        400,
        "75008",
        "The request from the application was denied since the SAML request had an unexpected destination.",
    ),
    Problem.REQUEST_EXPIRED: ErrorWords(
        400, "76026", "IssueTime in an SAML2 Authentication Request is expired."
    ),
    Problem.RESPONSE_UNSUPPORTED: ErrorWords(
        400,
        "7500514",
        "A supported type of SAML response was not found. The supported response types are 'Response' (in "
        "XML namespace 'urn:oasis:names:tc:SAML:2.0:protocol') or 'Assertion' (in XML namespace "
        "'urn:oasis:names:tc:SAML:2.0:assertion').",
    ),
    Problem.NOT_A_PARTICIPANT: ErrorWords(
        400,
        "50068",
        "Sign out has failed. The app that initiated sign out is not a participant in the current session.",
    ),
    Problem.SUBJECT_NOT_SUPPORTED: ErrorWords(
        400, "75005", "The request is not a valid Saml2 protocol message."
    ),
    Problem.NAME_ID_POLICY_NOT_SUPPORTED: ErrorWords(
        400, "75016", "SAML2 Authentication Request has invalid NameIdPolicy."
    ),
    Problem.AUTHN_COMPARISON_NOT_SUPPORTED: ErrorWords(
        400, "75005", "The request is not a valid Saml2 protocol message."
    ),
    Problem.AUTHN_CONTEXT_NOT_MET: ErrorWords(
        400,
        "75011",
        "Authentication method '{used}' by which the user authenticated with "
        "the service doesn't match requested authentication method '{wanted}'. Contact the {app} "
        "application owner.",
    ),
    Problem.UNKNOWN_TENANT: ErrorWords(
        400, "90002", "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
    ),
    Problem.INVALID_TENANT_NAME: ErrorWords(400, "900023", NO_TENANT_NAME),
    Problem.UNKNOWN_APP: ErrorWords(
        400,
        "700016",
        "Application with identifier '{issuer}' was not found in the directory '{directory}'. This "
        "can happen if the application has not been installed by the administrator of the tenant or "
        "consented to by any user in the tenant. You may have sent your authentication request to the"
        " wrong tenant.",
    ),
    Problem.ACS_UNREGISTERED: ErrorWords(
        400,
        "50011",
        "The reply URL '{acs}' specified in the request does not match the reply URLs configured for "
        "the application '{audience}'. Make sure the reply URL sent in the request matches one added "
        "to your application in the Azure portal. Navigate to https://aka.ms/urlMismatchError to "
        "learn more about how to fix this.",
    ),
    Problem.NOT_CONSENTED: ErrorWords(400, "650056", MISCONFIGURED.replace("{client_id}", "{app_id}")),
    Problem.REQUEST_UNSIGNED: ErrorWords(
        400,
        "76021",
        "The request sent by client is not signed while the application requires signed requests.",
    ),
    Problem.REQUEST_SIGNATURE_INVALID: ErrorWords(
        400, "76022", "The signature of the received authentication request cannot be verified."
    ),
    Problem.NAME_ID_MISSING: ErrorWords(400, "7500530", "SAML NameId cannot be null."),
    Problem.LOGOUT_NOT_SET_UP: ErrorWords(400, "75005", "The request is not a valid Saml2 protocol message."),
    Problem.LOGOUT_SESSION_UNKNOWN: ErrorWords(
        400,
        "50070",
        "Sign out has failed. The sign out request specified a name identifier that didn't match the "
        "existing session(s).",
    ),
    **{
        problem: ErrorWords(400, str(ERRORS[OidcProblem(problem)].number), ERRORS[OidcProblem(problem)].text)
        for problem in POLICIES.values()
    },
    Problem.LOGOUT_EXPIRED: ErrorWords(400, "50071", "The logout request has expired."),
    Problem.LOGOUT_RESPONSE_UNEXPECTED: ErrorWords(
        400, "75005", "The request is not a valid Saml2 protocol message."
    ),
    Problem.NOT_ASSIGNED: ErrorWords(
        400,
        "50105",
        "Your administrator has configured the application {app} ('{app_id}') to block users unless "
        "they are specifically granted ('assigned') access to the application. The signed in user "
        "'{user}' is blocked because they are not a direct member of a group with access, nor had "
        "access directly assigned by an administrator. Please contact your administrator to assign "
        "access to this application.",
    ),
}
"""Texts quoted in public issue threads (650056: glpi-singlesignon#13; 7500530: php-saml#511).

Not confirmed by a capture: the texts of 75008, 75016, 76026, 7500514, 90002, 50068, 50070 and 50071 (their
senses are documented), when 75008, 76026, 7500514 and 50070 are sent; the number and text of a signature
that does not verify (76022 is a guess); which number a Subject, a Comparison or a LogoutResponse gets. That
Entra takes no LogoutResponse at all is told in azure-docs#19955."""


def status_trace(now: datetime) -> str:
    """The lines below the text of a Response that refuses: a trace ID and the time (documented sample)."""
    return f"\nTrace ID: {uuid.uuid4()}\nTimestamp: {now.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
