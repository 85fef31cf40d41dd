"""The user agents of one case: made once, and made fresh again when another person sits down at one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from conformance.agents.protocol import AgentFactory, UserAgent

_NO_END: Final = (None, -1)
"""What the two kinds of agent call the end of a cookie that goes with the browser."""


def reopen(agent: UserAgent) -> None:
    """Close this browser and open it again: cookies with an end of their own (RFC 6265 5.3) are left."""
    kept = [cookie for cookie in agent.cookies() if cookie.get("expires") not in _NO_END]
    agent.clear_cookies()
    agent.restore_cookies(kept)


class Browsers:
    """Lends user agents of one kind to the steps of a case.

    A browser context costs as much as two pages, so one that is given back starts over for the next login of
    the same case: no cookies, no storage, no page. Nothing passes from case to case: `end_case` closes all.
    """

    def __init__(self, factory: AgentFactory) -> None:
        self._factory = factory
        self._idle: list[UserAgent] = []
        self._lent: list[UserAgent] = []

    def take(self) -> UserAgent:
        """Return a user agent that knows nothing, until it is given back or the case ends."""
        if self._idle:
            agent = self._idle.pop()
            agent.start_over()
        else:
            agent = self._factory.new()
        self._lent.append(agent)
        return agent

    def give_back(self, agent: UserAgent) -> None:
        """Let somebody else have it. Safe for one that was given back already."""
        if agent in self._lent:
            self._lent.remove(agent)
            self._idle.append(agent)

    @contextmanager
    def one(self) -> Iterator[UserAgent]:
        """Lend a user agent for a while."""
        agent = self.take()
        try:
            yield agent
        finally:
            self.give_back(agent)

    def end_case(self) -> None:
        """Close every user agent of this case."""
        agents = [*self._lent, *self._idle]
        self._lent, self._idle = [], []
        for agent in agents:
            agent.close()

    def close(self) -> None:
        """End the browser."""
        self.end_case()
        self._factory.close()
