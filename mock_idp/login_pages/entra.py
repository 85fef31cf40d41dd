"""Entra's login steps: user name, password, "Stay signed in?", with the real field names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, abort, make_response, request
from flask.typing import ResponseReturnValue

from mock_idp.login_pages.people import person_of
from mock_idp.login_pages.steps import (
    may_enter,
    note_failure,
    open_session,
    page,
    pending_login,
    set_cookie,
    stale,
    told_status,
)
from mock_idp.personas import Status, find_by_login
from mock_idp.sessions import PendingLogin, SignIn
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant, json_object

pages = Blueprint("entra_login", __name__)

UNKNOWN_NAME = (
    "This username may be incorrect. Make sure you typed it correctly. Otherwise, contact your admin."
)
WRONG_PASSWORD = "Your account or password is incorrect. If you don't remember your password, reset it now."  # noqa: S105 - a sentence
REFUSED: Mapping[
    Status, str
] = {  # unconfirmed as sentences of the page; the numbers are those of the password grant
    "active": WRONG_PASSWORD,
    "suspended": "Your account has been locked. Contact your support person to unlock it, then try again.",
    "locked": "Your account is temporarily locked to prevent unauthorized use. Try again later, and if you "
    "still have trouble, contact your admin.",
    "password_expired": "Your password has expired. Update your password, then sign in again.",
}
"""AADSTS50126, 50057, 50053 and 50055; the last is at Entra a page on which a password is chosen."""
KEPT_FOR = 90 * 24 * 3600  # seconds that "Stay signed in? Yes" lasts


@pages.post("/t/<tenant>/<directory>/login")
def login_step(tenant: str, directory: str) -> ResponseReturnValue:
    """The first step (user name) and the second (password), which post to the same URL."""
    del directory  # a tenant GUID, `common` or a domain: the login is the same
    found, pending = pending_login(tenant, "entra", request.form.get("flowToken", ""))
    if pending is None:
        return stale(found)
    login = request.form.get("loginfmt", "").strip()
    persona = person_of(found, login)
    if persona is None:
        note_failure(found, pending, f"Nobody signs in as {login!r}.")
        return page(found, pending, "entra/username.html", login=login, error=UNKNOWN_NAME)
    if "passwd" not in request.form:
        return page(found, pending, "entra/password.html", login=persona.login)
    if not may_enter(found, pending, persona, request.form["passwd"]):
        error = REFUSED[told_status(persona, request.form["passwd"])]
        return page(found, pending, "entra/password.html", login=persona.login, error=error)
    pending = replace(pending, persona_id=persona.id)
    found.logins.put(pending.handle, pending)
    if pending.force:  # a forced login is not asked whether it should last
        return _finish(found, pending, keep=False)
    return page(found, pending, "entra/kmsi.html", login=persona.login)


@pages.post("/t/<tenant>/<directory>/GetCredentialType")
def credential_type(tenant: str, directory: str) -> ResponseReturnValue:
    """What the page's script asks when a user name was typed: whether it exists, and that it has a password.

    The members are remembered (MEM), and so is how a body that is no JSON is refused."""
    del directory
    found = find_tenant(tenant, "entra")
    asked = json_object()
    if not isinstance(asked.get("username"), str):
        abort(400, "The body names no username.")
    name = asked["username"]
    known = find_by_login(found.personas, name) is not None
    found.journal.record("login.credential_type", summary=f"The page asked for {name[:200]!r}.")
    return {
        "Username": name,
        "Display": name,
        "IfExistsResult": 0 if known else 1,
        "IsUnmanaged": False,
        "ThrottleStatus": 0,
        "Credentials": {"PrefCredential": 1, "HasPassword": True},
        "FlowToken": str(asked.get("flowToken", "")),
    }


@pages.post("/t/<tenant>/kmsi")
def stay_signed_in(tenant: str) -> ResponseReturnValue:
    """The answer to "Stay signed in?": with Yes the cookie outlives the browser, with No it does not."""
    found, pending = pending_login(tenant, "entra", request.form.get("flowToken", ""))
    if pending is None:
        return stale(found)
    return _finish(found, pending, keep=request.form.get("LoginOptions") == "1")


def _finish(tenant: Tenant, pending: PendingLogin, *, keep: bool) -> ResponseReturnValue:
    persona = tenant.personas.get(pending.persona_id or "")
    if persona is None or tenant.logins.pop(pending.handle) is None:
        return stale(tenant)
    session = open_session(tenant, pending, persona)
    answer = make_response(pending.asked.answer(tenant, SignIn(persona, session.started, session.id)))
    set_cookie(tenant, session, answer, max_age=KEPT_FOR if keep else None)
    return answer
