"""The SAML addresses of a client: both assertion consumer services, their completion, the metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from flask import Flask, Response, redirect, request

from platform_stub import audit, browser_binding, sessions, urls
from platform_stub.clients import client_or_404
from platform_stub.context import PlatformContext
from platform_stub.identity import ensure_may_enter, match_account
from platform_stub.onward import post_onward
from platform_stub.refusals import RefusalError
from platform_stub.safe_mode import is_on, trials
from platform_stub.saml import login, logout_routes, relay_state
from platform_stub.saml.decryption import content_ciphers
from platform_stub.saml.names import service_provider
from platform_stub.saml.platform_key import platform_key
from platform_stub.sso_state import require_active
from platform_stub.store import (
    Account,
    Admission,
    Client,
    IdpSession,
    KeyUse,
    LoginRequest,
    Method,
    SsoConfig,
    Standard,
    Surface,
)

_SURFACE: Final = "<any(user, agent):surface>"


def start_login(
    ctx: PlatformContext,
    client: Client,
    config: SsoConfig,
    surface: Surface,
    deep_link: str,
    *,
    trial: str = "",
) -> Response:
    """Return the redirect or form that carries an AuthnRequest to the identity provider, and remember it.

    The page that was asked for stays here with the request; where there is one, a RelayState travels along.
    Raises RefusalError `sso-not-configured`, `certificate-unusable` instead of sending anybody away in vain.
    """
    from platform_stub.saml.authn_request import Wish, authn_request, new_request_id  # noqa: PLC0415 - pysaml2 is slow to import

    login.require_complete(config, ctx.policy)
    policy = ctx.policy_of(client)
    request_id = new_request_id(ctx.policy)
    wish = Wish(
        id=request_id,
        single_sign_on_url=config.saml.single_sign_on_url,
        acs_url=urls.acs_url(ctx, client, surface),
        relay_state=relay_state.of_request(request_id) if deep_link else "",
        now=ctx.clock.now(),
        policy=policy,
        key=platform_key(ctx) if policy.saml_request_signing == "on" else None,
    )
    sent = authn_request(service_provider(ctx, client), wish)
    response = _see_other(sent.address) if not sent.fields else post_onward(sent.address, sent.fields)
    outstanding = LoginRequest(
        id=request_id,
        client_id=client.id,
        protocol=Method.SAML,
        surface=surface,
        revision=config.revision,
        deep_link=deep_link,
        browser_binding=browser_binding.bind(ctx, client, response),
        expires_at=ctx.clock.now() + ctx.settings.login_request_lifetime,
        trial=trial,
    )
    with ctx.store.write() as tx:
        tx.logins.create(outstanding)
    return response


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the SAML endpoints to the app."""

    @app.post(f"/<code>/sso/saml/{_SURFACE}/acs", endpoint="saml.acs")
    def acs(code: str, surface: str) -> Response:
        client = client_or_404(ctx, code)
        try:
            return _told(Surface(surface), lambda: _accept(ctx, client, Surface(surface)))
        except RefusalError as refusal:
            if refusal.code == "status-not-success" and ctx.policy.after_idp_error == "starts-again":
                return _see_other(urls.login_path(client, Surface(surface)))
            raise

    @app.get(f"/<code>/sso/saml/{_SURFACE}/complete", endpoint="saml.complete")
    def complete(code: str, surface: str) -> Response:
        client = client_or_404(ctx, code)
        return _told(Surface(surface), lambda: _complete(ctx, client, Surface(surface)))

    @app.get("/<code>/sso/saml/metadata", endpoint="saml.metadata")
    def sp_metadata(code: str) -> Response:
        from platform_stub.saml.service_provider import metadata  # noqa: PLC0415 - pysaml2 is slow to import

        client = client_or_404(ctx, code)
        knobs, provider = ctx.policy_of(client), service_provider(ctx, client)
        if "published-endpoints" not in ctx.policy.saml_request_rules:
            provider = replace(provider, agent_acs_url=provider.user_acs_url)
        document = metadata(
            provider,
            platform_key(ctx).certificate,
            platform_key(ctx, KeyUse.ENCRYPTION).certificate,
            content_ciphers(cbc=knobs.saml_cbc == "accept"),
            signs_requests=knobs.saml_request_signing == "on",
            wants_signed_assertions=knobs.saml_want_assertions_signed == "on",
        )
        return Response(document, mimetype="application/samlmetadata+xml")

    logout_routes.register(app, ctx)


