"""The vendors this IdP can be, by name. To add one, add a folder with a PERSONALITY and list it here."""

from __future__ import annotations

from mock_idp.personalities import entra, generic, keycloak, okta
from mock_idp.personalities.base import Personality

PERSONALITIES: tuple[Personality, ...] = (
    okta.PERSONALITY,
    entra.PERSONALITY,
    generic.PERSONALITY,
    keycloak.PERSONALITY,
)


def personality_names() -> list[str]:
    """Every accepted name, aliases included."""
    return [name for personality in PERSONALITIES for name in (personality.name, *personality.aliases)]


def find_personality(name: str) -> Personality | None:
    """The personality of that name or alias."""
    return next((entry for entry in PERSONALITIES if name in (entry.name, *entry.aliases)), None)
