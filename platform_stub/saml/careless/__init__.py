"""Readers of SAML with one published mistake each, which planted weaknesses choose; strict policy uses none.

They are small readers in the way of the libraries that had these mistakes, not the strict one with a hole:
strict refuses in several layers, so a hole in one of them would open nothing.
"""

from __future__ import annotations

from typing import Final

from platform_stub.policy import SamlReader
from platform_stub.saml.careless import choosing
from platform_stub.saml.careless.habits import Habits
from platform_stub.saml.careless.reading import assertion, document

READERS: Final[dict[SamlReader, Habits]] = {
    "first-assertion": Habits(assertion=choosing.first_in_document),
    "response-child": Habits(assertion=choosing.child_of_response),
    "last-assertion": Habits(assertion=choosing.last_in_document),
    "last-of-one-id": Habits(target=choosing.last_with_id, assertion=choosing.first_in_document),
    "any-id": Habits(assertion=choosing.by_any_id),
}
"""By the names of the policy: everything but "strict"."""

__all__ = ["READERS", "Habits", "assertion", "document"]
