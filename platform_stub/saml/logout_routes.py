"""The logout address of a client, for both bindings and both kinds of message."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, make_response, redirect, render_template, request

from platform_stub.clients import client_or_404
from platform_stub.context import PlatformContext
from platform_stub.refusals import RefusalError
from platform_stub.saml import logout, logout_checks, logout_received
from platform_stub.saml.login import trusted_certificates
from platform_stub.saml.logout import Place
from platform_stub.saml.logout_received import Received
from platform_stub.sso_state import require_active
from platform_stub.store import Client, LiveSession, SsoConfig, Standard, Surface
from platform_stub.urls import login_path

_ACTIONS: Final = {True: "logout.request", False: "logout.answer"}


def start_logout(ctx: PlatformContext, client: Client, config: SsoConfig, session: LiveSession) -> str:
    """Return where the browser goes to end the identity provider's session too, "" for nowhere."""
    return logout.ask(Place(ctx, client, config), session)


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the address to the app."""

    @app.route("/<code>/sso/saml/logout", methods=["GET", "POST"], endpoint="saml.logout")
    def single_logout(code: str) -> Response:
        client = client_or_404(ctx, code)
        is_request = "SAMLRequest" in request.values
        try:
            return _taken(Place(ctx, client, require_active(ctx, client, Standard.SAML)))
        except RefusalError as refusal:
            refusal.action = _ACTIONS[is_request]
            raise


def _taken(place: Place) -> Response:
    received = _received(place)
    policy = place.ctx.policy
    logout_checks.require_signature(received, place.ctx.policy_of(place.client))
    expected = logout_checks.Expected(
        logout.address(place), place.config.saml.issuer_url, place.ctx.clock.now()
    )
    logout_checks.judge(logout_checks.Evidence(received, expected, policy))
    if not received.is_request:
        surface = logout.settle(place, received.root)
        if received.relay_state and "relay-state" not in policy.slo_checks:
            return _see_other(received.relay_state)
        return _page(place, login_path(place.client, surface), everywhere=True)
    unknown = logout.obey(place, received.root)
    onward = logout.reply(place, received.root, received.relay_state, unknown)
    if onward:
        return _see_other(onward)
    return _page(place, login_path(place.client, Surface.USER), everywhere=False)


def _received(place: Place) -> Received:
    certificates = trusted_certificates(place.ctx, place.client, place.config)
    policy = place.ctx.policy
    if request.method == "POST":
        return logout_received.from_form(request.form, certificates, policy)
    return logout_received.from_query(request.query_string.decode("latin-1"), certificates, policy)


def _see_other(location: str) -> Response:
    response = redirect(location, 303)
    assert isinstance(response, Response)
    return response


def _page(place: Place, login: str, *, everywhere: bool) -> Response:
    return make_response(
        render_template("signed_out.html", client=place.client, login=login, everywhere=everywhere)
    )
