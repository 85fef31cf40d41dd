"""Whom Entra turns away: at an address that is not theirs, by Conditional Access, without a consent."""

from __future__ import annotations

from mock_idp.apps import OidcApp
from mock_idp.personalities.entra.http_answers import may_be_tenant
from mock_idp.personalities.entra.identity import initial_domain
from mock_idp.personalities.entra.oidc_metadata import SHARED_AUTHORITIES
from mock_idp.personalities.oidc_base import Endpoint, Login, Org
from mock_idp.personalities.oidc_problems import Problem

POLICIES = {
    "block": Problem.POLICY_DENIED,
    "device_authentication": Problem.DEVICE_AUTHENTICATION,
    "compliant_device": Problem.DEVICE_NOT_COMPLIANT,
    "joined_device": Problem.DEVICE_NOT_JOINED,
    "approved_app": Problem.APP_NOT_APPROVED,
}
"""Policies that nobody here can meet."""
SECOND_FACTOR = {"mfa": Problem.MFA_REQUIRED, "mfa_registration": Problem.MFA_REGISTRATION}
"""Policies that a person at the browser is taken to meet, and a program cannot."""
CONSENTS = {
    "admin_required": Problem.ADMIN_CONSENT_REQUIRED,
    "approval_request": Problem.APPROVAL_REQUEST,
    "misconfigured": Problem.APPLICATION_MISCONFIGURED,
    "declined": Problem.CONSENT_DECLINED,
    "cancelled": Problem.SIGN_IN_CANCELLED,
}
"""What the person at the browser meets, by the tenant's setting."""


def address_problem(org: Org, endpoint: Endpoint, app: OidcApp | None) -> Problem | None:
    """Why the authority in the URL serves nothing, or does not serve `app`, if so."""
    if org.authority not in SHARED_AUTHORITIES:
        if org.authority in ("", org.directory_id, initial_domain(org.tenant)):
            return None
        named = may_be_tenant(org.authority)
        return Problem.UNKNOWN_TENANT if named else Problem.INVALID_TENANT_NAME
    if app is None or endpoint not in (Endpoint.AUTHORIZE, Endpoint.TOKEN, Endpoint.DEVICE):
        return None
    if org.authority == "consumers":
        return Problem.CONSUMERS_ENDPOINT
    return Problem.COMMON_ENDPOINT if app.sign_in_audience == "AzureADMyOrg" else None


def sign_in_problem(org: Org, login: Login) -> Problem | None:
    """Why the person who signed in may not go on, assignment apart."""
    if login.person.is_foreign and org.authority not in SHARED_AUTHORITIES:
        return Problem.FOREIGN_USER
    if org.settings.access_policy in POLICIES:
        return POLICIES[org.settings.access_policy]
    return CONSENTS.get(org.settings.consent)


def token_problem(org: Org, login: Login, *, interactive: bool) -> Problem | None:
    """Why no token is issued; `interactive` means that the person has just been at the browser."""
    if login.app.custom_claims and login.app.signing_key == "tenant":
        return Problem.SIGNING_KEY_MISSING
    if interactive:
        return None
    if org.settings.consent not in ("none", "asked"):
        return Problem.CONSENT_REQUIRED
    if org.settings.access_policy in SECOND_FACTOR:
        return SECOND_FACTOR[org.settings.access_policy]
    return sign_in_problem(org, login)
