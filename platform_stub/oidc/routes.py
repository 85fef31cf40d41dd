"""The OIDC addresses of a client: the redirect to the provider and both callbacks."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask, Response, redirect, request

from platform_stub import audit, browser_binding, refusals, sessions
from platform_stub.clients import client_or_404
from platform_stub.context import PlatformContext
from platform_stub.identity import match_account
from platform_stub.oidc import answer, api, back_channel, login, logout, provider
from platform_stub.oidc.discovered import Discovered
from platform_stub.oidc.request import fresh
from platform_stub.onward import post_onward
from platform_stub.refusals import RefusalError
from platform_stub.safe_mode import trials
from platform_stub.sso_state import require_active
from platform_stub.store import (
    Account,
    Client,
    LiveSession,
    LoginRequest,
    Method,
    SsoConfig,
    Standard,
    Surface,
)

_ARRIVED = "arrived"
"""The field of a form that has been posted from this platform's own page."""


def start_login(
    ctx: PlatformContext,
    client: Client,
    config: SsoConfig,
    surface: Surface,
    deep_link: str,
    *,
    trial: str = "",
) -> Response:
    """Return the redirect with an authorization request (state, nonce, PKCE S256), and remember the login.

    Raises RefusalError `sso-not-configured` instead of sending anybody away in vain.
    """
    from platform_stub.oidc.relying_party import authorization_url  # noqa: PLC0415 - oic is slow to import

    answer.require_complete(config)
    policy = ctx.policy_of(client)
    provider.note_asked(ctx, config)
    values = fresh(policy)
    location = authorization_url(policy, config.oidc, answer.redirect_uri(ctx, client, surface), values)
    response = _see_other(location)
    outstanding = LoginRequest(
        id=values.state,
        client_id=client.id,
        protocol=Method.OIDC,
        surface=surface,
        revision=config.revision,
        deep_link=deep_link,
        browser_binding=browser_binding.bind(ctx, client, response),
        expires_at=ctx.clock.now() + ctx.settings.login_request_lifetime,
        nonce=values.nonce,
        verifier=values.verifier,
        trial=trial,
    )
    with ctx.store.write() as tx:
        tx.logins.create(outstanding)
    return response


def start_logout(ctx: PlatformContext, client: Client, config: SsoConfig, session: LiveSession) -> str:
    """Return where the provider ends its session, "" where logging out ends the session here alone."""
    return logout.address(ctx, client, config, session)


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add both callbacks to the app."""
    discovered = Discovered(ctx)
    api.register(app, ctx, discovered)

    back_channel.register(app, ctx, discovered)
    logout.register(app, ctx)
    address = "/<code>/sso/oidc/<any(user, agent):surface>/callback"

    @app.route(address, methods=["GET", "POST"], endpoint="oidc.callback")
    def callback(code: str, surface: str) -> Response:
        client = client_or_404(ctx, code)
        if request.method == "POST" and _ARRIVED not in request.form:
            return post_onward(request.path, {**request.form.to_dict(), _ARRIVED: "yes"})
        try:
            return _finish(ctx, client, Surface(surface), discovered)
        except RefusalError as refusal:
            refusal.surface = Surface(surface)
            if ctx.policy.session_opens == "before-checks":
                return _refused_too_late(ctx, client, refusal)
            raise


def _refused_too_late(ctx: PlatformContext, client: Client, refusal: RefusalError) -> Response:
    """Show the refusal in a browser that has a session by now; for a weak policy only."""
    page = refusals.answer(ctx, client, refusal, actor=audit.NOBODY)
    named = str(refusal.evidence.get("received_email", ""))
    with ctx.store.read() as tx:
        found = tx.accounts.with_email(client.id, named) if named else ()
    for account in found[:1]:
        opened = sessions.sign_in(ctx, client, account, account.kind, Method.OIDC)
        for line in opened.headers.getlist("Set-Cookie"):
            page.headers.add("Set-Cookie", line)
    return page


def _finish(ctx: PlatformContext, client: Client, surface: Surface, discovered: Discovered) -> Response:
    """Verify the provider's answer and open the session.

    The callback is a top-level navigation, so this browser's own cookie is with it; a form that another site
    posts comes without, and is posted once more from here before.
    """
    given = request.form if request.method == "POST" else request.args
    arguments = given.to_dict()
    if any(len(values) > 1 for values in given.listvalues()):
        raise RefusalError("malformed", "The callback names a parameter twice.")
    if trials.answered(ctx, client, arguments.get("state", "")):
        return _conclude_test(ctx, client, surface, discovered, arguments)
    home = client
    if not ctx.policy.answers_bound_to_client:
        home = answer.client_of_state(ctx, client, arguments.get("state", ""))
        ctx = replace(ctx, policy=replace(ctx.policy, browser_binding=home is client))
    config = require_active(ctx, home, Standard.OIDC)
    answer.require_complete(config)
    attempt = answer.Attempt(ctx, home, config, surface)
    with ctx.store.write() as tx:
        outstanding = answer.take_outstanding(tx, attempt, arguments.get("state", ""))
    verified, account = _verified(client, attempt, outstanding, arguments, discovered)
    return sessions.sign_in(
        ctx,
        client,
        account,
        account.kind,
        Method.OIDC,
        deep_link=outstanding.deep_link,
        evidence={**verified.received, "email": verified.email},
        named=verified.named,
    )


def _verified(
    client: Client,
    attempt: answer.Attempt,
    outstanding: LoginRequest,
    arguments: dict[str, str],
    discovered: Discovered,
) -> tuple[login.VerifiedLogin, Account]:
    """Return what the answer proves and the account of `client` that it opens; raises RefusalError."""
    answer.check_response_issuer(attempt, arguments, discovered)
    answer.refuse_error(attempt, arguments)
    code = answer.code_of(attempt, arguments)
    front = arguments.get("id_token", "")
    if bool(front) != (attempt.ctx.policy_of(attempt.client).oidc_response_type == "code id_token"):
        raise RefusalError("malformed", "The callback has an ID token that was not asked for, or lacks it.")
    verified = login.verify(attempt, outstanding, code, discovered, front=front)
    try:
        account = match_account(
            attempt.ctx,
            client,
            attempt.surface,
            verified.email,
            Method.OIDC,
            subject=verified.subject,
            roles=verified.roles,
        )
    except RefusalError as refusal:
        refusal.evidence = {**verified.received, **refusal.evidence}
        raise
    return verified, account


def _conclude_test(
    ctx: PlatformContext, client: Client, surface: Surface, discovered: Discovered, arguments: dict[str, str]
) -> Response:
    """Verify the answer to a test sign-in like a login's, and keep the result in place of a session."""
    with ctx.store.read() as tx:
        config = tx.configurations.current(client)
    attempt = answer.Attempt(ctx, client, config, surface, is_trial=True)
    with ctx.store.write() as tx:
        test = answer.take_outstanding(tx, attempt, arguments.get("state", ""))
    try:
        verified, account = _verified(client, attempt, test, arguments, discovered)
    except RefusalError as refusal:
        return _see_other(trials.conclude(ctx, client, test, refusal=refusal))
    return _see_other(
        trials.conclude(ctx, client, test, account=account, email=verified.email, received=verified.received)
    )


def _see_other(location: str) -> Response:
    response = redirect(location, 303)
    assert isinstance(response, Response)
    return response
