"""The user agents by name, made when they are first needed: a run without Chromium starts no browser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from conformance.agents.http import HttpFactory
from conformance.agents.protocol import AgentFactory, UserAgent


def make_factories(trust: Path | None = None) -> Mapping[str, AgentFactory]:
    """Return a factory for each agent name; `trust` is a file with an authority that their browsers trust."""
    return {"http": HttpFactory(trust=trust), "chromium": _LateBrowsers(trust)}


class _LateBrowsers:
    """Chromium's factory, made with its first browser: Playwright takes a quarter of a second to import."""

    def __init__(self, trust: Path | None) -> None:
        self._trust = trust
        self._made: AgentFactory | None = None

    def new(self) -> UserAgent:
        """Return a fresh browser."""
        if self._made is None:
            from conformance.agents.browser import BrowserFactory  # noqa: PLC0415 - see the class

            self._made = BrowserFactory(trust=self._trust)
        return self._made.new()

    def close(self) -> None:
        """End the browsers, where there are some."""
        if self._made is not None:
            self._made.close()
