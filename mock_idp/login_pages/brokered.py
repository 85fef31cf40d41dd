"""A login that another identity provider answers: Okta's `idp` parameter, Entra's federated domains.

Any tenant of this server plays the other one (`identity_providers`). What the two say to each other is their
own matter here: the browser is sent to its login pages, and back with a word that is good once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue

from mock_idp.apps import OidcApp
from mock_idp.login_pages.flow import Flow
from mock_idp.login_pages.people import person_of
from mock_idp.login_pages.steps import note_failure, stale
from mock_idp.sessions import PendingLogin, SignIn
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant, tenant_store


def provider_of(tenant: Tenant, login: str) -> str | None:
    """What `identity_providers` calls the IdP of a login name, if its domain has one (Entra)."""
    domain = login.rpartition("@")[2].strip().casefold()
    return domain if domain in tenant.settings.identity_providers else None


def way_there(tenant: Tenant, pending: PendingLogin, idp: str, login: str) -> str | None:
    """The URL of the other one's login pages; None where the tenant does not know `idp`."""
    name = tenant.settings.identity_providers.get(idp)
    if name is None:
        return None
    other = tenant_store().get(name)
    if other is None:
        abort(502, f"The identity provider {idp!r} is the tenant {name!r}, which does not exist.")
    back = f"{tenant.base_url}{tenant.personality.broker_path}"
    app = OidcApp(f"tenant {tenant.name}", tenant.place.directory_id, None, (back,), "everyone")
    handle = other.personality.handle_prefix + secrets.token_urlsafe(32)
    asked = _Asked(tenant.name, pending.handle, idp, back)
    waiting = PendingLogin(app, pending.attempt, asked, login_hint=login, handle=handle)
    other.logins.put(handle, waiting)
    tenant.journal.record(
        "login.brokered",
        summary=f"The browser was sent to the identity provider {idp}, the tenant {name}.",
        attempt=pending.attempt,
        app=pending.app.name,
    )
    return f"{other.base_url}/login?{urlencode({'stateToken': handle})}"


@dataclass(frozen=True)
class _Asked:
    """A login of another tenant that waits for its person here, and where to send them back."""

    home: str
    handle: str
    idp: str
    back: str

    def answer(self, tenant: Tenant, sign_in: SignIn) -> ResponseReturnValue:
        """Send the browser back, with a word for who it was."""
        del tenant
        home = find_tenant(self.home)
        word = secrets.token_urlsafe(32)
        home.grants.put(f"brokered:{word}", _Vouched(self.handle, self.idp, sign_in.persona.login))
        return redirect(f"{self.back}?{urlencode({'code': word, 'state': self.handle})}", 302)


@dataclass(frozen=True)
class _Vouched:
    """Who the other one says has signed in, for which login."""

    handle: str
    idp: str
    login: str


def register(pages: Blueprint, vendor: str, path: str, flow: Flow) -> None:
    """Serve the way back to a vendor's tenants."""
    view = partial(_come_back, vendor, flow)
    pages.add_url_rule(f"/t/<tenant>{path}", endpoint="brokered", view_func=view)


def _come_back(vendor: str, flow: Flow, tenant: str) -> ResponseReturnValue:
    found = find_tenant(tenant, vendor)
    told: _Vouched | None = found.grants.pop(f"brokered:{request.args.get('code', '')}")
    pending = found.logins.get(request.args.get("state", ""))
    if told is None or pending is None or told.handle != pending.handle:
        return stale(found)
    persona = person_of(found, told.login)
    if persona is None or persona.status != "active":
        note_failure(found, pending, f"{told.login!r} of {told.idp} is nobody who may sign in.", persona)
        abort(403, f"{told.login} has no account here that may sign in.")
    pending = replace(pending, persona_id=persona.id, session_id=None, verified=False, idp=told.idp)
    found.logins.put(pending.handle, pending)
    return flow.onward(found, pending)
