"""Sessions as the outside knows them: two browser cookies and the API's LV-Session header."""

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Response, g, make_response, redirect, request

from platform_stub import audit
from platform_stub.clock import earliest
from platform_stub.context import PlatformContext
from platform_stub.store import (
    Account,
    Channel,
    Client,
    IdpSession,
    LiveSession,
    Method,
    Surface,
    Transaction,
)
from platform_stub.urls import client_path, home_path, safe_deep_link

_KEEP_USED_MESSAGES = timedelta(days=1)  # after their own expiry; far more than any clock skew
_TOUCH_EVERY = timedelta(seconds=60)  # a write for every request would cost more than the minute is worth


def cookie_name(surface: Surface) -> str:
    """Return the name of the surface's session cookie."""
    return f"lvp_{surface}"


def sign_in(
    ctx: PlatformContext,
    client: Client,
    account: Account,
    surface: Surface,
    method: Method,
    *,
    deep_link: str = "",
    evidence: Mapping[str, Any] | None = None,
    named: IdpSession | None = None,
) -> Response:
    """Open a new browser session, end the one that this browser had here, and go to the deep link or home.

    ``evidence`` goes to the audit: what the IdP sent, without secrets. ``named`` is kept for single logout.
    """
    now = ctx.clock.now()
    previous = request.cookies.get(cookie_name(surface))
    goes_on = ctx.policy.login_renews_session in {"same-id", "id-of-start"}
    token = previous if previous and goes_on else secrets.token_urlsafe(32)
    with ctx.store.write() as tx:
        if previous and ctx.policy.login_renews_session != "beside":
            tx.sessions.end(_key(previous))
        _open(ctx, tx, token, account, surface=surface, channel=Channel.BROWSER, method=method)
        if named is not None:
            tx.logouts.note(_key(token), client.id, named)
        tx.accounts.note_login(account.id, now)
        everybody = earliest(ctx.clock)
        tx.sessions.forget_unused_since(everybody - ctx.settings.session_idle)
        tx.replays.forget_before(everybody - _KEEP_USED_MESSAGES)
        if method is not Method.RECOVERY:  # spending the code wrote its own line
            audit.record(
                ctx,
                client=client,
                actor=account.login,
                action="login.password" if method is Method.PASSWORD else "login.sso",
                result="ok",
                detail={"surface": surface.value, "method": method.value, **(evidence or {})},
                tx=tx,
            )
    by_sso = method in {Method.SAML, Method.OIDC}
    kept = "" if by_sso and "deep-link-kept" not in ctx.policy.lifecycle_rules else deep_link
    target = safe_deep_link(ctx, client, surface, kept) or home_path(client, surface)
    response = make_response(redirect(target, 303))
    response.set_cookie(
        cookie_name(surface),
        token,
        max_age=_outlives_browser(ctx, client),
        path=client_path(client) if ctx.policy.sessions_bound_to_client else "/",
        httponly=ctx.policy.session_cookie != "open-to-scripts",
        samesite=None if ctx.policy.session_cookie == "sent-by-any-site" else "Lax",
        secure=ctx.settings.base_url.startswith("https:"),
        domain=request.host.partition(":")[0] if ctx.policy.session_cookie == "for-subdomains" else None,
    )
    return response


def _outlives_browser(ctx: PlatformContext, client: Client) -> timedelta | None:
    """Return how long the browser keeps the cookie; None: until it is closed (Browser Session Security)."""
    ends = ctx.policy_of(client).browser_session_security == "on"
    return None if ends and ctx.policy.session_cookie != "outlives-browser" else ctx.settings.session_idle


def open_api_session(
    ctx: PlatformContext,
    client: Client,
    account: Account,
    method: Method,
    *,
    evidence: Mapping[str, Any] | None = None,
) -> str:
    """Open an API session and return its LV-Session id (a UUID); ``evidence`` as in ``sign_in``."""
    session_id = str(uuid.uuid4())
    with ctx.store.write() as tx:
        _open(ctx, tx, session_id, account, surface=account.kind, channel=Channel.API, method=method)
        tx.accounts.note_login(account.id, ctx.clock.now())
        if method is not Method.RECOVERY:  # spending the code wrote its own line
            audit.record(
                ctx,
                client=client,
                actor=account.login,
                action="login.api",
                result="ok",
                detail={"surface": account.kind.value, "method": method.value, **(evidence or {})},
                tx=tx,
            )
    return session_id


def current(ctx: PlatformContext, client: Client, surface: Surface) -> LiveSession | None:
    """Return the browser's live session at this client and surface."""
    token = request.cookies.get(cookie_name(surface))
    session = _live(ctx, token, Channel.BROWSER) if token else None
    here = session and (session.client_id == client.id or not ctx.policy.sessions_bound_to_client)
    return session if session and here and session.surface is surface else None


def api_session(ctx: PlatformContext, session_id: str) -> LiveSession | None:
    """Return the live API session with this LV-Session id; its client is in ``g.client`` then."""
    with ctx.store.read() as tx:
        found = tx.sessions.find(_key(session_id))
        client = tx.clients.get(found.client_id) if found else None
    if client is None:
        return None
    g.client = client  # the clock goes by it
    return _live(ctx, session_id, Channel.API)


def keep_open(ctx: PlatformContext, session_id: str, until: datetime) -> None:
    """Count a session as used at that moment: somebody went on using it while a test clock was moved."""
    with ctx.store.write() as tx:
        tx.sessions.touch(_key(session_id), until)


def sign_out(ctx: PlatformContext, client: Client, surface: Surface, response: Response) -> None:
    """End the browser's session at this surface and take its cookie away."""
    session = current(ctx, client, surface)
    if session is not None:
        with ctx.store.write() as tx:
            if ctx.policy.logout_ends_session:
                tx.sessions.end(session.key)
            audit.record(
                ctx,
                client=client,
                actor=session.account.login,
                action="logout",
                result="ok",
                detail={"surface": surface.value},
                tx=tx,
            )
    response.delete_cookie(cookie_name(surface), path=client_path(client), httponly=True, samesite="Lax")


def _open(
    ctx: PlatformContext,
    tx: Transaction,
    token: str,
    account: Account,
    *,
    surface: Surface,
    channel: Channel,
    method: Method,
) -> None:
    tx.sessions.open(
        _key(token),
        account,
        surface=surface,
        channel=channel,
        method=method,
        csrf_token=secrets.token_urlsafe(24),
        now=ctx.clock.now(),
    )


def _live(ctx: PlatformContext, token: str, channel: Channel) -> LiveSession | None:
    """Return the session while it was used within the idle limit and its account is active."""
    now = ctx.clock.now()
    with ctx.store.read() as tx:
        session = tx.sessions.find(_key(token))
    if session is None or session.channel is not channel:
        return None
    if not session.account.active and ctx.policy.inactive_account == "refuse":
        return None
    unused_for = now - session.last_seen_at
    ends = ctx.policy.api_session_ends if channel is Channel.API else "unused"
    if (unused_for > ctx.settings.session_idle and ends != "never") or _recovery_is_over(ctx, session):
        return None
    if unused_for > _TOUCH_EVERY and ends != "fixed":
        with ctx.store.write() as tx:
            tx.sessions.touch(session.key, now)
    return session


def _recovery_is_over(ctx: PlatformContext, session: LiveSession) -> bool:
    """Say whether a recovery code opened this session longer ago than it lasts, used or not."""
    if session.method is not Method.RECOVERY or not ctx.policy.recovery_session_ends:
        return False
    return ctx.clock.now() - session.created_at > ctx.settings.recovery_session


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
