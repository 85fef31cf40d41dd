"""Test sign-ins on screen: the link that starts one, and the page that shows what came back."""

from functools import partial

from flask import Flask, Response, make_response, render_template

from platform_stub import sessions
from platform_stub.clients import client_or_404
from platform_stub.context import PlatformContext
from platform_stub.protocols import Protocols
from platform_stub.safe_mode import require_on, trials
from platform_stub.store import Method, Surface, Trial
from platform_stub.urls import client_path

_SHOWN = (
    ("Issuer", ("received_issuer", "received_iss")),
    ("Audience", ("received_audience", "received_aud")),
    ("NameID", ("received_name_id", "received_sub")),
)


def register(app: Flask, ctx: PlatformContext, protocols: Protocols) -> None:
    """Add both pages; neither needs a session, since an agent opens the link in a browser of their own."""
    root = "/<code>/sso/test"
    app.add_url_rule(f"{root}/<token>", "trial_start", partial(_start, ctx, protocols))
    app.add_url_rule(f"{root}/result/<ticket>", "trial_result", partial(_result, ctx))


def facts(trial: Trial) -> list[tuple[str, str]]:
    """Return what the identity provider sent, as an administrator compares it: label and value."""
    found = [
        (label, next((str(trial.received[name]) for name in names if name in trial.received), ""))
        for label, names in _SHOWN
    ]
    return [*found, ("E-mail", trial.email), ("Matched account", trial.account)]


def _start(ctx: PlatformContext, protocols: Protocols, code: str, token: str) -> Response:
    client = client_or_404(ctx, code)
    require_on(ctx, client)
    trial, config = trials.opened(ctx, client, token)
    protocol = protocols[config.authentication_standard]
    return protocol.start_login(ctx, client, config, trial.surface, "", trial=trial.id)


def _result(ctx: PlatformContext, code: str, ticket: str) -> Response:
    client = client_or_404(ctx, code)
    require_on(ctx, client)
    trial = trials.confirm(ctx, client, ticket)
    if ctx.policy.trial_opens_session and trial.passed and trial.account_id is not None:
        with ctx.store.read() as tx:
            account = tx.accounts.get(trial.account_id)
        if account is not None:
            return sessions.sign_in(ctx, client, account, trial.surface, Method.SAML)
    admin = sessions.current(ctx, client, Surface.USER)
    page = render_template(
        "trial_result.html",
        client=client,
        trial=trial,
        facts=facts(trial),
        minutes=ctx.settings.trial_lifetime.seconds // 60,
        security=f"{client_path(client)}/configure/client/security" if admin else "",
    )
    return make_response(page)
