"""Who calls the API: the headers LV-Access (at login) and LV-Session (afterwards)."""

from dataclasses import dataclass

from flask import g, request

from platform_stub import audit, sessions
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.roles import SECURITY_TAB, Permission, allows
from platform_stub.store import Client, LiveSession, Method


@dataclass(frozen=True)
class Caller:
    """An authenticated caller and the client that the session belongs to."""

    client: Client
    session: LiveSession

    @property
    def login(self) -> str:
        """The name that goes to the audit."""
        recovering = self.session.method is Method.RECOVERY
        return self.session.account.login + (" (recovery code)" if recovering else "")

    @property
    def role(self) -> str:
        """The caller's role."""
        return self.session.account.role


def client_of_access_token(ctx: PlatformContext, client_name: str) -> Client:
    """Return the client that the header LV-Access belongs to; `client_name` must be its Client Code.

    Raises RejectedError (401).
    """
    token = request.headers.get("LV-Access", "")
    needed = ctx.policy.api_lv_access
    with ctx.store.read() as tx:
        client = tx.clients.by_access_token(audit.digest(token)) if token else None
        named = tx.clients.by_code(client_name) if needed != "own" else None
    if client is None and needed != "not-needed":
        raise RejectedError(
            "authorization-error",
            "Authorization error: the header LV-Access is missing or holds no valid API token.",
            status=401,
        )
    client = named or client
    if client is None or client.code != client_name:
        raise RejectedError(
            "authorization-error",
            "Authorization error: the LV-Access token belongs to another client than clientName.",
            status=401,
        )
    g.client = client
    return client


def require_session(ctx: PlatformContext) -> Caller:
    """Return the caller of this request, whoever it is; raises RejectedError (401)."""
    session = sessions.api_session(ctx, request.headers.get("LV-Session", ""))
    if session is None:
        raise RejectedError(
            "session-required",
            "The header LV-Session is missing, or its session has ended. Log in again.",
            status=401,
        )
    return Caller(g.client, session)


def require(ctx: PlatformContext, permission: Permission) -> Caller:
    """Return the caller of this request, who must hold the permission; raises RejectedError (401, 403)."""
    caller = require_session(ctx)
    client, session = caller.client, caller.session
    limited = session.method is Method.RECOVERY and ctx.policy.recovery_session_limited
    if limited and permission not in SECURITY_TAB:
        raise RejectedError(
            "recovery-session-limited",
            "A recovery code opens the single sign-on configuration and nothing else.",
            status=403,
        )
    if ctx.policy.roles_enforced and not allows(session.account.role, permission):
        who = f"role {session.account.role}" if session.account.role else "an agent"
        if request.method != "GET":
            audit.record(
                ctx,
                client=client,
                actor=session.account.login,
                action="access.denied",
                result="refused",
                reason="not-permitted",
                detail={"method": request.method, "path": request.path, "role": session.account.role},
            )
        raise RejectedError("not-permitted", f"This is not open to {who}.", status=403)
    return caller
