"""The named weaknesses that `--weakness NAME` plants: each is one change of the policy and nothing else.

They exist so that a conformance suite can be tried on a platform that is known to be wrong in one way. Every
module of this package lists its family as `WEAKNESSES`.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from typing import Final

from platform_stub.policy import STRICT, Policy
from platform_stub.weaknesses.model import Weakness


class UnknownWeaknessError(ValueError):
    """A weakness was asked for that does not exist; the message names the nearest one and the list."""


def _all() -> Iterator[Weakness]:
    for found in pkgutil.iter_modules(__path__):
        yield from getattr(importlib.import_module(f"{__name__}.{found.name}"), "WEAKNESSES", ())


def _by_name(weaknesses: Iterable[Weakness]) -> dict[str, Weakness]:
    registry: dict[str, Weakness] = {}
    for weakness in weaknesses:
        if weakness.name in registry:
            raise ValueError(f"The weakness {weakness.name!r} is listed twice.")
        registry[weakness.name] = weakness
    return registry


REGISTRY: Final = _by_name(_all())


def apply(names: Iterable[str], base: Policy = STRICT) -> Policy:
    """Return `base` with every named weakness planted, in the order given.

    Raises UnknownWeaknessError, whose message teaches the allowed names.
    """
    policy = base
    for name in names:
        if name not in REGISTRY:
            raise UnknownWeaknessError(_unknown(name))
        policy = REGISTRY[name].change(policy)
    return policy


def catalogue() -> list[dict[str, str]]:
    """Return every weakness as `{"name", "class", "summary"}`, in the order of the table."""
    return [weakness.as_json() for weakness in REGISTRY.values()]


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, REGISTRY, n=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return f'There is no weakness "{name}".{hint} `python -m platform_stub weaknesses` lists them.'
