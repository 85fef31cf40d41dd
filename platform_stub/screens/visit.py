"""Who looks at a page: sign-in, role and form token are checked here, once, for every screen."""

from dataclasses import dataclass
from urllib.parse import quote

from flask import Response, abort, make_response, redirect, render_template, request

from platform_stub import audit, csrf, sessions
from platform_stub.clients import client_or_404
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.onward import come_back_after
from platform_stub.roles import SECURITY_TAB, Permission, allows
from platform_stub.store import Client, LiveSession, Method, Surface
from platform_stub.urls import client_path, login_path

_TABS = (
    ("home", "Home", "/home", None),
    ("client", "Client", "/configure/client/billing", Permission.READ_CLIENT),
    ("users", "Users", "/configure/users", Permission.EDIT_USERS),
    ("agents", "Agents", "/configure/agents", Permission.EDIT_AGENTS),
    ("audit", "Audit", "/configure/audit", Permission.READ_AUDIT),
)


@dataclass(frozen=True)
class Visit:
    """A signed-in person on a page of their client."""

    client: Client
    session: LiveSession
    ctx: PlatformContext

    @property
    def login(self) -> str:
        """The name that goes to the audit."""
        return self.session.account.login + (" (recovery code)" if self.recovering else "")

    @property
    def recovering(self) -> bool:
        """Whether a recovery code opened this session, which is for the Security tab alone."""
        return self.session.method is Method.RECOVERY and self.ctx.policy.recovery_session_limited

    @property
    def role(self) -> str:
        """The person's role."""
        return self.session.account.role

    @property
    def path(self) -> str:
        """The path that every address of this client starts with."""
        return client_path(self.client)

    def may(self, permission: Permission) -> bool:
        """Return whether the person's role, or a policy without roles, allows it."""
        if self.recovering and permission not in SECURITY_TAB:
            return False
        return not self.ctx.policy.roles_enforced or allows(self.role, permission)

    @property
    def may_change_sso(self) -> bool:
        """Whether the Security tab's buttons are there for this person."""
        return self.may(Permission.CHANGE_SSO)

    @property
    def may_read_sso(self) -> bool:
        """Whether there is a Security tab for this person."""
        return self.may(Permission.READ_SSO)

    @property
    def tabs(self) -> list[tuple[str, str, str]]:
        """The main navigation: key, label and address of what the person may see."""
        return [
            (key, label, self.path + address)
            for key, label, address, permission in _TABS
            if (not self.recovering if permission is None else self.may(permission))
        ]

    def page(self, template: str, *, status: int = 200, **values: object) -> Response:
        """Render a page of this person's portal."""
        notice = _NOTICES.get(request.args.get("notice", ""), "")
        return make_response(render_template(template, visit=self, **{"notice": notice, **values}), status)

    def go(self, address: str, notice: str) -> Response:
        """Send the browser to another page of this client, which shows the notice."""
        return make_response(redirect(f"{self.path}{address}?notice={notice}", 303))


_NOTICES = {
    "saved": "Saved.",
    "enabled": "Single sign-on is on. Both login pages now lead to the identity provider.",
    "disabled": "Single sign-on is off. Everybody signs in with a password again; the set-up is kept.",
    "restored": "The earlier configuration is current again.",
    "created": "Created.",
    "changed": "Changed.",
    "deleted": "Removed.",
    "flag-changed": "The flag was changed.",
}


def enter(ctx: PlatformContext, code: str, permission: Permission | None, surface: Surface) -> Visit:
    """Return the visit, or send the browser to the login page with the way back.

    Every POST must come from the session's own page. Raises RejectedError (403) for a role that may not.
    """
    client = client_or_404(ctx, code)
    session = sessions.current(ctx, client, surface)
    if session is None:
        sign_in = login_path(client, surface)
        if request.method == "GET":
            abort(come_back_after(sign_in, "next", _as_opened()))
        abort(make_response(redirect(sign_in, 303)))
    visit = Visit(client, session, ctx)
    try:
        _check(visit, permission)
    except RejectedError as error:
        if request.method == "POST":
            note_denied(visit, error.code)
        raise
    return visit


def _as_opened() -> str:
    """Return path and query of this request, byte for byte as the browser wrote them."""
    query = request.query_string.decode("latin-1")
    return quote(request.path) + (f"?{query}" if query else "")


def _check(visit: Visit, permission: Permission | None) -> None:
    if request.method == "POST":
        csrf.check(visit.ctx, visit.session.csrf_token)
    if visit.recovering and permission not in SECURITY_TAB:
        raise RejectedError(
            "recovery-session-limited",
            "A recovery code opens the Security tab and nothing else. Turn single sign-on off there, or "
            "repair it, then sign in as usual.",
            status=403,
        )
    if permission is not None and not visit.may(permission):
        raise RejectedError("not-permitted", f"This is not open to the role {visit.role}.", status=403)


def note_denied(visit: Visit, reason: str) -> None:
    """Write to the audit that somebody tried to change what they may not."""
    audit.record(
        visit.ctx,
        client=visit.client,
        actor=visit.login,
        action="access.denied",
        result="refused",
        reason=reason,
        detail={"method": request.method, "path": request.path, "role": visit.role},
    )
