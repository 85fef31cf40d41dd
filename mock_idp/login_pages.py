"""Signing in at the IdP: sessions by cookie, the vendors' login steps, and resuming the request that asked for it."""

from __future__ import annotations

import secrets
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from mock_idp.personas import Persona, find_by_login
from mock_idp.sessions import PendingLogin, Session, SignIn
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant

pages = Blueprint("login_pages", __name__)

OKTA_UNABLE = "Unable to sign in"
ENTRA_UNKNOWN = (
    "This username may be incorrect. Make sure you typed it correctly. Otherwise, contact your admin."
)
ENTRA_WRONG = "Your account or password is incorrect. If you don't remember your password, reset it now."
ENTRA_DISABLED = "Your account has been locked. Contact your support person to unlock it, then try again."
KEPT_FOR = 90 * 24 * 3600  # seconds that Entra's "Stay signed in? Yes" lasts


def begin(tenant: Tenant, pending: PendingLogin) -> ResponseReturnValue:
    """Answer `pending` at once when the browser is signed in and no fresh login is forced, else ask for a login.

    A POST from another site arrives without the SameSite=Lax cookie, so it is first sent to a GET of our own."""
    if not pending.force and (signed_in := current(tenant)):
        return pending.resume(signed_in)
    tenant.logins.put(pending.handle, pending)
    if request.method == "POST" and not pending.force:
        return redirect(f"{tenant.base_url}/login?{urlencode({'stateToken': pending.handle})}", 302)
    return _first_page(tenant, pending)


def current(tenant: Tenant) -> SignIn | None:
    """Who the browser of this request is signed in as. Someone removed or suspended meanwhile is nobody."""
    session = tenant.sessions.get(request.cookies.get(tenant.personality.session_cookie, ""))
    persona = tenant.personas.get(session.persona_id) if session else None
    if session is None or persona is None or persona.status != "active":
        return None
    return SignIn(persona, session.started, session.id)


def sign_out(tenant: Tenant, response: Response | None = None) -> Response:
    """End the browser's session; `response` gets the cookie's removal, else it is a page that says so."""
    cookie = tenant.personality.session_cookie
    tenant.sessions.pop(request.cookies.get(cookie, ""))
    answer = response or make_response(
        render_template(f"{tenant.personality.name}/signed_out.html", tenant=tenant)
    )
    answer.delete_cookie(cookie, path=_cookie_path(tenant))
    return answer


@pages.get("/t/<tenant>/login")
def continued(tenant: str) -> ResponseReturnValue:
    """The login for a request that came by POST, now that the browser shows its cookie."""
    found = find_tenant(tenant)
    pending = found.logins.get(request.args.get("stateToken", ""))
    if pending is None:
        return _stale(found)
    if signed_in := current(found):
        found.logins.pop(pending.handle)
        return pending.resume(signed_in)
    return _first_page(found, pending)


@pages.post("/t/<tenant>/idp/idx/identify")
def okta_identify(tenant: str) -> ResponseReturnValue:
    """Okta's first step: any name is taken, and the password page follows."""
    found, pending = _pending(tenant, "okta", "stateHandle")
    if pending is None:
        return _stale(found)
    identifier = request.form.get("identifier", "").strip()
    return _page(found, pending, "okta/password.html", login=identifier)


@pages.post("/t/<tenant>/idp/idx/challenge/answer")
def okta_answer(tenant: str) -> ResponseReturnValue:
    """Okta's second step: the password. Which part was wrong is not told."""
    found, pending = _pending(tenant, "okta", "stateHandle")
    if pending is None:
        return _stale(found)
    login = request.form.get("identifier", "")
    persona = find_by_login(found.personas, login)
    if persona is None or not _may_enter(found, pending, persona, request.form.get("credentials.passcode", "")):
        if persona is None:
            _note_failure(found, pending, None, f"Nobody signs in as {login!r}.")
        return _page(found, pending, "okta/password.html", login=login, error=OKTA_UNABLE)
    pending.persona_id = persona.id
    answer = redirect(f"{found.base_url}/login/token/redirect?{urlencode({'stateToken': pending.handle})}", 302)
    _open_session(found, pending, persona, answer, keep=False)
    return answer


@pages.get("/t/<tenant>/login/token/redirect")
def okta_redirect(tenant: str) -> ResponseReturnValue:
    """Okta's way back to the request that asked for the login; it works once, for the browser that signed in."""
    found = find_tenant(tenant, "okta")
    pending = found.logins.get(request.args.get("stateToken", ""))
    signed_in = current(found)
    if pending is None or signed_in is None or pending.persona_id != signed_in.persona.id:
        return _stale(found)
    found.logins.pop(pending.handle)
    return pending.resume(signed_in)


