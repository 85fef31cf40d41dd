"""Back-channel logout: the provider says, without a browser, that a person or a session has ended.

Source: OpenID Connect Back-Channel Logout 1.0, sections 2.4 to 2.8. The address is ours: nothing of it is
documented.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Flask, Response, jsonify, request

from platform_stub import audit
from platform_stub.audit import Result
from platform_stub.clients import client_or_404
from platform_stub.context import PlatformContext
from platform_stub.oidc import checks, id_token
from platform_stub.oidc.discovered import Discovered
from platform_stub.oidc.id_token import IdToken
from platform_stub.policy import OidcLogoutCheck
from platform_stub.refusals import RefusalError
from platform_stub.sso_state import require_active
from platform_stub.store import Client, IdpSession, SsoConfig, Standard, Transaction

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_KEEP: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Place:
    ctx: PlatformContext
    client: Client
    config: SsoConfig
    discovered: Discovered


def register(app: Flask, ctx: PlatformContext, discovered: Discovered) -> None:
    """Add the address for logout tokens, one for both surfaces."""

    @app.post("/<code>/sso/oidc/logout", endpoint="oidc.back_channel_logout")
    def back_channel_logout(code: str) -> tuple[Response, int]:
        client = client_or_404(ctx, code)
        try:
            place = _Place(ctx, client, require_active(ctx, client, Standard.OIDC), discovered)
            ended = _obey(place, request.form.get("logout_token", ""))
        except RefusalError as refusal:
            _note(ctx, client, "refused", {"detail": refusal.detail[:300]}, reason=refusal.code)
            answer, status = jsonify(error="invalid_request", error_description=refusal.sentence), 400
        else:
            _note(ctx, client, "ok", {"ended": ended})
            answer, status = jsonify(ended=ended), 200
        answer.headers["Cache-Control"] = "no-store"
        return answer, status


def _obey(place: _Place, compact: str) -> int:
    """End the sessions that a logout token names; raises RefusalError. Returns how many there were."""
    token = id_token.parse(compact, place.ctx.policy)
    policy = place.ctx.policy
    for name, check in _CHECKS.items():
        if name in policy.oidc_logout_checks:
            check(place, token)
    subject, session = token.text("sub"), token.text("sid")
    if not subject and not session:
        raise RefusalError("malformed", "The logout token has neither sub nor sid.")
    with place.ctx.store.write() as tx:
        if "replay" in policy.oidc_logout_checks:
            _remember(place, tx, token)
        theirs = tx.logouts.of_issuer(place.client.id, place.config.oidc.issuer)
        meant = [key for key, named in theirs.items() if _is_meant(named, subject, session)]
        for key in meant:
            tx.sessions.end(key)
    return len(meant)


def _is_meant(named: IdpSession, subject: str, session: str) -> bool:
    if session and named.session_index != session:
        return False
    return named.name_id == subject if subject else bool(session)


def _check_signature(place: _Place, token: IdToken) -> None:
    from platform_stub.oidc import signature  # noqa: PLC0415 - oic is slow to import

    def keys(anew: bool) -> signature.Keys:
        return place.discovered.keys(place.client, place.config, anew=anew)

    signature.verify(token, keys, place.ctx)


def _evidence(place: _Place, token: IdToken) -> checks.Evidence:
    oidc, policy = place.config.oidc, place.ctx.policy
    return checks.Evidence(
        token=token,
        issuer=oidc.issuer,
        client_id=oidc.authorization_id,
        nonce="",
        access_token="",
        now=place.ctx.clock.now(),
        skew_seconds=policy.clock_skew_seconds,
    )


def _check_events(_place: _Place, token: IdToken) -> None:
    events = token.claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise RefusalError(
            "malformed", "The token has no event of back-channel logout: it is no logout token."
        )


def _check_no_nonce(_place: _Place, token: IdToken) -> None:
    if "nonce" in token.claims:
        raise RefusalError("malformed", "The token has a nonce: it is an ID token, not a logout token.")


_CHECKS: Final[dict[OidcLogoutCheck, Callable[[_Place, IdToken], None]]] = {
    "signature": _check_signature,
    "issuer": lambda place, token: checks.check_issuer(_evidence(place, token)),
    "audience": lambda place, token: checks.check_audience(_evidence(place, token)),
    "times": lambda place, token: checks.check_times(_evidence(place, token)),
    "events": _check_events,
    "no-nonce": _check_no_nonce,
}


def _remember(place: _Place, tx: Transaction, token: IdToken) -> None:
    """Refuse a token that was obeyed before; raises RefusalError `replayed`, `malformed`."""
    name = token.text("jti")
    if not name:
        raise RefusalError("malformed", "The logout token has no jti.")
    message = hashlib.sha256(f"logout token\n{name}".encode()).hexdigest()
    if not tx.replays.remember(place.client.id, message, place.ctx.clock.now() + _KEEP):
        raise RefusalError("replayed", f"The logout token {name!r} was obeyed before.")


def _note(
    ctx: PlatformContext, client: Client, result: Result, detail: dict[str, object], *, reason: str = ""
) -> None:
    audit.record(
        ctx,
        client=client,
        actor=audit.NOBODY,
        action="logout.request",
        result=result,
        reason=reason,
        detail={"channel": "back", **detail},
    )
