"""Okta's login steps, as the Identity Engine's sign-in widget has them, with plain forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, make_response, redirect, request
from flask.typing import ResponseReturnValue

from mock_idp.login_pages import idx
from mock_idp.login_pages.people import person_of
from mock_idp.login_pages.steps import (
    current,
    may_enter,
    note_failure,
    open_session,
    page,
    pending_login,
    set_cookie,
    stale,
    told_status,
)
from mock_idp.personas import Status
from mock_idp.web import find_tenant

pages = Blueprint("okta_login", __name__)

REFUSED: Mapping[Status, str] = {  # the last two are unconfirmed
    "active": "Unable to sign in",
    "suspended": "Unable to sign in",
    "locked": idx.LOCKED[0],
    "password_expired": idx.PASSWORD_EXPIRED[0],
}


@pages.post("/t/<tenant>/idp/idx/identify")
def identify(tenant: str) -> ResponseReturnValue:
    """The first step: any name is taken, and the password page follows."""
    if request.is_json:
        return idx.identify(tenant)
    found, pending = pending_login(tenant, "okta", request.form.get("stateHandle", ""))
    if pending is None:
        return stale(found)
    if "credentials.passcode" in request.form:  # both fields were on one page
        return answer_challenge(tenant)
    return page(found, pending, "okta/password.html", login=request.form.get("identifier", "").strip())


@pages.post("/t/<tenant>/idp/idx/challenge/answer")
def answer_challenge(tenant: str) -> ResponseReturnValue:
    """The second step: the password. Whether name or password was wrong is not told."""
    if request.is_json:
        return idx.answer_challenge(tenant)
    found, pending = pending_login(tenant, "okta", request.form.get("stateHandle", ""))
    if pending is None:
        return stale(found)
    login = request.form.get("identifier") or request.form.get("username", "")
    password = request.form.get("credentials.passcode") or request.form.get("password", "")
    one_page = found.settings.sign_in_page != "identifier_first"
    again = "okta/identify.html" if one_page else "okta/password.html"
    persona = person_of(found, login)
    if persona is None:
        note_failure(found, pending, f"Nobody signs in as {login!r}.")
    if persona is None or not may_enter(found, pending, persona, password):
        return page(found, pending, again, login=login, error=REFUSED[told_status(persona, password)])
    found.logins.put(pending.handle, replace(pending, persona_id=persona.id))
    location = f"{found.base_url}/login/token/redirect?{urlencode({'stateToken': pending.handle})}"
    answer = make_response(redirect(location, 302))
    set_cookie(found, open_session(found, pending, persona), answer)
    return answer


@pages.get("/t/<tenant>/login/token/redirect")
def token_redirect(tenant: str) -> ResponseReturnValue:
    """The way back to the request that asked for the login; it works once, for the browser that signed in."""
    found = find_tenant(tenant, "okta")
    handle = request.args.get("stateToken", "")
    pending, signed_in = found.logins.get(handle), current(found)
    if pending is None or signed_in is None or pending.persona_id != signed_in.persona.id:
        return stale(found)
    if found.logins.pop(handle) is None:
        return stale(found)
    return pending.asked.answer(found, signed_in)
