"""The two agents must see the same: every scenario runs in both and leads to the same, written-down facts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.agents.browser import BrowserFactory
from conformance.agents.http import HttpFactory
from conformance.agents.limits import Limits
from conformance.agents.protocol import AgentFactory
from tests.conformance.agent_scenarios import ROUTES, SCENARIOS
from tests.conformance.tiny_site import TinySite

LIMITS = Limits(seconds=8.0, body_bytes=400_000)


@pytest.fixture(scope="module")
def factories() -> Iterator[dict[str, AgentFactory]]:
    made: dict[str, AgentFactory] = {
        "http": HttpFactory(limits=LIMITS),
        "chromium": BrowserFactory(limits=LIMITS),
    }
    yield made
    for factory in made.values():
        factory.close()


@pytest.fixture
def site() -> Iterator[TinySite]:
    with TinySite(dict(ROUTES)) as made:
        yield made


@pytest.mark.parametrize("kind", ["http", "chromium"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, kind: str, factories: dict[str, AgentFactory], site: TinySite) -> None:
    play, expected = SCENARIOS[name]
    with factories[kind].new() as agent:
        assert play(agent, site) == expected
