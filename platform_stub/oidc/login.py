"""An OIDC login from the callback to the e-mail: whose login it is, what the tokens prove.

HTTP is in `routes`, single checks in `checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from platform_stub import browser_binding, urls
from platform_stub.context import PlatformContext
from platform_stub.identity import ROLE_NAMES, email_of_oidc
from platform_stub.oidc import careless, checks, id_token
from platform_stub.oidc.discovered import Discovered
from platform_stub.refusals import RefusalError
from platform_stub.store import Client, LoginRequest, Method, SsoConfig, Surface, Transaction

_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Attempt:
    """Where a callback arrived, and the configuration that was current then."""

    ctx: PlatformContext
    client: Client
    config: SsoConfig
    surface: Surface
    is_trial: bool = False
    """Whether it answers a test sign-in: such an answer opens no session, and no other is a result."""


@dataclass(frozen=True, slots=True)
class VerifiedLogin:
    """Tokens that passed every check; `received` is for the audit."""

    email: str
    received: Mapping[str, str]
    subject: str = ""
    roles: tuple[str, ...] = ()


def redirect_uri(ctx: PlatformContext, client: Client, surface: Surface) -> str:
    """Return the redirect URI of a login at this surface."""
    of_surface = "redirect-of-surface" in ctx.policy.oidc_rules
    return urls.redirect_uri(ctx, client, surface if of_surface else Surface.USER)


def require_complete(config: SsoConfig) -> None:
    """Raise RefusalError `sso-not-configured`, naming the empty or wrong fields."""
    missing = config.missing()
    if missing:
        fields = ", ".join(missing)
        raise RefusalError(
            "sso-not-configured",
            f"Empty: {fields}.",
            sentence=f"Single sign-on is switched on, but the Security tab is not filled in: {fields}.",
        )
    address = urlsplit(config.oidc.authorization_endpoint)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise RefusalError(
            "sso-not-configured",
            f"Authorization Endpoint is {config.oidc.authorization_endpoint!r}.",
            sentence="The field Authorization Endpoint on the Security tab holds no web address (https://…).",
        )


def take_outstanding(tx: Transaction, attempt: Attempt, state: str) -> LoginRequest:
    """Return this browser's login with this state, and spend it: a second callback finds nothing.

    Raises RefusalError `state-mismatch`, `not-your-browser`, `request-unknown`, `expired`; the transaction is
    undone then.
    """
    ctx, client, surface = attempt.ctx, attempt.client, attempt.surface
    if "state" in ctx.policy.oidc_checks:
        request = tx.logins.find(client.id, state) if state else None
    else:
        request = tx.logins.newest(client.id, browser_binding.presented(), Method.OIDC, surface)
    if request is None:
        said = f"The state {state[:80]!r} belongs to no outstanding login." if state else "There is no state."
        raise RefusalError("state-mismatch", said)
    browser_binding.require_same_browser(ctx, request.browser_binding, surface)
    _require_same_login(attempt, request)
    tx.logins.consume(client.id, request.id)
    return request


def client_of_state(ctx: PlatformContext, client: Client, state: str) -> Client:
    """Return the client whose login has this state, wherever it arrived; for a weak policy only."""
    with ctx.store.read() as tx:
        owners = (each for each in tx.clients.all() if state and tx.logins.find(each.id, state))
        return next(owners, client)


def refuse_error(arguments: Mapping[str, str]) -> None:
    """Raise RefusalError `idp-error` when the provider answered with an error, in its own words."""
    if "error" not in arguments:
        return
    words = ": ".join(arguments[name] for name in ("error", "error_description") if arguments.get(name))
    raise RefusalError(
        "idp-error",
        f"The provider answered {words}"[:_LONGEST],
        sentence=f"The identity provider did not sign you in and says: {words}"[:_LONGEST],
    )


def check_response_issuer(attempt: Attempt, arguments: Mapping[str, str]) -> None:
    """Refuse an iss parameter that is not the saved issuer (RFC 9207): the answer of another provider."""
    issuer = arguments.get("iss")
    expected = attempt.config.oidc.issuer
    if "response-issuer" in attempt.ctx.policy.oidc_checks and issuer is not None and issuer != expected:
        raise RefusalError("issuer-mismatch", f"The callback's iss is {issuer!r}, saved is {expected!r}.")


def verify(
    attempt: Attempt, request: LoginRequest, code: str, discovered: Discovered, *, front: str = ""
) -> VerifiedLogin:
    """Redeem the code and return whom the tokens prove; `front` is the ID token that the browser brought.

    Raises RefusalError with the code of the first check that fails, and what was received as evidence.
    """
    from platform_stub.oidc import relying_party  # noqa: PLC0415 - oic is slow to import

    ctx, client, config = attempt.ctx, attempt.client, attempt.config
    received: dict[str, str] = {}
    try:
        brought: dict[str, Any] = {}
        if front:
            in_front = id_token.parse(front, ctx.policy)
            received = in_front.described()
            _check_token(attempt, in_front, request, discovered, code=code)
            brought = in_front.claims
        address = redirect_uri(ctx, client, request.surface)  # a strict policy has seen it is this one
        tokens = relying_party.exchange(ctx, config.oidc, address, code, request)
        token = id_token.parse(tokens.id_token, ctx.policy)
        received = token.described()
        _check_token(attempt, token, request, discovered, access_token=tokens.access_token)
        _require_same_person(brought, token.claims)
        claims = {**token.claims, **brought}
        if _asks_userinfo(attempt, claims):
            claims = {**_userinfo(attempt, token, tokens.access_token, discovered), **claims}
        return VerifiedLogin(email_of_oidc(claims, ctx.policy), received, token.text("sub"), _roles(claims))
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
        issuer=careless.expected_issuer(ctx, config.oidc.issuer, token.claims.get("iss")),
        client_id=config.oidc.authorization_id,
        nonce=request.nonce,
        access_token=access_token,
        now=ctx.clock.now(),
        skew_seconds=ctx.policy.clock_skew_seconds,
        code=code,
        optional=ctx.policy.oidc_optional_claims,
    )
    checks.judge(evidence, ctx.policy)


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


def _require_same_login(attempt: Attempt, request: LoginRequest) -> None:
    config, surface, now = attempt.config, attempt.surface, attempt.ctx.clock.now()
    elsewhere = request.surface is not surface and attempt.ctx.policy.oidc_surfaces_apart
    if request.protocol is not Method.OIDC or elsewhere:
        raise RefusalError(
            "state-mismatch",
            f"The state belongs to a {request.protocol} login at the {request.surface} address.",
            sentence="The answer to a login at one address was sent to another. Start again.",
        )
    if bool(request.trial) != attempt.is_trial and attempt.ctx.policy.trial_requests_marked:
        raise RefusalError(
            "request-unknown",
            "The state belongs to a test sign-in, whose answer opens no session.",
            sentence="This answer belongs to a test sign-in. Start again from the login page.",
        )
    if request.revision != config.revision:
        raise RefusalError(
            "request-unknown",
            f"The login started under revision {request.revision}, revision {config.revision} is saved now.",
            sentence="The single sign-on settings were changed during your login. Start again.",
        )
    if request.expires_at < now:
        raise RefusalError(
            "expired",
            f"The login had to be finished by {request.expires_at.isoformat()}.",
            sentence="Your login took too long. Start again from the login page.",
        )
