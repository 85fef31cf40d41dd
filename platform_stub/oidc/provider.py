"""Whom a code is redeemed at: the provider that the administrator saved, and that this very login asked."""

from __future__ import annotations

from dataclasses import replace

from platform_stub.context import PlatformContext
from platform_stub.oidc.answer import Attempt
from platform_stub.oidc.transport import ask, json_object
from platform_stub.store import SsoConfig


def note_asked(ctx: PlatformContext, config: SsoConfig) -> None:
    """Remember whom the newest login asked; for a weak policy, which confuses providers (RFC 9700 4.4)."""
    if "provider-of-login" not in ctx.policy.oidc_rules:
        ctx.last_asked[:] = [config]


def asked(attempt: Attempt) -> Attempt:
    """Return the attempt at the provider whose token endpoint gets the code: the saved one, if strict."""
    rules, config = attempt.ctx.policy.oidc_rules, attempt.config
    endpoint = config.oidc.token_endpoint
    if "provider-of-login" not in rules and attempt.ctx.last_asked:
        endpoint = attempt.ctx.last_asked[0].oidc.token_endpoint
    if "token-endpoint-as-saved" not in rules:
        document = json_object(ask(attempt.ctx, config.oidc.discovery_url), "The discovery document")
        endpoint = str(document["token_endpoint"])
    if endpoint == config.oidc.token_endpoint:
        return attempt
    return replace(attempt, config=replace(config, oidc=replace(config.oidc, token_endpoint=endpoint)))
