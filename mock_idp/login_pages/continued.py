"""How a login begins, whichever vendor: at once by session, by the vendor's first page, or after a hop."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from mock_idp.login_pages import entra, okta
from mock_idp.login_pages.accounts import account_of, accounts
from mock_idp.login_pages.brokered import way_there
from mock_idp.login_pages.flow import Flow
from mock_idp.login_pages.steps import page, stale
from mock_idp.personalities.oidc_problems import Problem
from mock_idp.sessions import PendingLogin, SignIn
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant

pages = Blueprint("login", __name__)

FLOWS: Mapping[str, Flow] = {"entra": entra.FLOW, "okta": okta.FLOW}
"""The steps of those vendors whose login is more than one form."""


def begin(tenant: Tenant, pending: PendingLogin) -> ResponseReturnValue:
    """Answer `pending` at once when the browser is signed in and nothing is left to ask, else ask.

    A POST from another site arrives without the SameSite=Lax cookie, so it is first sent to a GET of
    our own."""
    if pending.pick and not tenant.personality.keeps_accounts:
        pending = replace(pending, force=True)
    pending, signed_in = recognised(tenant, pending)
    if signed_in and silent_problem(tenant, pending) is None:
        return pending.asked.answer(tenant, signed_in)
    pending = replace(pending, handle=tenant.personality.handle_prefix + secrets.token_urlsafe(32))
    tenant.logins.put(pending.handle, pending)
    if pending.idp and not signed_in and (url := way_there(tenant, pending, pending.idp, pending.login_hint)):
        return redirect(url, 302)
    if request.method == "POST" and not pending.force:
        return redirect(f"{tenant.base_url}/login?{urlencode({'stateToken': pending.handle})}", 302)
    return _asked(tenant, pending)


def recognised(tenant: Tenant, pending: PendingLogin) -> tuple[PendingLogin, SignIn | None]:
    """The login with the account of the browser that it is for: the one that it hints at, else the one that
    was used last, and then the person is to pick one if there are several."""
    signed_in = [] if pending.force else accounts(tenant)
    if not signed_in:
        return pending, None
    hinted = signed_in[0] if len(signed_in) == 1 else account_of(signed_in, pending.login_hint)
    account = hinted or signed_in[0]
    pending = replace(
        pending,
        pick=pending.pick or hinted is None,
        persona_id=account.persona.id,
        session_id=account.session_id,
        verified=account.second_factor,
    )
    return pending, account


def silent_problem(tenant: Tenant, pending: PendingLogin) -> Problem | None:
    """Why a login whose account is known cannot be answered without a page, if so."""
    flow = FLOWS.get(tenant.personality.name)
    step = flow.due(tenant, pending) if flow else None
    return step.silently if step else None


@pages.get("/t/<tenant>/login")
def continue_login(tenant: str) -> ResponseReturnValue:
    """The login for a request that came by POST, now that the browser shows its cookie."""
    found = find_tenant(tenant)
    pending = found.logins.get(request.args.get("stateToken", ""))
    if pending is None:
        return stale(found)
    if pending.persona_id is None:
        pending, signed_in = recognised(found, pending)
        if signed_in and silent_problem(found, pending) is None:
            found.logins.pop(pending.handle)
            return pending.asked.answer(found, signed_in)
        found.logins.put(pending.handle, pending)
    return _asked(found, pending)


def _asked(tenant: Tenant, pending: PendingLogin) -> ResponseReturnValue:
    tenant.journal.record(
        "login.page",
        summary=f"Asked the browser to sign in for {pending.app.name}.",
        attempt=pending.attempt,
        app=pending.app.name,
    )
    flow = FLOWS.get(tenant.personality.name)
    if flow and pending.persona_id:
        return flow.onward(tenant, pending)
    return page(tenant, pending, tenant.personality.first_page, login=pending.login_hint)