def _accept(ctx: PlatformContext, client: Client, surface: Surface) -> Response:
    """Verify the posted response, park the result, and send the browser to a same-site address.

    The post comes from the identity provider's site, so SameSite=Lax cookies are not with it; the redirect's
    request has them, and only there the browser can prove that it started this login.
    """
    field = request.form.get("SAMLResponse", "")
    if is_on(ctx, client) and (test := _answered_test(ctx, client, field)):
        return _conclude_test(ctx, client, surface, test, field)
    home = client if ctx.policy.answers_bound_to_client else login.addressed_client(ctx, client, field)
    attempt = login.Attempt(ctx, home, require_active(ctx, home, Standard.SAML), surface)
    verified = login.verify(attempt, field)
    account = _account(ctx, client, surface, verified)
    evidence = {**verified.received, "email": verified.email}
    try:
        with ctx.store.write() as tx:
            outstanding = login.use_up(tx, attempt, verified)
            started_here = outstanding if home is client else None
            wish = relay_state.wanted_page(ctx.policy, started_here, request.form.get("RelayState", ""))
            ticket = tx.logins.park(_admission(ctx, account, surface, (started_here, wish), verified))
            audit.record(
                ctx,
                client=client,
                actor=account.login,
                action="login.sso.verified",
                result="ok",
                detail={"surface": surface.value, **evidence},
                tx=tx,
            )
    except RefusalError as refusal:
        refusal.evidence = {**evidence, **refusal.evidence}
        raise
    path = f"{urls.client_path(client)}/sso/saml/{surface}/complete"
    return _see_other(f"{path}?{urlencode({'ticket': ticket})}")


def _answered_test(ctx: PlatformContext, client: Client, field: str) -> LoginRequest | None:
    return trials.answered(ctx, client, login.answered_request(field, ctx.policy))


def _conclude_test(
    ctx: PlatformContext, client: Client, surface: Surface, test: LoginRequest, field: str
) -> Response:
    """Verify the answer to a test sign-in like a login's, and keep the result in place of a session."""
    with ctx.store.read() as tx:
        config = tx.configurations.current(client)
    attempt = login.Attempt(ctx, client, config, surface, is_trial=True)
    try:
        verified = login.verify(attempt, field)
        account = _account(ctx, client, surface, verified)
        with ctx.store.write() as tx:
            login.use_up(tx, attempt, verified)
    except RefusalError as refusal:
        return _see_other(trials.conclude(ctx, client, test, refusal=refusal))
    return _see_other(
        trials.conclude(ctx, client, test, account=account, email=verified.email, received=verified.received)
    )


def _complete(ctx: PlatformContext, client: Client, surface: Surface) -> Response:
    """Open the session for the browser that started the login."""
    require_active(ctx, client, Standard.SAML)
    with ctx.store.write() as tx:
        admission = tx.logins.claim(client.id, request.args.get("ticket", ""))
        account = tx.accounts.get(admission.account_id) if admission else None
    if admission is None or account is None or admission.surface is not surface:
        raise RefusalError("request-unknown", "The completion's ticket is unknown or was used before.")
    if admission.expires_at < ctx.clock.now():
        raise RefusalError("expired", f"The ticket was valid until {admission.expires_at.isoformat()}.")
    browser_binding.require_same_browser(ctx, admission.browser_binding, surface)
    ensure_may_enter(ctx.policy, account, surface)
    response = sessions.sign_in(
        ctx,
        client,
        account,
        account.kind,
        Method.SAML,
        deep_link=admission.deep_link,
        named=admission.named,
    )
    if ctx.policy.relay_state != "ignored" and not urls.safe_deep_link(
        ctx, client, surface, admission.deep_link
    ):
        relay_state.obey(ctx, response, admission.deep_link)
    return response


def _account(
    ctx: PlatformContext, client: Client, surface: Surface, verified: login.VerifiedLogin
) -> Account:
    try:
        subject = verified.assertion.subject
        return match_account(
            ctx,
            client,
            surface,
            verified.email,
            Method.SAML,
            subject=subject.name_id,
            roles=subject.roles,
        )
    except RefusalError as refusal:
        refusal.evidence = {**verified.received, **refusal.evidence}
        raise


def _admission(
    ctx: PlatformContext,
    account: Account,
    surface: Surface,
    started: tuple[LoginRequest | None, str],
    verified: login.VerifiedLogin,
) -> Admission:
    assertion = verified.assertion
    outstanding, wish = started
    bound = "own-browser" in ctx.policy.saml_checks
    return Admission(
        client_id=account.client_id,
        account_id=account.id,
        protocol=Method.SAML,
        surface=surface,
        deep_link=wish,
        browser_binding=outstanding.browser_binding if outstanding and bound else "",
        named=IdpSession(
            issuer=assertion.issuer,
            name_id=assertion.subject.name_id,
            name_id_format=assertion.subject.name_id_format,
            session_index=assertion.session_index,
        ),
        expires_at=ctx.clock.now() + ctx.settings.login_request_lifetime,
    )


def _told(surface: Surface, step: Callable[[], Response]) -> Response:
    """Run a step so that its refusal page leads back to the login page of this surface."""
    try:
        return step()
    except RefusalError as refusal:
        refusal.surface = surface
        raise


def _see_other(location: str) -> Response:
    response = redirect(location, 303)
    assert isinstance(response, Response)
    return response
