"""Who the browser of this request is signed in as: its cookie, which names the newest session first.

One account at most vendors; at Entra several, each with a session of its own.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from flask import Response, make_response, render_template, request

from mock_idp.page_headers import page_headers
from mock_idp.personas import Persona
from mock_idp.sessions import PendingLogin, Session, SignIn
from mock_idp.tenants import Tenant

BETWEEN = "."
"""Stands between the sessions' names in the cookie; no name holds it."""
MOST_ACCOUNTS = 10


def current(tenant: Tenant) -> SignIn | None:
    """Who the browser of this request is signed in as. Someone removed or suspended meanwhile is nobody."""
    return next(iter(accounts(tenant)), None)


def accounts(tenant: Tenant) -> list[SignIn]:
    """Every account of the browser, the one that was used last first."""
    cookie = request.cookies.get(tenant.personality.session_cookie)
    if not cookie:
        return []
    found = (_of_session(tenant, name) for name in cookie.split(BETWEEN)[:MOST_ACCOUNTS])
    return [sign_in for sign_in in found if sign_in is not None]


def account_of(signed_in: list[SignIn], login: str) -> SignIn | None:
    """The account of that login name."""
    wanted = login.strip().casefold()
    return next((account for account in signed_in if account.persona.login.casefold() == wanted), None)


def settled(tenant: Tenant, pending: PendingLogin, persona: Persona) -> SignIn | None:
    """The session that the login ends in: a new one, or that of before, which a second factor adds to.

    None when that of before has ended meanwhile. The cookie is `set_cookie`'s work."""
    if pending.session_id and _of_session(tenant, pending.session_id) is None:
        return None
    session = tenant.sessions.get(pending.session_id) if pending.session_id else None
    if session is None:
        _note(tenant, "login.signed_in", f"{persona.id} signed in.", pending, persona)
        idp = pending.idp if pending.idp in tenant.settings.identity_providers else ""
        return new_session(tenant, persona, second_factor=pending.verified, idp=idp)
    if pending.verified and not session.second_factor:
        session = replace(session, second_factor=True)
        tenant.sessions.put(session.id, session)
        _note(tenant, "login.verified", f"{persona.id} presented a second factor.", pending, persona)
    return SignIn(persona, session.started, session.id, session.second_factor, session.idp)


def new_session(tenant: Tenant, persona: Persona, *, second_factor: bool, idp: str = "") -> SignIn:
    """A session that begins now."""
    session = Session(secrets.token_urlsafe(32), persona.id, tenant.clock.now(), second_factor, idp)
    tenant.sessions.put(session.id, session)
    return SignIn(persona, session.started, session.id, second_factor, idp)


def set_cookie(tenant: Tenant, signed_in: SignIn, answer: Response, *, max_age: int | None = None) -> None:
    """Give the browser its session, in front of those of other people where the vendor keeps several."""
    names = [signed_in.session_id]
    if tenant.personality.keeps_accounts:
        others = (other for other in accounts(tenant) if other.persona.id != signed_in.persona.id)
        names += [other.session_id for other in others]
    _write(tenant, names, answer, max_age)


def sign_out(tenant: Tenant, response: Response | None = None, *, session_id: str | None = None) -> Response:
    """End the session of that name, else the browser's newest; its other accounts stay.

    `response` gets what is left of the cookie, else the answer is a page that says so."""
    known = [account.session_id for account in accounts(tenant)]
    gone = session_id or next(iter(known), "")
    tenant.sessions.pop(gone)
    answer = response or make_response(
        render_template(f"{tenant.personality.name}/signed_out.html", tenant=tenant), page_headers(tenant)
    )
    left = [name for name in known if name != gone]
    if left:
        _write(tenant, left, answer, None)
    else:
        answer.delete_cookie(tenant.personality.session_cookie, path=_path(tenant))
    return answer


def _of_session(tenant: Tenant, name: str) -> SignIn | None:
    session = tenant.sessions.get(name)
    persona = tenant.personas.get(session.persona_id) if session else None
    if session is None or persona is None or not persona.may_stay:
        return None
    return SignIn(persona, session.started, session.id, session.second_factor, session.idp)


def _write(tenant: Tenant, names: list[str], answer: Response, max_age: int | None) -> None:
    """Set the cookie. Vendors use SameSite=None, but that needs https: http gets Lax."""
    encrypted = tenant.base_url.startswith("https:")
    answer.set_cookie(
        tenant.personality.session_cookie,
        BETWEEN.join(names),
        max_age=max_age,
        path=_path(tenant),
        httponly=True,
        secure=encrypted,
        samesite="None" if encrypted else "Lax",
    )


def _note(tenant: Tenant, kind: str, summary: str, pending: PendingLogin, persona: Persona) -> None:
    tenant.journal.record(
        kind, summary=summary, attempt=pending.attempt, app=pending.app.name, persona=persona.id
    )


def _path(tenant: Tenant) -> str:
    return f"/t/{tenant.name}"
