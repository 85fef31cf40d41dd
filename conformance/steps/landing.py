"""Where a login ends: on the platform, and on the page that was opened."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.agents.protocol import UserAgent
from conformance.checks.observe import origin
from conformance.checks.pages import left_platform
from conformance.judge import judge_state
from conformance.model import Check, Level


def judge_landing(
    agent: UserAgent, address: str, idp: str, level: Level, *, exactly: bool
) -> Iterator[Check]:
    """Judge where a login that began at `address` sent the browser; `exactly`: it must end there again."""
    platform = origin(address)
    outside = left_platform(agent.trace, platform, idp)
    title = "where the platform sends the browser after the login"
    yield judge_state(title, platform, outside or platform, level)
    if exactly:
        yield judge_state("where the login ends", address, agent.page.url, level)
