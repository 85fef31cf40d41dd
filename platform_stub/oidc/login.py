"""An OIDC login from the code to the e-mail: what the tokens prove.

Whose login it is, is asked in `answer`; HTTP is in `routes`, single checks in `checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from platform_stub.identity import ROLE_NAMES, email_of_oidc
from platform_stub.oidc import careless, checks, id_token, logout, provider
from platform_stub.oidc.answer import Attempt, redirect_uri
from platform_stub.oidc.discovered import Discovered
from platform_stub.refusals import RefusalError
from platform_stub.store import IdpSession, LoginRequest

_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class VerifiedLogin:
    """Tokens that passed every check; `received` is for the audit."""

    email: str
    received: Mapping[str, str]
    subject: str = ""
    roles: tuple[str, ...] = ()
    named: IdpSession | None = None
    """How the provider names person and session, for the day on which it says that they have ended."""


def verify(
    attempt: Attempt, request: LoginRequest, code: str, discovered: Discovered, *, front: str = ""
) -> VerifiedLogin:
    """Redeem the code and return whom the tokens prove; `front` is the ID token that the browser brought.

    Raises RefusalError with the code of the first check that fails, and what was received as evidence.
    """
    from platform_stub.oidc import relying_party  # noqa: PLC0415 - oic is slow to import

    ctx, client = attempt.ctx, attempt.client
    received: dict[str, str] = {}
    try:
        brought: dict[str, Any] = {}
        if front:
            in_front = id_token.parse(front, ctx.policy)
            received = in_front.described()
            _check_token(attempt, in_front, request, discovered, code=code)
            brought = in_front.claims
        address = redirect_uri(ctx, client, request.surface)  # a strict policy has seen it is this one
        tokens = ctx.redeemed.get(code) or relying_party.exchange(
            provider.asked(attempt), address, code, request
        )
        if "answered-once" not in ctx.policy.oidc_rules:
            ctx.redeemed[code] = tokens
        if not tokens.id_token:  # only a weak policy gets this far
            return _believed(attempt, tokens.access_token, discovered)
        token = id_token.parse(tokens.id_token, ctx.policy)
        received = token.described()
        _check_token(attempt, token, request, discovered, access_token=tokens.access_token)
        _require_same_person(brought, token.claims)
        claims = {**token.claims, **brought}
        if _asks_userinfo(attempt, claims):
            claims = {**_userinfo(attempt, token, tokens.access_token, discovered), **claims}
        hint = tokens.id_token if logout.keeps_hint(ctx, client) else ""
        named = IdpSession(token.text("iss"), token.text("sub"), "", token.text("sid"), hint)
        email = email_of_oidc(claims, ctx.policy_of(client))
        return VerifiedLogin(email, received, token.text("sub"), _roles(claims), named)
    except RefusalError as refusal:
        refusal.evidence = {**received, **refusal.evidence}
        raise


def _require_same_person(brought: Mapping[str, Any], redeemed: Mapping[str, Any]) -> None:
    """Refuse two ID tokens of one login whose iss or sub differ (Core 3.3.3.6)."""
    if brought and any(brought.get(name) != redeemed.get(name) for name in ("iss", "sub")):
        raise RefusalError("malformed", "The two ID tokens of this login are about different people.")


def _check_token(
    attempt: Attempt,
    token: id_token.IdToken,
    request: LoginRequest,
    discovered: Discovered,
    *,
    access_token: str = "",
    code: str = "",
) -> None:
    """Verify the signature and what the token says; raises RefusalError."""
    from platform_stub.oidc import signature  # noqa: PLC0415 - oic is slow to import

    ctx, client, config = attempt.ctx, attempt.client, attempt.config
    if ctx.policy.oidc_signature != "ignored":
        signature.verify(token, lambda anew: discovered.keys(client, config, anew=anew), ctx)
    evidence = checks.Evidence(
        token=token,
        issuer=careless.expected_issuer(ctx, config.oidc.issuer, token.claims),
        client_id=config.oidc.authorization_id,
        nonce=request.nonce,
        access_token=access_token,
        now=ctx.clock.now(),
        skew_seconds=ctx.policy.clock_skew_seconds,
        code=code,
        optional=ctx.policy.oidc_optional_claims,
    )
    checks.judge(evidence, ctx.policy, without=frozenset() if request.nonce else frozenset({"nonce"}))


def _believed(attempt: Attempt, access_token: str, discovered: Discovered) -> VerifiedLogin:
    """Take whomever userinfo names; for a weak policy, which does without an ID token."""
    from platform_stub.oidc import relying_party  # noqa: PLC0415 - oic is slow to import

    endpoint = discovered.userinfo_endpoint(attempt.client, attempt.config)
    claims = relying_party.userinfo(attempt.ctx, endpoint, access_token)
    return VerifiedLogin(email_of_oidc(claims, attempt.ctx.policy), {}, str(claims.get("sub", "")))


def _roles(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what claims of these names say; only a weak policy looks at it."""
    said = [claims[name] for name in sorted(ROLE_NAMES) if name in claims]
    return tuple(str(role) for value in said for role in (value if isinstance(value, list) else [value]))


def _asks_userinfo(attempt: Attempt, claims: Mapping[str, Any]) -> bool:
    """Say whether the ID token leaves something open that userinfo may tell.

    That is the e-mail, or whether it is verified: Okta tells the latter there alone. An IdP that tells it
    nowhere, as Entra, is believed; one that says no is refused, wherever it says so.
    """
    if "email" not in claims:
        return True
    published = bool(attempt.config.oidc.discovery_url)
    return "email_verified" not in claims and published and attempt.ctx.policy.unverified_email == "refuse"


def _userinfo(
    attempt: Attempt, token: id_token.IdToken, access_token: str, discovered: Discovered
) -> dict[str, Any]:
    """Return the userinfo claims of the same person, none without such an endpoint (Core 5.3.2)."""
    from platform_stub.oidc import relying_party  # noqa: PLC0415 - oic is slow to import

    endpoint = discovered.userinfo_endpoint(attempt.client, attempt.config) if access_token else ""
    if not endpoint:
        return {}
    claims = relying_party.userinfo(attempt.ctx, endpoint, access_token)
    if "userinfo-subject" in attempt.ctx.policy.oidc_checks and claims.get("sub") != token.text("sub"):
        raise RefusalError(
            "userinfo-mismatch",
            f"userinfo's sub is {claims.get('sub')!r}, the ID token's is {token.text('sub')!r}.",
            sentence="The identity provider's ID token and user information are about different people.",
        )
    return claims
