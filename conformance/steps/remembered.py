"""Saved configurations that a journey remembers by name: to compare with, or to go back to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from conformance.judge import judge_state
from conformance.model import Check, Level
from conformance.targets.protocol import TargetSession


class RememberedConfigs:
    """The configurations of one case, as the platform showed them when they were remembered."""

    def __init__(self, session: TargetSession) -> None:
        self._session = session
        self._known: dict[str, tuple[str, Mapping[str, Any]]] = {}

    def remember(self, name: str) -> None:
        """Keep the configuration that is in force now, and the name of its revision."""
        self._known[name] = (self._session.current_revision(), self._session.read_config())

    def judge(self, name: str, level: Level) -> Check:
        """Judge whether the configuration in force is still what it was. Raises KeyError."""
        _, saved = self._known[name]
        title = f"the saved configuration is still `{name}`"
        return judge_state(title, _shown(saved), _shown(self._session.read_config()), level)

    def restore(self, name: str) -> None:
        """Let the platform go back to that revision."""
        self._session.restore(self._known[name][0])


def _shown(config: Mapping[str, Any]) -> str:
    return json.dumps(config, indent=1, sort_keys=True, ensure_ascii=False)
