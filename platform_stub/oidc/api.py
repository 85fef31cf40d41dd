"""The API's single sign-on login: a caller presents an ID token that it got from the identity provider.

That the public API has such a login is documented. Its request is not: the shape is this project's own.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Flask, Response, jsonify

from platform_stub import json_body, refusals, sessions
from platform_stub.api.caller import client_of_access_token
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.identity import email_of_oidc, match_account
from platform_stub.oidc import answer, careless, checks, id_token
from platform_stub.oidc.discovered import Discovered
from platform_stub.policy import OidcCheck
from platform_stub.refusals import RefusalError
from platform_stub.sso_state import effective
from platform_stub.store import Account, Client, Method, SsoConfig, Standard, Surface

_OF_THE_CALLER: frozenset[OidcCheck] = frozenset({"nonce", "access-token-hash"})
"""Checks of values that only whoever asked for the token knows."""
_WITH_ACCESS_TOKENS: frozenset[OidcCheck] = _OF_THE_CALLER | {"audience"}
_LOGIN_NAMES = ("preferred_username", "upn", "sub")


def register(app: Flask, ctx: PlatformContext, discovered: Discovered) -> None:
    """Add the route."""
    app.add_url_rule(
        "/api/session/login/sso", "api_login_sso", partial(_login, ctx, discovered), methods=["POST"]
    )


def _login(ctx: PlatformContext, discovered: Discovered) -> Response:
    body = json_body.read(
        {"clientName": str, "idToken": str, "isAgent": bool}, required=("clientName", "idToken")
    )
    client = client_of_access_token(ctx, body["clientName"])
    kind = Surface.AGENT if body.get("isAgent", False) else Surface.USER
    try:
        config = _require_oidc(ctx, client)
        account, received = _account(answer.Attempt(ctx, client, config, kind), body["idToken"], discovered)
    except RefusalError as error:
        error.surface, error.action = kind, "login.api"
        refusals.note(ctx, client, error, actor="api")
        raise RejectedError(error.code, error.sentence, status=401) from error
    session_id = sessions.open_api_session(ctx, client, account, Method.OIDC, evidence=received)
    return jsonify(sessionId=session_id, clientId=client.id, userId=account.id)


def _require_oidc(ctx: PlatformContext, client: Client) -> SsoConfig:
    """Return the configuration of a client that has single sign-on with OIDC switched on.

    Raises RefusalError `sso-disabled`, `sso-needs-oidc`, `sso-not-configured`.
    """
    config = effective(ctx, client)
    if not config.enabled and ctx.policy.api_token_needs_sso:
        raise RefusalError(
            "sso-disabled",
            "An ID token was sent to the API while single sign-on is off.",
            sentence="Single sign-on is off for this client. Log in to the API with user name and password.",
        )
    if config.authentication_standard is not Standard.OIDC and ctx.policy.api_sso_needs_oidc:
        raise RefusalError(
            "sso-needs-oidc",
            f"The Authentication Standard is {config.authentication_standard}.",
            sentence="The public API supports single sign-on with OIDC alone, and this client uses "
            f"{config.authentication_standard}.",
        )
    answer.require_complete(config)
    return config


def _account(attempt: answer.Attempt, compact: str, discovered: Discovered) -> tuple[Account, dict[str, str]]:
    """Return whose account the token proves, and what was received for the audit. Raises RefusalError.

    No userinfo is asked, because a caller presents no access token: what the ID token does not say about
    the e-mail is not said.
    """
    from platform_stub.oidc import signature  # noqa: PLC0415 - oic is slow to import

    token = id_token.parse(compact, attempt.ctx.policy)
    received = token.described()
    ctx, client, config, policy = attempt.ctx, attempt.client, attempt.config, attempt.ctx.policy
    try:
        if policy.oidc_signature != "ignored":
            signature.verify(token, lambda anew: discovered.keys(client, config, anew=anew), ctx)
        evidence = checks.Evidence(
            token=token,
            issuer=careless.expected_issuer(ctx, config.oidc.issuer, token.claims),
            client_id=config.oidc.authorization_id,
            nonce="",
            access_token="",
            now=ctx.clock.now(),
            skew_seconds=policy.clock_skew_seconds,
            optional=policy.oidc_optional_claims,
        )
        without = _WITH_ACCESS_TOKENS if policy.api_takes_access_tokens else _OF_THE_CALLER
        checks.judge(evidence, policy, without=without)
        email = email_of_oidc(_claims(token.claims, policy.api_takes_access_tokens), ctx.policy_of(client))
        account = match_account(ctx, client, attempt.surface, email, Method.OIDC, subject=token.text("sub"))
    except RefusalError as refusal:
        refusal.evidence = {**received, **refusal.evidence}
        raise
    return account, {**received, "email": email}


def _claims(claims: dict[str, Any], access_tokens_too: bool) -> dict[str, Any]:
    if "email" in claims or not access_tokens_too:
        return claims
    name_of = next((claims[name] for name in _LOGIN_NAMES if "@" in str(claims.get(name, ""))), None)
    return {**claims, "email": name_of}
