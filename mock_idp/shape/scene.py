"""What situation a file shows, as the settings that bring a personality into the same one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_idp.personalities.base import Personality
from mock_idp.shape.node import Shape


@dataclass(frozen=True)
class Setting:
    """A setting that was used, in the words of the control API, and what in the file shows it."""

    name: str
    value: str
    because: str

    @classmethod
    def step(cls, name: str, because: str) -> Setting:
        """A step that was taken, where there is no value."""
        return cls(name, "", because)


class NoSituationError(Exception):
    """No IdP sends such a message, or this file does not show enough; the text says which."""


@dataclass
class Scene:
    """The settings of one production: of the tenant, the person and the application."""

    personality: Personality
    tenant: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    app: dict[str, Any] = field(default_factory=dict)
    used: list[Setting] = field(default_factory=list)

    @property
    def is_okta(self) -> bool:
        """Whether the personality is Okta."""
        return self.personality.name == "okta"

    def set(self, where: str, name: str, value: Any, because: str, shown: str | None = None) -> None:  # noqa: ANN401 - any setting
        """Use a setting of `tenant`, `person` or `app`."""
        target: dict[str, Any] = {"tenant": self.tenant, "person": self.person, "app": self.app}[where]
        target[name] = value
        self.used.append(Setting(f"{where}.{name}", shown if shown is not None else _shown(value), because))


@dataclass(frozen=True)
class Produced:
    """The personality's own message, and the settings that were used for it."""

    shape: Shape
    used: tuple[Setting, ...]


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(entry) for entry in value) or "none"
    if isinstance(value, Mapping):
        return ", ".join(value)
    return "none" if value is None else str(value)
