"""What the vendors' login steps have in common: passwords, sessions, cookies and rendering."""

from __future__ import annotations

import secrets

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from mock_idp.page_headers import page_headers
from mock_idp.personas import Persona, Status
from mock_idp.sessions import PendingLogin, Session, SignIn
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant

STATES = {"suspended": "suspended", "locked": "locked", "password_expired": "to choose a new password"}


def current(tenant: Tenant) -> SignIn | None:
    """Who the browser of this request is signed in as. Someone removed or suspended meanwhile is nobody."""
    session = tenant.sessions.get(request.cookies.get(tenant.personality.session_cookie, ""))
    persona = tenant.personas.get(session.persona_id) if session else None
    if session is None or persona is None or not persona.may_stay:
        return None
    return SignIn(persona, session.started, session.id)


def sign_out(tenant: Tenant, response: Response | None = None) -> Response:
    """End the browser's session; `response` gets the cookie's removal, else it is a page that says so."""
    cookie = tenant.personality.session_cookie
    tenant.sessions.pop(request.cookies.get(cookie, ""))
    answer = response or make_response(
        render_template(f"{tenant.personality.name}/signed_out.html", tenant=tenant), page_headers(tenant)
    )
    answer.delete_cookie(cookie, path=_cookie_path(tenant))
    return answer


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


def open_session(tenant: Tenant, pending: PendingLogin, persona: Persona) -> Session:
    """A new session of `persona`, which is kept and journalled; the cookie is `set_cookie`'s work."""
    session = Session(secrets.token_urlsafe(32), persona.id, tenant.clock.now())
    tenant.sessions.put(session.id, session)
    tenant.journal.record(
        "login.signed_in",
        summary=f"{persona.id} signed in.",
        attempt=pending.attempt,
        app=pending.app.name,
        persona=persona.id,
    )
    return session


def set_cookie(tenant: Tenant, session: Session, answer: Response, *, max_age: int | None = None) -> None:
    """Give the browser its session. Vendors use SameSite=None, but that needs https: http gets Lax."""
    encrypted = tenant.base_url.startswith("https:")
    answer.set_cookie(
        tenant.personality.session_cookie,
        session.id,
        max_age=max_age,
        path=_cookie_path(tenant),
        httponly=True,
        secure=encrypted,
        samesite="None" if encrypted else "Lax",
    )


def page(
    tenant: Tenant, pending: PendingLogin, template: str, *, login: str, error: str | None = None
) -> ResponseReturnValue:
    """A login step's page, with the vendor's inline error if any."""
    return (
        render_template(template, tenant=tenant, pending=pending, login=login, error=error),
        200,
        page_headers(tenant),
    )


def stale(tenant: Tenant) -> ResponseReturnValue:
    """The page for a login step of a login that is not under way (any more)."""
    tenant.journal.record("login.stale", summary=f"{request.path} belongs to no login that is under way.")
    return render_template(f"{tenant.personality.name}/stale.html", tenant=tenant), 400, page_headers(tenant)


def _cookie_path(tenant: Tenant) -> str:
    return f"/t/{tenant.name}"
