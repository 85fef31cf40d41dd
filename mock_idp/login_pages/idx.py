"""Okta's login steps as its widget takes them: JSON in, ION out, with the members of the captured mocks.

The forms of `okta` and this speak at the same URLs; what a caller sends decides. Which members beside those
that widgets read are in a real answer is unconfirmed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Response

from mock_idp.apps import is_assigned
from mock_idp.login_pages.people import person_of
from mock_idp.login_pages.steps import may_enter, note_failure, open_session, set_cookie, told_status
from mock_idp.personas import Status
from mock_idp.sessions import PendingLogin
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant, json_object

ION = "application/ion+json; okta-version=1.0.0"
FAILED = ("Authentication failed", "errors.E0000004")
LOCKED = ("Your account is locked. Please contact your administrator.", "errors.E0000119")
PASSWORD_EXPIRED = ("Your password has expired.", "password.expired")  # unconfirmed
NOT_ASSIGNED = ("User is not assigned to this application.", "idx.error.user.not.assigned.to.app")
REFUSED: Mapping[Status, tuple[str, str]] = {
    "active": FAILED,
    "suspended": FAILED,
    "locked": LOCKED,
    "password_expired": PASSWORD_EXPIRED,
}
EXPIRED = (
    "You have been logged out due to inactivity. Refresh or return to the sign in screen.",
    "idx.session.expired",
)


def identify(tenant: str) -> Response:
    """Take the identifier; a password with it is answered at once. The remediation names the next step."""
    body, found = json_object(), find_tenant(tenant, "okta")
    pending = _pending(found, body)
    if pending is None:
        return _refused(EXPIRED, "")
    pending = replace(pending, login_hint=str(body.get("identifier", "")).strip())
    found.logins.put(pending.handle, pending)
    if "credentials" in body:
        return _answered(found, pending, body)
    passcode = {"name": "passcode", "label": "Password", "secret": True, "required": True}
    step = {
        "rel": ["create-form"],
        "name": "challenge-authenticator",
        "href": f"{found.base_url}/idp/idx/challenge/answer",
        "method": "POST",
        "produces": ION,
        "accepts": "application/json; okta-version=1.0.0",
        "value": [
            {"name": "credentials", "type": "object", "form": {"value": [passcode]}, "required": True},
            {"name": "stateHandle", "required": True, "value": pending.handle, "visible": False},
        ],
    }
    return _ion({"stateHandle": pending.handle, "remediation": {"type": "array", "value": [step]}})


def answer_challenge(tenant: str) -> Response:
    """Take the password of whom the first step named."""
    body, found = json_object(), find_tenant(tenant, "okta")
    pending = _pending(found, body)
    return _refused(EXPIRED, "") if pending is None else _answered(found, pending, body)


def _answered(tenant: Tenant, pending: PendingLogin, body: dict[str, Any]) -> Response:
    credentials = body.get("credentials")
    password = credentials.get("passcode", "") if isinstance(credentials, dict) else ""
    persona = person_of(tenant, pending.login_hint)
    if persona is None:
        note_failure(tenant, pending, f"Nobody signs in as {pending.login_hint!r}.")
    if persona is None or not may_enter(tenant, pending, persona, str(password)):
        return _refused(REFUSED[told_status(persona, str(password))], pending.handle)
    if not is_assigned(pending.app, persona.id):  # told in place; the status is unconfirmed
        note_failure(tenant, pending, f"{persona.id} is not assigned to {pending.app.name}.", persona)
        return _refused(NOT_ASSIGNED, pending.handle)
    tenant.logins.put(pending.handle, replace(pending, persona_id=persona.id))
    href = f"{tenant.base_url}/login/token/redirect?{urlencode({'stateToken': pending.handle})}"
    answer = _ion(
        {"stateHandle": pending.handle, "success": {"rel": [], "name": "success-redirect", "href": href}}
    )
    set_cookie(tenant, open_session(tenant, pending, persona), answer)
    return answer


def _pending(tenant: Tenant, body: dict[str, Any]) -> PendingLogin | None:
    return tenant.logins.get(str(body.get("stateHandle", "")))


def _refused(reason: tuple[str, str], handle: str) -> Response:
    message = {"message": reason[0], "i18n": {"key": reason[1]}, "class": "ERROR"}
    known = {"stateHandle": handle} if handle else {}
    return _ion({**known, "messages": {"type": "array", "value": [message]}}, 401)


def _ion(members: dict[str, Any], status: int = 200) -> Response:
    body = json.dumps({"version": "1.0.0", **members}, separators=(",", ":"))
    return Response(body, status, {"Cache-Control": "no-cache, no-store", "Content-Type": ION})
