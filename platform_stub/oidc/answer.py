"""The authorization response: which login it answers, who sent it, and the code or the error in it.

What the code leads to is in `login`, HTTP in `routes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from platform_stub import browser_binding, urls
from platform_stub.context import PlatformContext
from platform_stub.oidc.discovered import Discovered
from platform_stub.refusals import RefusalError
from platform_stub.sso_state import require_filled
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


def redirect_uri(ctx: PlatformContext, client: Client, surface: Surface) -> str:
    """Return the redirect URI of a login at this surface."""
    of_surface = "redirect-of-surface" in ctx.policy.oidc_rules
    return urls.redirect_uri(ctx, client, surface if of_surface else Surface.USER)


def require_complete(config: SsoConfig) -> None:
    """Raise RefusalError `sso-not-configured`, naming the empty or wrong fields."""
    require_filled(config.missing(), "Authorization Endpoint", config.oidc.authorization_endpoint)


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
    if "state-single-use" in ctx.policy.oidc_rules:
        tx.logins.consume(client.id, request.id)
    return request


def client_of_state(ctx: PlatformContext, client: Client, state: str) -> Client:
    """Return the client whose login has this state, wherever it arrived; for a weak policy only."""
    with ctx.store.read() as tx:
        owners = (each for each in tx.clients.all() if state and tx.logins.find(each.id, state))
        return next(owners, client)


def refuse_error(attempt: Attempt, arguments: Mapping[str, str]) -> None:
    """Raise RefusalError `idp-error` when the provider answered with an error, in its own words, bounded."""
    if "error" not in arguments:
        return
    if "errors-expected" not in attempt.ctx.policy.oidc_rules:
        raise KeyError("code")  # what comes of reading on
    words = ": ".join(arguments[name] for name in ("error", "error_description") if arguments.get(name))
    sentence = f"The identity provider did not sign you in and says: {words}"
    if "error-text-escaped" in attempt.ctx.policy.oidc_rules:
        sentence = sentence[:_LONGEST]
    else:
        sentence = Markup(sentence)  # noqa: S704 - a planted weakness
    raise RefusalError("idp-error", f"The provider answered {words}"[:_LONGEST], sentence=sentence)


def code_of(attempt: Attempt, arguments: Mapping[str, str]) -> str:
    """Return the code; raises RefusalError `malformed` where neither it nor an error came."""
    if "code-required" not in attempt.ctx.policy.oidc_rules:
        return arguments["code"]
    code = arguments.get("code", "")
    if not code:
        raise RefusalError("malformed", "The callback has neither a code nor an error.")
    return code


def check_response_issuer(attempt: Attempt, arguments: Mapping[str, str], discovered: Discovered) -> None:
    """Refuse the answer of another provider: its iss is not the saved one, or is missed.

    It is missed where the provider's metadata promises it (RFC 9207 section 2.4).
    Raises RefusalError `issuer-mismatch`."""
    issuer = arguments.get("iss")
    expected, checks = attempt.config.oidc.issuer, attempt.ctx.policy.oidc_checks
    missed = issuer is None and "response-issuer-advertised" in checks
    if missed and discovered.answers_name_issuer(attempt.client, attempt.config):
        detail = f"The callback has no iss, although {expected} promises one in its metadata."
        raise RefusalError("issuer-mismatch", detail)
    if "response-issuer" in checks and issuer is not None and issuer != expected:
        raise RefusalError("issuer-mismatch", f"The callback's iss is {issuer!r}, saved is {expected!r}.")


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
    former = "former-settings-refused" in attempt.ctx.policy.lifecycle_rules
    if former and request.revision != config.revision:
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
