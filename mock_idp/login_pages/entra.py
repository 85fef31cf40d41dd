"""Entra's login: user name, password, then the steps of `entra_steps`, with the real URLs and field names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from flask import Blueprint, abort, make_response, redirect, request
from flask.typing import ResponseReturnValue

from mock_idp.error_pages import entra_error
from mock_idp.login_pages import brokered, entra_sas
from mock_idp.login_pages.accounts import set_cookie, settled
from mock_idp.login_pages.entra_steps import STAY_SIGNED_IN, ChooseProof, Consent, EnterCode, PickAccount
from mock_idp.login_pages.flow import Flow
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
from mock_idp.personalities.entra import BROKER_PATH, oidc_errors
from mock_idp.personalities.oidc_problems import Problem
from mock_idp.personas import Persona, Status, find_by_login
from mock_idp.sessions import PendingLogin
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


def _finish(tenant: Tenant, pending: PendingLogin) -> ResponseReturnValue:
    persona = tenant.personas[pending.persona_id or ""]
    signed_in = settled(tenant, pending, persona) if tenant.logins.pop(pending.handle) else None
    if signed_in is None:
        return stale(tenant)
    if pending.consented is False and pending.consent:
        answer = make_response(pending.consent.decline(tenant, signed_in))
    else:
        answer = make_response(pending.asked.answer(tenant, signed_in))
    if pending.session_id is None or pending.picked:
        set_cookie(tenant, signed_in, answer, max_age=KEPT_FOR if pending.keep else None)
    return answer


FLOW = Flow((PickAccount(), ChooseProof(), EnterCode(), STAY_SIGNED_IN, Consent()), _finish)
brokered.register(pages, "entra", BROKER_PATH, FLOW)


@pages.post("/t/<tenant>/<directory>/login")
def login_step(tenant: str, directory: str) -> ResponseReturnValue:
    """The first step (user name) and the second (password), which post to the same URL."""
    del directory  # a tenant GUID, `common` or a domain: the login is the same
    found, pending = pending_login(tenant, "entra", request.form.get("flowToken", ""))
    if pending is None:
        return stale(found)
    login = request.form.get("loginfmt", "").strip()
    idp = brokered.provider_of(found, login)
    if idp and (url := brokered.way_there(found, pending, idp, login)):
        return redirect(url, 302)
    persona = person_of(found, login)
    if persona is None:
        note_failure(found, pending, f"Nobody signs in as {login!r}.")
        return page(found, pending, "entra/username.html", login=login, error=UNKNOWN_NAME)
    if "passwd" not in request.form:
        return _named(found, pending, persona, request.form.get("accountKind", ""))
    if not may_enter(found, pending, persona, request.form["passwd"]):
        error = REFUSED[told_status(persona, request.form["passwd"])]
        return page(found, pending, "entra/password.html", login=persona.login, error=error)
    pending = replace(pending, persona_id=persona.id, session_id=None, verified=False, idp="")
    found.logins.put(pending.handle, pending)
    return FLOW.onward(found, pending)


def _named(tenant: Tenant, pending: PendingLogin, persona: Persona, kind: str) -> ResponseReturnValue:
    """What follows the name: the password, or first which of two accounts of that name is meant.

    The personal one is kept by Microsoft's other service, so here it is a stranger's (AADSTS50020)."""
    if persona.personal_account and not kind:
        return page(tenant, pending, "entra/which_account.html", login=persona.login)
    if kind != "personal":
        return page(tenant, pending, "entra/password.html", login=persona.login)
    note_failure(tenant, pending, f"{persona.login} was chosen as a personal account.", persona)
    details = {
        "user": persona.login,
        "identity_provider": "live.com",
        "directory": tenant.place.directory_id,
        "client_id": tenant.personality.application_id(tenant.place, pending.app.name),
        "app": pending.app.name,
    }
    text = oidc_errors.describe(Problem.FOREIGN_USER, details)
    return entra_error(tenant, code=text.number or 0, message=text.text, app_name=pending.app.name)


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
    persona = find_by_login(found.personas, name)
    pending = found.logins.get(str(asked.get("flowToken", "")))
    idp = brokered.provider_of(found, name) if pending else None
    url = brokered.way_there(found, pending, idp, name) if pending and idp else None
    found.journal.record("login.credential_type", summary=f"The page asked for {name[:200]!r}.")
    return {
        "Username": name,
        "Display": name,
        "IfExistsResult": _exists(persona, federated=url is not None),
        "IsUnmanaged": False,
        "ThrottleStatus": 0,
        "Credentials": {"PrefCredential": 1, "HasPassword": True}
        if url is None
        else {"PrefCredential": 4, "HasPassword": False, "FederationRedirectUrl": url},
        "FlowToken": str(asked.get("flowToken", "")),
    }


def _exists(persona: Persona | None, *, federated: bool) -> int:
    """The page's number for a name: unknown, known, or known as a personal account as well."""
    if persona is None:
        return 0 if federated else 1
    return 6 if persona.personal_account else 0


def _step(path: str, tenant: str, directory: str = "") -> ResponseReturnValue:
    """The form of a step: what was answered, and on."""
    del directory
    found, pending = pending_login(tenant, "entra", request.form.get("flowToken", ""))
    return stale(found) if pending is None else FLOW.take(found, pending, path, request.form)


for _path in dict.fromkeys(step.path for step in FLOW.steps):
    _rule = f"/t/<tenant>/{_path}" if _path == STAY_SIGNED_IN.path else f"/t/<tenant>/<directory>/{_path}"
    pages.add_url_rule(_rule, endpoint=_path, view_func=partial(_step, _path), methods=["POST"])
entra_sas.register(pages)
