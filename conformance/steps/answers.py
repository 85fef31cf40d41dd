"""The steps about the IdP's answer on its way: held, delivered late, elsewhere or again, or unasked."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.agents.protocol import Action, Exchange, UserAgent
from conformance.catalogue.answer_verbs import (
    Deliver,
    DeliverElsewhere,
    EarlierCookies,
    HoldLogin,
    LoginAtIdp,
    Replay,
)
from conformance.checks.observe import observe, origin
from conformance.judge import same_person
from conformance.model import Observation
from conformance.steps.attempt import Attempt
from conformance.steps.landing import judge_landing

if TYPE_CHECKING:
    from conformance.steps.journey import Journey

_FIELD = "SAMLResponse"
_ASSERTION = re.compile(rb"<([\w-]+:)?Assertion[\s>].*</(?:[\w-]+:)?Assertion>", re.DOTALL)


def answer_verbs(journey: Journey) -> Mapping[str, Callable[[Any], None]]:
    """Return what carries out each of these verbs in this journey."""
    answers = _Answers(journey)
    return {
        "login_at_idp": answers.login_at_idp,
        "hold_login": answers.hold_login,
        "deliver": answers.deliver,
        "deliver_elsewhere": answers.deliver_elsewhere,
        "replay": answers.replay,
        "earlier_cookies": answers.earlier_cookies,
    }


def rewrapped(old: Exchange, fresh: Exchange) -> Exchange:
    """Return the fresh answer with the old one's assertion in the place of its own, to the letter.

    Raises LookupError for an answer without a plain assertion.
    """
    texts = [base64.b64decode(answer.form.get(_FIELD, "")) for answer in (old, fresh)]
    assertions = [_ASSERTION.search(text) for text in texts]
    if assertions[0] is None or assertions[1] is None:
        raise LookupError("an answer carries no plain assertion that could be taken out of it")
    spliced = texts[1].replace(assertions[1][0], assertions[0][0])
    return replace(fresh, form={**fresh.form, _FIELD: base64.b64encode(spliced).decode()})


class _Answers:
    def __init__(self, journey: Journey) -> None:
        self._journey = journey

    @property
    def _last(self) -> Attempt:
        return self._journey.attempts[-1]

    def login_at_idp(self, args: LoginAtIdp) -> None:
        journey = self._journey
        arena, fault = journey.arena, journey.fault(args.fault)
        title = args.title or f"{args.who} starts at the IdP, from its {args.source.replace('_', ' ')}"
        if args.browser == "same":
            agent = self._last.agent
            agent.clear_cookies(origin(arena.tenant.base_url))
            earlier = agent.cookies()
            surface = arena.account(args.who).kind
            attempt = Attempt(title, agent, arena, surface, args.who, fault, earlier=earlier)
            journey.attempts.append(attempt)
        else:
            attempt = journey.begin(title, args.who, fault=fault)
        if fault is not None:  # such a login has no request by which the fault could know it
            attempt.fault_id = arena.tenant.order(args.who, fault)
        seen = attempt.run(address=arena.idp_address(args.source, args.query)).observed()
        journey.judge(title, args.who, args.expect, seen, place=args.place, says=args.says, forged=attempt)
        if args.stays:
            idp, level = arena.tenant.base_url, journey.run.case.level
            endpoint = arena.endpoint(attempt.surface)
            journey.checks += judge_landing(attempt.agent, endpoint, idp, level, exactly=False)

    def hold_login(self, args: HoldLogin) -> None:
        journey, title = self._journey, f"{args.who} starts to log in"
        if args.browser == "same":
            arena = journey.arena
            surface = arena.account(args.who).kind
            journey.attempts.append(Attempt(title, self._last.agent, arena, surface, args.who))
        else:
            journey.begin(title, args.who)
        self._last.run(hold=True, address=journey.entrance(args.through, self._last.surface))
        journey.kept |= {f"held.{name}": value for name, value in self._last.parameters().items()}

    def deliver(self, args: Deliver) -> None:
        attempt, arena = self._last, self._journey.arena
        if args.login == "before":
            attempt = self._journey.attempts[-2]
        if attempt.delivered is None or (args.login == "last" and attempt.agent.held is None):
            seen = attempt.observed()
            raise LookupError(f"nothing is held to be delivered: the login ended before ({seen})")
        attempt.earlier = attempt.agent.cookies()
        title = args.title or "the IdP's answer arrives"
        if args.to or args.client == "second":
            there = arena.second if args.client == "second" and arena.second else arena
            seen = attempt.deliver_to(there, args.to or attempt.surface)
        elif args.login == "before":
            seen = attempt.deliver_late()
        else:
            seen = attempt.deliver().observed()
        self._journey.judge(title, attempt.persona, args.expect, seen, place=args.place)

    def replay(self, args: Replay) -> None:
        before = self._last
        title = args.title or f"the same answer again, in the {args.browser} browser"
        if args.inside_login_of:
            self._rewrap(before, title, args)
        elif args.browser == "other":
            self._send_again(before, self._journey.browsers.take(), title, args)
        else:
            self._journey.arena.session.log_out(before.agent, before.surface)
            self._send_again(before, before.agent, title, args)

    def deliver_elsewhere(self, args: DeliverElsewhere) -> None:
        title = args.title or "the answer is delivered in another browser"
        self._send_again(self._last, self._journey.browsers.take(), title, args)

    def earlier_cookies(self, args: EarlierCookies) -> None:
        """Bring the earlier cookies back for one question, and then those of now."""
        attempt, arena = self._last, self._journey.arena
        if attempt.earlier is None:
            raise LookupError("no cookies were noted: log in with `browser`, or hold a login and deliver it")
        now = attempt.agent.cookies()
        attempt.agent.clear_cookies()
        attempt.agent.restore_cookies(attempt.earlier)
        seen = observe(attempt.agent, arena.session, arena.tenant.base_url)
        attempt.agent.clear_cookies()
        attempt.agent.restore_cookies(now)
        title = args.title or "the cookies of before the login"
        self._journey.judge(title, self._owner(seen), args.expect, seen)

    def _owner(self, seen: Observation) -> str:
        """Return whose session this is, of those who logged in: an old one that lives on is no forgery."""
        people = [attempt.persona for attempt in reversed(self._journey.attempts)]
        accounts = {person: self._journey.arena.account(person) for person in people}
        owners = [
            person
            for person, account in accounts.items()
            if all(same_person(identity, account) for identity in seen.identities)
        ]
        return owners[0] if owners else people[0]

    def _rewrap(self, before: Attempt, title: str, args: Replay) -> None:
        journey = self._journey
        if before.delivered is None:
            raise LookupError(f"no answer of the IdP was seen that could be sent again ({before.observed()})")
        fresh = journey.begin(title, args.inside_login_of)
        fresh.run(hold=True)
        if fresh.delivered is None:
            raise LookupError(f"{args.inside_login_of} got no answer of the IdP ({fresh.observed()})")
        fresh.delivered = rewrapped(before.delivered, fresh.delivered)
        fresh.agent.watch(fresh.delivered.url, lambda _request: Action.SEND)  # it is held no longer
        seen = fresh.send(fresh.delivered)
        journey.judge(title, before.persona, args.expect, seen)

    def _send_again(
        self, before: Attempt, agent: UserAgent, title: str, args: Replay | DeliverElsewhere
    ) -> None:
        if before.delivered is None:
            raise LookupError(f"no answer of the IdP was seen that could be sent again ({before.observed()})")
        arena, surface = self._journey.arena, before.surface
        again = Attempt(title, agent, arena, surface, before.persona, id=before.id)
        if agent is not before.agent:
            self._journey.attempts.append(again)
        again.delivered = before.delivered
        if isinstance(args, Replay) and args.to:
            seen = replace(again).deliver_to(arena, args.to)
        else:
            seen = again.send(before.delivered)
        self._journey.judge(title, before.persona, args.expect, seen)
