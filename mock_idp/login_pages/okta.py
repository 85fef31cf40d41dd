"""Okta's login, as the Identity Engine's sign-in widget has it, with plain forms: identifier, password, and
then the steps of `okta_steps`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, make_response, redirect, request
from flask.typing import ResponseReturnValue

from mock_idp.login_pages import brokered, idx
from mock_idp.login_pages.accounts import current, set_cookie, settled
from mock_idp.login_pages.flow import Flow
from mock_idp.login_pages.okta_steps import STEPS, EnterPasscode
from mock_idp.login_pages.people import person_of
from mock_idp.login_pages.steps import (
    KEPT_FOR,
    may_enter,
    note_failure,
    page,
    pending_login,
    stale,
    told_status,
)
from mock_idp.personalities.okta import BROKER_PATH
from mock_idp.personas import Status
from mock_idp.sessions import PendingLogin
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant

pages = Blueprint("okta_login", __name__)

REFUSED: Mapping[Status, str] = {  # the last two are unconfirmed
    "active": "Unable to sign in",
    "suspended": "Unable to sign in",
    "locked": idx.LOCKED[0],
    "password_expired": idx.PASSWORD_EXPIRED[0],
}


def _finish(tenant: Tenant, pending: PendingLogin) -> ResponseReturnValue:
    signed_in = settled(tenant, pending, tenant.personas[pending.persona_id or ""])
    if signed_in is None:
        return stale(tenant)
    location = f"{tenant.base_url}/login/token/redirect?{urlencode({'stateToken': pending.handle})}"
    answer = make_response(redirect(location, 302))
    set_cookie(tenant, signed_in, answer, max_age=KEPT_FOR if pending.keep else None)
    return answer


FLOW = Flow(STEPS, _finish)
brokered.register(pages, "okta", BROKER_PATH, FLOW)


@pages.post("/t/<tenant>/idp/idx/identify")
def identify(tenant: str) -> ResponseReturnValue:
    """The first step: any name is taken, and the password page follows."""
    if request.is_json:
        return idx.identify(FLOW, tenant)
    found, pending = pending_login(tenant, "okta", request.form.get("stateHandle", ""))
    if pending is None:
        return stale(found)
    if "credentials.passcode" in request.form:  # both fields were on one page
        return answer_challenge(tenant)
    login = request.form.get("identifier", "").strip()
    return page(found, pending, "okta/password.html", login=login, keep="rememberMe" in request.form)


@pages.post("/t/<tenant>/idp/idx/challenge/answer")
def answer_challenge(tenant: str) -> ResponseReturnValue:
    """The password, whose refusal tells not whether the name was wrong, or later a code."""
    if request.is_json:
        return idx.answer(FLOW, EnterPasscode.path, tenant)
    found, pending = pending_login(tenant, "okta", request.form.get("stateHandle", ""))
    if pending is None:
        return stale(found)
    if pending.persona_id:
        return FLOW.take(found, pending, EnterPasscode.path, request.form)
    login = request.form.get("identifier") or request.form.get("username", "")
    password = request.form.get("credentials.passcode") or request.form.get("password", "")
    keep = not {"rememberMe", "remember"}.isdisjoint(request.form)
    one_page = found.settings.sign_in_page != "identifier_first"
    again = "okta/identify.html" if one_page else "okta/password.html"
    persona = person_of(found, login)
    if persona is None:
        note_failure(found, pending, f"Nobody signs in as {login!r}.")
    if persona is None or not may_enter(found, pending, persona, password):
        error = REFUSED[told_status(persona, password)]
        return page(found, pending, again, login=login, error=error, keep=keep)
    pending = replace(pending, persona_id=persona.id, keep=keep or None, idp="")
    found.logins.put(pending.handle, pending)
    return FLOW.onward(found, pending)


def _step(path: str, tenant: str) -> ResponseReturnValue:
    """The form of a step, or its JSON."""
    if request.is_json:
        return idx.answer(FLOW, path, tenant)
    found, pending = pending_login(tenant, "okta", request.form.get("stateHandle", ""))
    return stale(found) if pending is None else FLOW.take(found, pending, path, request.form)


for _other in dict.fromkeys(step.path for step in STEPS if step.path != EnterPasscode.path):
    pages.add_url_rule(
        f"/t/<tenant>/idp/idx/{_other}", endpoint=_other, view_func=partial(_step, _other), methods=["POST"]
    )


@pages.post("/t/<tenant>/idp/idx/introspect")
def introspect(tenant: str) -> ResponseReturnValue:
    """What the widget asks first: where the login stands."""
    return idx.introspect(FLOW, tenant)


@pages.get("/t/<tenant>/login/token/redirect")
def token_redirect(tenant: str) -> ResponseReturnValue:
    """The way back to the request that asked for the login; it works once, for the browser that signed in."""
    found = find_tenant(tenant, "okta")
    handle = request.args.get("stateToken", "")
    pending, signed_in = found.logins.get(handle), current(found)
    if pending is None or signed_in is None or pending.persona_id != signed_in.persona.id:
        return stale(found)
    pending = replace(pending, verified=signed_in.second_factor, session_id=signed_in.session_id)
    if FLOW.due(found, pending) is not None or found.logins.pop(handle) is None:
        return stale(found)
    return pending.asked.answer(found, signed_in)
