"""The browsers in which people of one case are signed in, so that they can ask or do something there."""

from __future__ import annotations

from conformance.agents.protocol import UserAgent
from conformance.model import Outcome
from conformance.steps.arena import Arena
from conformance.steps.attempt import Attempt, password_login
from conformance.steps.browsers import Browsers


class SignedIn:
    """Signs people in by password, each once in a case."""

    def __init__(self, arena: Arena, browsers: Browsers) -> None:
        self._arena = arena
        self._browsers = browsers
        self._agents: dict[str, UserAgent] = {}

    def browser_of(self, who: str, last: Attempt | None) -> UserAgent:
        """Return the browser in which this person is signed in, or a fresh one for nobody.

        It is the last login's when that was theirs. Raises LookupError when they cannot sign in.
        """
        if not who:
            return self._browsers.take()
        if last and last.persona == who and last.seen and last.seen.outcome is Outcome.ADMITTED:
            return last.agent
        if who not in self._agents:
            agent = self._browsers.take()
            seen = password_login(agent, self._arena, self._arena.account(who))
            if seen.outcome is not Outcome.ADMITTED:
                raise LookupError(f"{who} could not sign in to ask: {seen}")
            self._agents[who] = agent
        return self._agents[who]
