"""Messages for the shape tests, made by our own personalities and then changed by hand."""

from __future__ import annotations

from mock_idp.personalities import find_personality
from mock_idp.personalities.base import Personality
from mock_idp.shape.comparing import Comparison, compare
from mock_idp.shape.reading import read
from mock_idp.shape.world import SITE, World
from tests.mock_idp.goldens.making import GOLDENS

BASE = f"{SITE}/t/shape"


def vendor(name: str) -> Personality:
    found = find_personality(name)
    assert found is not None
    return found


def own(name: str) -> str:
    """The message behind a golden, as text."""
    golden = next(golden for golden in GOLDENS if golden.name == name)
    return golden.make(World(vendor(name.partition("-")[0]), {}, {})).decode("utf-8")


def compared(text: str, name: str) -> Comparison:
    return compare(read(text.encode("utf-8"), (BASE,)), vendor(name))


def unexplained(text: str, name: str) -> list[str]:
    return [finding.difference.sentence for finding in compared(text, name).unexplained]