@pages.post("/t/<tenant>/<directory>/login")
def entra_login(tenant: str, directory: str) -> ResponseReturnValue:
    """Entra's first step (user name) and second step (password), which post to the same URL."""
    del directory  # a tenant GUID, `common` or a domain: the login is the same
    found, pending = _pending(tenant, "entra", "flowToken")
    if pending is None:
        return _stale(found)
    login = request.form.get("loginfmt", "").strip()
    persona = find_by_login(found.personas, login)
    if persona is None:
        _note_failure(found, pending, None, f"Nobody signs in as {login!r}.")
        return _page(found, pending, "entra/username.html", login=login, error=ENTRA_UNKNOWN)
    if "passwd" not in request.form:
        return _page(found, pending, "entra/password.html", login=persona.login)
    if not _may_enter(found, pending, persona, request.form["passwd"]):
        error = ENTRA_WRONG if persona.status == "active" else ENTRA_DISABLED
        return _page(found, pending, "entra/password.html", login=persona.login, error=error)
    pending.persona_id = persona.id
    if pending.force:
        return _finish_entra(found, pending, keep=False)
    return _page(found, pending, "entra/kmsi.html", login=persona.login)


@pages.post("/t/<tenant>/kmsi")
def entra_stay_signed_in(tenant: str) -> ResponseReturnValue:
    """Entra's "Stay signed in?": Yes keeps the cookie after the browser closes, No does not."""
    found, pending = _pending(tenant, "entra", "flowToken")
    if pending is None or pending.persona_id is None:
        return _stale(found)
    return _finish_entra(found, pending, keep=request.form.get("LoginOptions") == "1")


def _finish_entra(tenant: Tenant, pending: PendingLogin, *, keep: bool) -> ResponseReturnValue:
    persona = tenant.personas.get(pending.persona_id or "")
    if persona is None or tenant.logins.pop(pending.handle) is None:
        return _stale(tenant)
    session = Session(secrets.token_urlsafe(32), persona.id, tenant.clock.now())
    answer = make_response(pending.resume(SignIn(persona, session.started, session.id)))
    _keep_session(tenant, pending, session, answer, keep=keep)
    return answer


def _pending(tenant: str, vendor: str, field: str) -> tuple[Tenant, PendingLogin | None]:
    found = find_tenant(tenant, vendor)
    return found, found.logins.get(request.form.get(field, ""))


def _may_enter(tenant: Tenant, pending: PendingLogin, persona: Persona, password: str) -> bool:
    if not secrets.compare_digest(password.encode(), persona.password.encode()):
        _note_failure(tenant, pending, persona, f"A wrong password for {persona.id}.")
        return False
    if persona.status != "active":
        _note_failure(tenant, pending, persona, f"The right password, but {persona.id} is suspended.")
        return False
    return True


def _open_session(
    tenant: Tenant, pending: PendingLogin, persona: Persona, answer: Response, *, keep: bool
) -> None:
    session = Session(secrets.token_urlsafe(32), persona.id, tenant.clock.now())
    _keep_session(tenant, pending, session, answer, keep=keep)


def _keep_session(
    tenant: Tenant, pending: PendingLogin, session: Session, answer: Response, *, keep: bool
) -> None:
    tenant.sessions.put(session.id, session)
    encrypted = tenant.base_url.startswith("https:")
    # Vendors use SameSite=None, which browsers accept with Secure only; plain http has to do with Lax.
    answer.set_cookie(
        tenant.personality.session_cookie,
        session.id,
        max_age=KEPT_FOR if keep else None,
        path=_cookie_path(tenant),
        httponly=True,
        secure=encrypted,
        samesite="None" if encrypted else "Lax",
    )
    tenant.journal.record(
        "login.signed_in",
        summary=f"{session.persona_id} signed in.",
        attempt=pending.attempt,
        app=pending.app.name,
        persona=session.persona_id,
    )


def _cookie_path(tenant: Tenant) -> str:
    return f"/t/{tenant.name}"


def _first_page(tenant: Tenant, pending: PendingLogin) -> ResponseReturnValue:
    tenant.journal.record(
        "login.page",
        summary=f"Asked the browser to sign in for {pending.app.name}.",
        attempt=pending.attempt,
        app=pending.app.name,
    )
    first = {"okta": "okta/identify.html", "entra": "entra/username.html"}[tenant.personality.name]
    return _page(tenant, pending, first, login=pending.login_hint)


def _page(
    tenant: Tenant, pending: PendingLogin, template: str, *, login: str, error: str | None = None
) -> ResponseReturnValue:
    page = render_template(template, tenant=tenant, pending=pending, login=login, error=error)
    return page, 200, {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"}


def _stale(tenant: Tenant) -> ResponseReturnValue:
    page = render_template(f"{tenant.personality.name}/stale.html", tenant=tenant)
    current_app.logger.debug("a login step came for a login that is not under way at %s", tenant.name)
    return page, 400, {"Cache-Control": "no-store"}


def _note_failure(tenant: Tenant, pending: PendingLogin, persona: Persona | None, summary: str) -> None:
    tenant.journal.record(
        "login.failed",
        summary=summary,
        attempt=pending.attempt,
        app=pending.app.name,
        persona=persona.id if persona else None,
    )
