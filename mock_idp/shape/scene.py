"""What situation a file shows, as the settings that bring a personality into the same one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mock_idp.personalities.base import Personality

Owner = Literal["tenant", "person", "app"]


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


@dataclass(frozen=True)
class Settings:
    """What is tried besides the situation that the file shows: settings by owner, and ways of copying."""

    tenant: Mapping[str, Any] = field(default_factory=dict)
    app: Mapping[str, Any] = field(default_factory=dict)
    copies: tuple[str, ...] = ()

    def value(self, owner: str, name: str) -> Any:  # noqa: ANN401 - any setting
        """The value of `owner`.`name`, None where it is not set."""
        return self._of(owner).get(name)

    def having(self, owner: str, name: str, value: object) -> Settings:
        """The settings with one more."""
        changed = {**self._of(owner), name: value}
        return replace(self, app=changed) if owner == "app" else replace(self, tenant=changed)

    def copied(self, way: str) -> Settings:
        """The settings with one more way of copying."""
        return replace(self, copies=(*self.copies, way))

    def _of(self, owner: str) -> Mapping[str, Any]:
        return self.app if owner == "app" else self.tenant


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

    @classmethod
    def trying(cls, personality: Personality, settings: Settings) -> Scene:
        """A scene that begins with those settings."""
        return cls(personality, tenant=dict(settings.tenant), app=dict(settings.app))

    @property
    def is_okta(self) -> bool:
        """Whether the personality is Okta."""
        return self.personality.name == "okta"

    def set(self, where: Owner, name: str, value: Any, because: str, shown: str | None = None) -> None:  # noqa: ANN401 - any setting
        """Use a setting of `tenant`, `person` or `app`."""
        targets: dict[Owner, dict[str, Any]] = {"tenant": self.tenant, "person": self.person, "app": self.app}
        targets[where][name] = value
        self.used.append(Setting(f"{where}.{name}", shown if shown is not None else _shown(value), because))


@dataclass(frozen=True)
class Produced:
    """The personality's own message as its bytes, the IdP's own URLs, and what was set for it."""

    data: bytes
    bases: tuple[str, ...]
    used: tuple[Setting, ...] = ()


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(entry) for entry in value) or "none"
    if isinstance(value, Mapping):
        return ", ".join(value)
    return "none" if value is None else str(value)
