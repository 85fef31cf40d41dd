"""Logging out at the provider too: where Logout sends the browser, and the page that it comes back to.

Source: OpenID Connect RP-Initiated Logout 1.0, section 2. Ours, and off unless Customer Care turns the knob
`oidc_logout`: nothing of it is documented. The session here is over before the browser leaves.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from flask import Flask, Response, make_response, redirect, render_template

from platform_stub import audit, sessions, urls
from platform_stub.clients import client_or_404
from platform_stub.context import PlatformContext
from platform_stub.oidc.discovered import Discovered
from platform_stub.refusals import RefusalError
from platform_stub.store import Client, LiveSession, SsoConfig, Surface

_LONGEST: Final = 300


def keeps_hint(ctx: PlatformContext, client: Client) -> bool:
    """Say whether logins keep their ID token, as the hint of a logout to come."""
    return ctx.policy_of(client).oidc_logout == "with_hint" and "logout-hint-kept" in ctx.policy.oidc_rules


def address(ctx: PlatformContext, client: Client, config: SsoConfig, session: LiveSession) -> str:
    """Return the provider's end_session_endpoint with its parameters, "" where logging out stays local.

    That is without the knob, for a session of another provider, for one that was opened before the knob was
    turned, and where the provider publishes no such endpoint or cannot be asked (the audit tells).
    """
    how = ctx.policy_of(client).oidc_logout
    if how == "local":
        return ""
    with ctx.store.read() as tx:
        named = tx.logouts.named(session.key)
    if named is None or named.issuer != config.oidc.issuer:
        return ""
    if not named.id_token and keeps_hint(ctx, client):
        return ""
    try:
        endpoint = Discovered(ctx).end_session_endpoint(client, config)
    except RefusalError as refusal:
        _note(ctx, client, session, refusal)
        return ""
    parameters = {"id_token_hint": named.id_token} if named.id_token and how == "with_hint" else {}
    parameters["post_logout_redirect_uri"] = urls.signed_out_url(ctx, client, session.surface)
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}" if endpoint else ""


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the page for the provider's post_logout_redirect_uri, one for each surface."""

    @app.get("/<code>/sso/oidc/<any(user, agent):surface>/callback/signed-out", endpoint="oidc.signed_out")
    def signed_out(code: str, surface: str) -> Response:
        client, at = client_or_404(ctx, code), Surface(surface)
        if sessions.current(ctx, client, at):  # somebody opened the address without having logged out
            return make_response(redirect(urls.home_path(client, at), 303))
        login = urls.login_path(client, at)
        return make_response(render_template("signed_out.html", client=client, login=login, everywhere=True))


def _note(ctx: PlatformContext, client: Client, session: LiveSession, refusal: RefusalError) -> None:
    audit.record(
        ctx,
        client=client,
        actor=session.account.login,
        action="logout.provider",
        result="refused",
        reason=refusal.code,
        detail={"detail": refusal.detail[:_LONGEST]},
    )
