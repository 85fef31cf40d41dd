"""Okta's login steps as its widget takes them: JSON in, ION out, with the members of the captured mocks.

The forms of `okta` and this speak at the same URLs; what a caller sends decides. Which members beside those
that widgets read are in a real answer is unconfirmed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Response

from mock_idp.apps import is_assigned
from mock_idp.compact import compact_ascii
from mock_idp.login_pages import okta_steps
from mock_idp.login_pages.accounts import set_cookie, settled
from mock_idp.login_pages.flow import Flow, WrongAnswerError
from mock_idp.login_pages.people import person_of
from mock_idp.login_pages.steps import KEPT_FOR, may_enter, note_failure, told_status
from mock_idp.personas import Status
from mock_idp.sessions import PendingLogin
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant, json_object

ION = "application/ion+json; okta-version=1.0.0"
ACCEPTS = "application/json; okta-version=1.0.0"
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
IDENTIFIER = [{"name": "identifier", "label": "Username"}]
REMEMBER = [{"name": "rememberMe", "type": "boolean", "label": "Keep me signed in"}]
PASSWORD = [{"name": "passcode", "label": "Password", "secret": True, "required": True}]


def introspect(flow: Flow, tenant: str) -> Response:
    """Where the login stands, for a widget that knows its `stateToken` (or `stateHandle`)."""
    body, found = json_object(), find_tenant(tenant, "okta")
    pending = found.logins.get(str(body.get("stateToken") or body.get("stateHandle", "")))
    if pending is None:
        return _refused(EXPIRED, "")
    if pending.persona_id:
        return _next(flow, found, pending)
    return _ion(_remediation(found, pending, "identify", "identify", [*IDENTIFIER, *REMEMBER]))


def identify(flow: Flow, tenant: str) -> Response:
    """Take the identifier; a password with it is answered at once. The remediation names the next step."""
    body, found = json_object(), find_tenant(tenant, "okta")
    pending = found.logins.get(str(body.get("stateHandle", "")))
    if pending is None:
        return _refused(EXPIRED, "")
    keep = True if body.get("rememberMe") is True else None
    pending = replace(pending, login_hint=str(body.get("identifier", "")).strip(), keep=keep)
    found.logins.put(pending.handle, pending)
    if "credentials" in body:
        return _password(flow, found, pending, dict(_flat(body)))
    fields = [{"name": "credentials", "type": "object", "form": {"value": PASSWORD}, "required": True}]
    return _ion(_remediation(found, pending, "challenge-authenticator", "challenge/answer", fields))


def answer(flow: Flow, path: str, tenant: str) -> Response:
    """Take the password of whom the first step named, or what a later step asked for."""
    body, found = dict(_flat(json_object())), find_tenant(tenant, "okta")
    pending = found.logins.get(body.get("stateHandle", ""))
    if pending is None:
        return _refused(EXPIRED, "")
    if not pending.persona_id:
        return _password(flow, found, pending, body)
    try:
        return _next(flow, found, flow.answered(found, pending, path, body))
    except WrongAnswerError as error:
        return _refused((str(error), okta_steps.WRONG_CODE_KEY), pending.handle)


def _password(flow: Flow, tenant: Tenant, pending: PendingLogin, body: Mapping[str, str]) -> Response:
    password = body.get("credentials.passcode", "")
    persona = person_of(tenant, pending.login_hint)
    if persona is None:
        note_failure(tenant, pending, f"Nobody signs in as {pending.login_hint!r}.")
    if persona is None or not may_enter(tenant, pending, persona, password):
        return _refused(REFUSED[told_status(persona, password)], pending.handle)
    if not is_assigned(pending.app, persona.id):  # told in place; the status is unconfirmed
        note_failure(tenant, pending, f"{persona.id} is not assigned to {pending.app.name}.", persona)
        return _refused(NOT_ASSIGNED, pending.handle)
    pending = replace(pending, persona_id=persona.id, idp="")
    tenant.logins.put(pending.handle, pending)
    return _next(flow, tenant, pending)


def _next(flow: Flow, tenant: Tenant, pending: PendingLogin) -> Response:
    """The next step as a remediation, or the way out."""
    persona = tenant.personas.get(pending.persona_id or "")
    if persona is None:
        return _refused(EXPIRED, "")
    step = next((step for step in okta_steps.STEPS if step is flow.due(tenant, pending)), None)
    if step is not None:
        fields = step.values(tenant, pending, persona)
        members = _remediation(tenant, pending, step.remediation, step.path, fields)
        if step.path == okta_steps.EnterPasscode.path:
            wanted = okta_steps.current_authenticator(tenant, pending, persona)
            members["currentAuthenticator"] = {"type": "object", "value": wanted}
        return _ion(members)
    signed_in = settled(tenant, pending, persona)
    if signed_in is None:
        return _refused(EXPIRED, "")
    href = f"{tenant.base_url}/login/token/redirect?{urlencode({'stateToken': pending.handle})}"
    success = {"rel": [], "name": "success-redirect", "href": href}
    answer = _ion({"stateHandle": pending.handle, "success": success})
    set_cookie(tenant, signed_in, answer, max_age=KEPT_FOR if pending.keep else None)
    return answer


def _remediation(
    tenant: Tenant, pending: PendingLogin, name: str, path: str, fields: list[dict[str, Any]]
) -> dict[str, Any]:
    """The members of an answer that asks for `fields`."""
    handle = {"name": "stateHandle", "required": True, "value": pending.handle, "visible": False}
    step = {
        "rel": ["create-form"],
        "name": name,
        "href": f"{tenant.base_url}/idp/idx/{path}",
        "method": "POST",
        "produces": ION,
        "accepts": ACCEPTS,
        "value": [*fields, handle],
    }
    return {"stateHandle": pending.handle, "remediation": {"type": "array", "value": [step]}}


def _flat(members: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """The members by the names that forms have for them: `credentials.passcode`, and `true` for a yes."""
    for name, value in members.items():
        if isinstance(value, dict):
            if not before:  # deeper than that is nothing
                yield from _flat(value, f"{name}.")
        else:
            yield before + name, str(value).lower() if isinstance(value, bool) else str(value)


def _refused(reason: tuple[str, str], handle: str) -> Response:
    message = {"message": reason[0], "i18n": {"key": reason[1]}, "class": "ERROR"}
    known = {"stateHandle": handle} if handle else {}
    return _ion({**known, "messages": {"type": "array", "value": [message]}}, 401)


def _ion(members: dict[str, Any], status: int = 200) -> Response:
    body = compact_ascii({"version": "1.0.0", **members})
    return Response(body, status, {"Cache-Control": "no-cache, no-store", "Content-Type": ION})
