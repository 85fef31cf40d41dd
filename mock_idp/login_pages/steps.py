"""What the vendors' login steps have in common: passwords, rendering, and the journal of what failed."""

from __future__ import annotations

import secrets

from flask import render_template, request
from flask.typing import ResponseReturnValue

from mock_idp.page_headers import page_headers
from mock_idp.personas import Persona, Status
from mock_idp.sessions import PendingLogin
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant

STATES = {"suspended": "suspended", "locked": "locked", "password_expired": "to choose a new password"}
KEPT_FOR = 90 * 24 * 3600  # seconds that "Stay signed in? Yes" lasts


def pending_login(tenant: str, vendor: str, handle: str) -> tuple[Tenant, PendingLogin | None]:
    """The tenant of a login step, and the login under way that `handle` names."""
    found = find_tenant(tenant, vendor)
    return found, found.logins.get(handle)


def may_enter(tenant: Tenant, pending: PendingLogin, persona: Persona, password: str) -> bool:
    """Whether the password is right and the account active; a refusal is journalled."""
    if not secrets.compare_digest(password.encode(), persona.password.encode()):
        note_failure(tenant, pending, f"A wrong password for {persona.id}.", persona)
        return False
    if persona.status != "active":
        note_failure(
            tenant, pending, f"The right password, but {persona.id} is {STATES[persona.status]}.", persona
        )
        return False
    return True


def told_status(persona: Persona | None, password: str) -> Status:
    """The state of the account that a refusal tells: that it is locked to everyone, the rest to its owner."""
    if persona is None or (password != persona.password and persona.status != "locked"):
        return "active"
    return persona.status


def note_failure(tenant: Tenant, pending: PendingLogin, summary: str, persona: Persona | None = None) -> None:
    """Journal a login step that did not succeed."""
    tenant.journal.record(
        "login.failed",
        summary=summary,
        attempt=pending.attempt,
        app=pending.app.name,
        persona=persona.id if persona else None,
    )


def page(
    tenant: Tenant,
    pending: PendingLogin,
    template: str,
    *,
    login: str,
    error: str | None = None,
    **shown: object,
) -> ResponseReturnValue:
    """A login step's page, with the vendor's inline error if any."""
    return (
        render_template(template, tenant=tenant, pending=pending, login=login, error=error, **shown),
        200,
        page_headers(tenant),
    )


def stale(tenant: Tenant) -> ResponseReturnValue:
    """The page for a login step of a login that is not under way (any more)."""
    tenant.journal.record("login.stale", summary=f"{request.path} belongs to no login that is under way.")
    return render_template(f"{tenant.personality.name}/stale.html", tenant=tenant), 400, page_headers(tenant)
