"""The OIDC addresses of a client: the redirect to the provider and both callbacks."""

from __future__ import annotations

import base64
import hashlib
import secrets

from flask import Flask, Response, redirect, request

from platform_stub import browser_binding, sessions, urls
from platform_stub.clients import client_or_404
from platform_stub.context import PlatformContext
from platform_stub.identity import match_account
from platform_stub.oidc import api, login
from platform_stub.oidc.discovered import Discovered
from platform_stub.refusals import RefusalError
from platform_stub.sso_state import require_active
from platform_stub.store import Client, LiveSession, LoginRequest, Method, SsoConfig, Standard, Surface


def start_login(
    ctx: PlatformContext, client: Client, config: SsoConfig, surface: Surface, deep_link: str
) -> Response:
    """Return the redirect with an authorization request (state, nonce, PKCE S256), and remember the login.

    Raises RefusalError `sso-not-configured` instead of sending anybody away in vain.
    """
    from platform_stub.oidc.relying_party import authorization_url  # noqa: PLC0415 - oic is slow to import

    login.require_complete(config)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    location = authorization_url(
        config.oidc,
        urls.redirect_uri(ctx, client, surface),
        state=state,
        nonce=nonce,
        code_challenge=_challenge(verifier),
    )
    response = redirect(location, 303)
    assert isinstance(response, Response)
    outstanding = LoginRequest(
        id=state,
        client_id=client.id,
        protocol=Method.OIDC,
        surface=surface,
        revision=config.revision,
        deep_link=deep_link,
        browser_binding=browser_binding.bind(ctx, client, response),
        expires_at=ctx.clock.now() + ctx.settings.login_request_lifetime,
        nonce=nonce,
        verifier=verifier,
    )
    with ctx.store.write() as tx:
        tx.logins.create(outstanding)
    return response


def start_logout(_ctx: PlatformContext, _client: Client, _config: SsoConfig, _session: LiveSession) -> str:
    """Return "": logging out ends the session here alone, as with SAML without a Single Logout URL."""
    return ""


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add both callbacks to the app."""
    discovered = Discovered(ctx)
    api.register(app, ctx, discovered)

    @app.get("/<code>/sso/oidc/<any(user, agent):surface>/callback", endpoint="oidc.callback")
    def callback(code: str, surface: str) -> Response:
        client = client_or_404(ctx, code)
        try:
            return _finish(ctx, client, Surface(surface), discovered)
        except RefusalError as refusal:
            refusal.surface = Surface(surface)
            raise


def _finish(ctx: PlatformContext, client: Client, surface: Surface, discovered: Discovered) -> Response:
    """Verify the provider's answer and open the session.

    The callback is a top-level navigation, so this browser's own cookie is with it.
    """
    config = require_active(ctx, client, Standard.OIDC)
    login.require_complete(config)
    attempt = login.Attempt(ctx, client, config, surface)
    arguments = request.args.to_dict()
    if any(len(values) > 1 for values in request.args.listvalues()):
        raise RefusalError("malformed", "The callback names a parameter twice.")
    with ctx.store.write() as tx:
        outstanding = login.take_outstanding(tx, attempt, arguments.get("state", ""))
    login.check_response_issuer(attempt, arguments)
    login.refuse_error(arguments)
    code = arguments.get("code", "")
    if not code:
        raise RefusalError("malformed", "The callback has neither a code nor an error.")
    verified = login.verify(attempt, outstanding, code, discovered)
    try:
        account = match_account(
            ctx,
            client,
            surface,
            verified.email,
            Method.OIDC,
            subject=verified.subject,
            roles=verified.roles,
        )
    except RefusalError as refusal:
        refusal.evidence = {**verified.received, **refusal.evidence}
        raise
    return sessions.sign_in(
        ctx,
        client,
        account,
        account.kind,
        Method.OIDC,
        deep_link=outstanding.deep_link,
        evidence={**verified.received, "email": verified.email},
    )


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
