"""The steps about what is sent: messages of the platform, and the back channel of OpenID Connect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.catalogue.flow_verbs import (
    BACK_CHANNEL_LOGOUT,
    BackChannelLogout,
    HangingLogins,
    TokenRequests,
)
from conformance.catalogue.sent import SentMessages
from conformance.checks.observe import observe
from conformance.idp_client import IdpControlError
from conformance.judge import judge_state
from conformance.model import Expected, Outcome
from conformance.steps.attempt import Attempt
from conformance.steps.sending import play_sent
from conformance.steps.tls_relay import TlsRelay
from conformance.targets.protocol import MissingCapabilityError

if TYPE_CHECKING:  # a journey knows these steps
    from conformance.steps.journey import Journey


def _sent(journey: Journey, args: SentMessages) -> None:
    """Play logins for the sake of what the platform sends in them."""
    fault = journey.fault(args.fault)
    begin = partial(journey.begin, f"{args.who} logs in", args.who, args.at, fault)
    journey.checks += play_sent(journey.arena, args, begin, journey.run.case.level)


def _back_channel_logout(journey: Journey, args: BackChannelLogout) -> None:
    """Log in, let the IdP make the token, deliver it, and see who is in."""
    arena, level = journey.arena, journey.run.case.level
    attempt = journey.begin(f"{args.who} logs in", args.who)
    seen = attempt.run().observed()
    journey.judge(attempt.title, args.who, Expected.ADMITTED, seen)
    if seen.outcome is not Outcome.ADMITTED:
        return
    token = arena.tenant.logout_token(arena.app_name, args.who, journey.fault(args.fault))
    question = arena.session.question(BACK_CHANNEL_LOGOUT, {})
    answer = arena.session.ask(question, None, {"logout_token": token})
    title = args.title or f"the logout token for {args.who}"
    wanted = "200" if args.expect == "ended" else "400"
    journey.checks.append(
        judge_state(f"{title}: status", wanted, str(answer.status), level, note=answer.text[:300])
    )
    afterwards = observe(attempt.agent, arena.session, arena.tenant.base_url)
    expected = Expected.REFUSED if args.expect == "ended" else Expected.ADMITTED
    journey.judge(f"{title}: {args.who}'s session afterwards", args.who, expected, afterwards)


def _token_requests(journey: Journey, args: TokenRequests) -> None:
    """Count what arrived at a token endpoint."""
    if args.at == "second":
        assert journey.arena.second is not None  # the rules have looked that the case has one
        journal = journey.arena.second.tenant.journal()
    else:
        last = journey.attempts[-1]
        journal = journey.arena.tenant.journal(last.id) if last.id else []
    came = sum(entry["kind"] == "oidc.token_request" for entry in journal)
    where = "the second IdP" if args.at == "second" else "the IdP"
    title = args.title or f"token requests at {where}"
    journey.checks.append(judge_state(title, str(args.times), str(came), journey.run.case.level))


def _hanging_logins(journey: Journey, args: HangingLogins) -> None:
    """Let logins hang in threads, log somebody in meanwhile, and see that all of them end."""
    title = args.title or "an endpoint that does not answer"
    fault = journey.fault(args.fault)
    surface = journey.arena.account(args.who).kind
    factory = journey.browsers
    waiting = [
        Attempt(f"{title}: {args.who}, {number}", factory.take(), journey.arena, surface, args.who, fault)
        for number in range(1, args.times + 1)
    ]
    for attempt in waiting:
        _hold(attempt, {one.id for one in waiting if one is not attempt and one.id})
    with ThreadPoolExecutor(args.times) as pool:
        delivered = [pool.submit(attempt.deliver) for attempt in waiting]
        other = journey.begin(f"{title}: {args.meanwhile} meanwhile", args.meanwhile)
        seen = other.run().observed()
        for one in delivered:
            one.result()
    journey.judge(other.title, args.meanwhile, Expected.ADMITTED, seen)
    for attempt in waiting:
        journey.judge(attempt.title, args.who, Expected.REFUSED, attempt.observed(), forged=attempt)


def _hold(attempt: Attempt, others: set[str]) -> None:
    """Play a login up to its answer. Raises MissingCapabilityError where it is one of the `others` again."""
    try:
        attempt.run(hold=True)
    except IdpControlError as error:
        if attempt.id not in others:
            raise
        raise MissingCapabilityError(
            f"two logins of this platform have the same state, {attempt.id!r}, so no fault finds one of them"
        ) from error


def _certificate(journey: Journey, kind: str) -> None:
    """Put a relay with such a certificate in front of the token endpoint, and save its address.

    Raises MissingCapabilityError for a platform that does not trust the authority of this run.
    """
    if not journey.stage.tls_dir:
        raise MissingCapabilityError(
            "the platform was not started by the suite, and does not trust its authority"
        )
    relay = TlsRelay(journey.arena.values["token_endpoint"], Path(journey.stage.tls_dir) / f"{kind}.pem")
    journey.stack.callback(relay.close)
    journey.arena.save(changes={"token_endpoint": relay.url})


_STEPS: Mapping[str, Callable[[Journey, Any], None]] = {
    "sent": _sent,
    "back_channel_logout": _back_channel_logout,
    "token_requests": _token_requests,
    "hanging_logins": _hanging_logins,
    "certificate": _certificate,
}


def flow_verbs(journey: Journey) -> Mapping[str, Callable[[Any], None]]:
    """Return what carries out each of these verbs in this journey."""
    return {verb: partial(step, journey) for verb, step in _STEPS.items()}
