"""The user agents by name, made when they are first needed: a run without Chromium starts no browser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from conformance.agents.browser import BrowserFactory
from conformance.agents.http import HttpFactory
from conformance.agents.protocol import AgentFactory


def make_factories(trust: Path | None = None) -> Mapping[str, AgentFactory]:
    """Return a factory for each agent name; `trust` is a file with an authority that their browsers trust."""
    return {"http": HttpFactory(trust=trust), "chromium": BrowserFactory(trust=trust)}
