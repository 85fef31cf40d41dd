"""How a login begins, whichever vendor: at once by session, by the vendor's first page, or after a hop."""

from __future__ import annotations

import secrets
from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from mock_idp.login_pages.steps import current, page, stale
from mock_idp.sessions import PendingLogin
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant

pages = Blueprint("login", __name__)


def begin(tenant: Tenant, pending: PendingLogin) -> ResponseReturnValue:
    """Answer `pending` at once when the browser is signed in and no fresh login is forced, else ask for one.

    A POST from another site arrives without the SameSite=Lax cookie, so it is first sent to a GET of
    our own."""
    if not pending.force and (signed_in := current(tenant)):
        return pending.asked.answer(tenant, signed_in)
    pending = replace(pending, handle=tenant.personality.handle_prefix + secrets.token_urlsafe(32))
    tenant.logins.put(pending.handle, pending)
    if request.method == "POST" and not pending.force:
        return redirect(f"{tenant.base_url}/login?{urlencode({'stateToken': pending.handle})}", 302)
    return _first_page(tenant, pending)


@pages.get("/t/<tenant>/login")
def continue_login(tenant: str) -> ResponseReturnValue:
    """The login for a request that came by POST, now that the browser shows its cookie."""
    found = find_tenant(tenant)
    pending = found.logins.get(request.args.get("stateToken", ""))
    if pending is None:
        return stale(found)
    if signed_in := current(found):
        found.logins.pop(pending.handle)
        return pending.asked.answer(found, signed_in)
    return _first_page(found, pending)


def _first_page(tenant: Tenant, pending: PendingLogin) -> ResponseReturnValue:
    tenant.journal.record(
        "login.page",
        summary=f"Asked the browser to sign in for {pending.app.name}.",
        attempt=pending.attempt,
        app=pending.app.name,
    )
    return page(tenant, pending, tenant.personality.first_page, login=pending.login_hint)
