"""Play logins for the sake of what the platform sends in them, and collect it from browser and IdP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from conformance.agents.protocol import Action, CrashedError, Exchange, NoAnswerError
from conformance.catalogue.sent import SP_METADATA, SentMessages
from conformance.checks.sent.messages import Kind, Message, Sent, SentLogin
from conformance.checks.sent.registry import judge_sent
from conformance.model import Check, Level, Outcome, Place
from conformance.steps.arena import Arena
from conformance.steps.attempt import Attempt, attempt_id
from conformance.targets.protocol import MissingCapabilityError

_BACK_CHANNEL: Mapping[str, Kind] = {
    "oidc.token_request": "token_request",
    "oidc.userinfo_request": "userinfo_request",
}
"""What the journal calls the requests that the platform itself made."""
_SIGNED = frozenset({"authn_request", "logout_request"})
"""What may be signed with a key of the platform's own metadata."""
_BEGINNINGS = frozenset({"authn_request", "authorization_request"})


def play_sent(arena: Arena, args: SentMessages, begin: Callable[[], Attempt], level: Level) -> list[Check]:
    """Play the logins of the step, each begun by `begin` in a fresh browser, and judge what was sent.

    Raises LookupError when a fault that was armed did not fire.
    """
    otherwise = "the platform publishes no document"
    surface: str = args.at or "user"
    if args.what == "sp_metadata":
        logins = [_metadata(arena)]
    else:
        logins = []
        for _ in range(args.times):
            attempt = begin()
            logins.append(SentLogin(list(_messages(attempt, args))))
        surface, otherwise = attempt.surface, str(attempt.seen or attempt.agent.page.text[:300])
    if args.what in _SIGNED:
        logins.append(_metadata_where_published(arena))
    saved = {f"saved.{name}": value for name, value in arena.saved.items()}
    sent = Sent(logins, surface, {**arena.names(), **saved})
    return [judge_sent(name, args.what, sent, level, otherwise=otherwise) for name in args.checks]


def _metadata(arena: Arena) -> SentLogin:
    answer = arena.session.ask(arena.session.question(SP_METADATA, {}), None, {})
    found = answer.status == 200 and answer.text
    return SentLogin([Message("sp_metadata", text=answer.text)] if found else [])


def _metadata_where_published(arena: Arena) -> SentLogin:
    """Return the platform's metadata, whose keys sign its messages; nothing where it cannot be asked for."""
    try:
        return _metadata(arena)
    except MissingCapabilityError:
        return SentLogin([])


def _messages(attempt: Attempt, args: SentMessages) -> Iterator[Message]:
    if args.what in _BEGINNINGS:
        yield from _begun(attempt)
        return
    tenant = attempt.arena.tenant
    before = tenant.journal_end()
    attempt.run().observed()
    if args.fault and not attempt.fired:
        raise LookupError(f"the fault {args.fault['name']} was armed and never applied: {attempt.seen}")
    yield from _front_channel(attempt, attempt.agent.trace)
    yield from _back_channel(tenant.journal(after=before))
    if args.what == "refusal_page":
        yield from _refusal(attempt)
    if args.what == "logout_request":
        seen = len(attempt.agent.trace)
        attempt.arena.session.log_out(attempt.agent, attempt.surface)
        asked = [one for one in attempt.agent.trace[seen:] if one.url.startswith(tenant.base_url)]
        yield from (_message("logout_request", one) for one in asked[:1])


def _refusal(attempt: Attempt) -> Iterator[Message]:
    """Yield the platform's page of a login that it refused, with what it refused as the form."""
    seen, page = attempt.seen, attempt.agent.page
    if seen is None or seen.outcome is not Outcome.REFUSED or seen.place is Place.IDP:
        return
    sent = attempt.delivered
    refused = {**dict(parse_qsl(urlsplit(sent.url).query)), **sent.form} if sent else {}
    refusal = attempt.arena.session.refusal(page)
    code = {"code": refusal.code} if refusal and refusal.code else {}
    yield Message("refusal_page", "GET", page.url, refused, code, page.html)


def _begun(attempt: Attempt) -> Iterator[Message]:
    """Open the login address, and keep the request to the IdP from leaving the browser."""
    agent, arena = attempt.agent, attempt.arena
    agent.watch(arena.tenant.base_url, lambda _: Action.HOLD)
    try:
        agent.open(arena.session.login_url(attempt.surface))
    except (NoAnswerError, CrashedError):
        attempt.observed()  # says so in the check
        return
    if agent.held is not None:
        attempt.id = attempt_id(agent.held)
        yield from _front_channel(attempt, [agent.held])


def _front_channel(attempt: Attempt, trace: Sequence[Exchange]) -> Iterator[Message]:
    for exchange in trace:
        if exchange.url.startswith(attempt.arena.tenant.base_url):
            kind = _beginning(exchange)
            if kind is not None:
                yield _message(kind, exchange)
        else:
            for line in exchange.set_cookie:
                yield Message("cookies", exchange.method, exchange.url, text=line)


def _beginning(exchange: Exchange) -> Kind | None:
    """Return which request to begin a login this is, if it is one: an IdP's own pages send others."""
    message = Message("authorization_request", exchange.method, exchange.url, exchange.form)
    if message.value("SAMLRequest"):
        return "authn_request"
    return "authorization_request" if message.value("client_id") and message.value("redirect_uri") else None


def _message(kind: Kind, exchange: Exchange) -> Message:
    return Message(kind, exchange.method, exchange.url, exchange.form)


def _back_channel(journal: Sequence[Mapping[str, Any]]) -> Iterator[Message]:
    for entry in journal:
        if entry["kind"] in _BACK_CHANNEL:
            told = entry["detail"]["received"]
            url = told["path"] + (f"?{told['query']}" if told["query"] else "")
            form = entry["detail"].get("form", {})
            yield Message(_BACK_CHANNEL[entry["kind"]], told["method"], url, form, told["headers"])
