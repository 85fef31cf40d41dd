"""Single logout: what is sent, what an answer settles, which session a request ends (SAML profiles 4.4).

The session here has always ended before the identity provider is asked. HTTP is in `logout_routes`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from lxml import etree

from platform_stub import audit, urls
from platform_stub.context import PlatformContext
from platform_stub.refusals import RefusalError
from platform_stub.saml.assertion import text_of
from platform_stub.saml.document import SAML, SAMLP
from platform_stub.saml.logout_checks import request_ends
from platform_stub.saml.names import service_provider
from platform_stub.saml.platform_key import platform_key
from platform_stub.store import Client, IdpSession, LiveSession, LogoutRequest, SsoConfig, Surface

_NS: Final = {"saml": SAML, "samlp": SAMLP}


@dataclass(frozen=True, slots=True)
class Place:
    """The client to whose address a logout message came, with the configuration that was current then."""

    ctx: PlatformContext
    client: Client
    config: SsoConfig


def ask(place: Place, session: LiveSession) -> str:
    """Return the URL that tells the identity provider of this session's end, "" where nobody is to be told.

    Nobody is told without a Single Logout URL, of a session that this identity provider did not open, and of
    one for which it gave no NameID, because a LogoutRequest has to name somebody.
    """
    from platform_stub.saml import logout_messages  # noqa: PLC0415 - pysaml2 is slow to import

    ctx, client, saml = place.ctx, place.client, place.config.saml
    with ctx.store.read() as tx:
        named = tx.logouts.named(session.key)
    if not saml.single_logout_url or named is None or not named.name_id or named.issuer != saml.issuer_url:
        return ""
    request_id, location = logout_messages.logout_request(
        service_provider(ctx, client),
        platform_key(ctx),
        saml.single_logout_url,
        named,
        ctx.policy.slo_request,
    )
    now = ctx.clock.now()
    request = LogoutRequest(
        request_id, client.id, session.surface, now, now + ctx.settings.login_request_lifetime
    )
    with ctx.store.write() as tx:
        tx.logouts.start(request)
    return location


def settle(place: Place, root: etree._Element) -> Surface:
    """Take the answer to a logout that began here and return where; raises RefusalError `request-unknown`."""
    ctx, answered = place.ctx, root.get("InResponseTo", "")
    with ctx.store.write() as tx:
        surface = tx.logouts.finish(place.client.id, answered) if answered else None
        if surface is None and "in-response-to" in ctx.policy.slo_checks:
            raise RefusalError(
                "request-unknown",
                f"No logout with the ID {answered!r} is outstanding.",
                sentence="The identity provider's answer belongs to no logout that was started here.",
            )
        audit.record(
            ctx,
            client=place.client,
            actor=audit.NOBODY,
            action="logout.answer",
            result="ok",
            detail={"in_response_to": answered},
            tx=tx,
        )
    return surface or Surface.USER


def obey(place: Place, root: etree._Element) -> str:
    """End the sessions that a LogoutRequest names; returns "" or why there are none.

    Without a SessionIndex all sessions of the NameID are meant (SAML core 3.7.1). Raises RefusalError
    `replayed`, `malformed`.
    """
    ctx, client, policy = place.ctx, place.client, place.ctx.policy
    name_id = text_of(root.find("saml:NameID", _NS))
    indexes = {text_of(entry) for entry in root.iterfind("samlp:SessionIndex", _NS)}
    with ctx.store.write() as tx:
        message = hashlib.sha256(f"logout\n{root.get('ID')}".encode()).hexdigest()
        until = max(request_ends(root), ctx.clock.now()) + timedelta(seconds=policy.clock_skew_seconds)
        if not tx.replays.remember(client.id, message, until):
            raise RefusalError(
                "replayed",
                f"The LogoutRequest {root.get('ID')!r} was obeyed before.",
                sentence="This logout request was already used once. Nobody was signed out here now.",
            )
        theirs = tx.logouts.of_issuer(client.id, place.config.saml.issuer_url)
        meant = [key for key, named in theirs.items() if _is_meant(named, name_id, indexes, place)]
        for key in meant:
            tx.sessions.end(key)
        audit.record(
            ctx,
            client=client,
            actor=audit.NOBODY,
            action="logout.request",
            result="ok",
            detail={"name_id": name_id[:300], "session_indexes": sorted(indexes)[:10], "ended": len(meant)},
            tx=tx,
        )
    return "" if meant else "No open session here has this NameID and SessionIndex."


def reply(place: Place, root: etree._Element, relay_state: str, unknown: str) -> str:
    """Return the URL that carries our LogoutResponse, "" without a Single Logout URL."""
    from platform_stub.saml import logout_messages  # noqa: PLC0415 - pysaml2 is slow to import

    ctx, address = place.ctx, place.config.saml.single_logout_url
    if not address:
        return ""
    return logout_messages.logout_response(
        service_provider(ctx, place.client),
        platform_key(ctx),
        address,
        in_response_to=root.get("ID", ""),
        relay_state=relay_state,
        unknown=unknown,
    )


def address(place: Place) -> str:
    """Return our own logout address, which a message's Destination must be."""
    return urls.single_logout_url(place.ctx, place.client)


def _is_meant(named: IdpSession, name_id: str, indexes: set[str], place: Place) -> bool:
    checks = place.ctx.policy.slo_checks
    if "name-id" in checks and named.name_id != name_id:
        return False
    return "session-index" not in checks or not indexes or named.session_index in indexes
