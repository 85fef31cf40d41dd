"""Registration of checks of what the platform sends, by decorator, and look-up by name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import conformance.checks.sent
from conformance.checks.sent.messages import KINDS, Kind, Sent
from conformance.judge import judge_state
from conformance.model import Check, Level, Verdict

Look = Callable[[Sent], str]
"""Returns what is wrong, in one sentence without secrets; "" when all is as it must be."""
_checks: dict[str, SentCheck] = {}


class UnusedError(Exception):
    """The platform does not use what the check is about: whether it must is another check's matter."""


@dataclass(frozen=True, slots=True)
class SentCheck:
    """A named requirement of what the platform sends. `of` are the kinds of messages that it looks at."""

    name: str
    of: tuple[Kind, ...]
    requires: str
    """The sentence of what is required: the docstring of its function."""
    look: Look


def sent_check(name: str, *of: Kind) -> Callable[[Look], Look]:
    """Register the decorated function as the check `name`, which looks at messages of the kinds `of`.

    Its docstring is the sentence of what is required. Raises ValueError for a name that is taken, a check
    without a docstring, and kinds that do not exist.
    """
    if name in _checks or not of or not set(of) <= set(KINDS):
        raise ValueError(f"Check {name!r}: the name is taken, or it looks at no kind of message that exists")

    def register(look: Look) -> Look:
        requires = " ".join((inspect.getdoc(look) or "").split()).rstrip(".")
        if not requires:
            raise ValueError(f"Check {name!r} needs a docstring: it is what the report says is required")
        _checks[name] = SentCheck(name, of, requires, look)
        return look

    return register


@cache
def all_checks() -> Mapping[str, SentCheck]:
    """Every check by name, in alphabetical order. Imports the modules of this folder on the first call."""
    for module in pkgutil.iter_modules(conformance.checks.sent.__path__):
        importlib.import_module(f"conformance.checks.sent.{module.name}")
    return dict(sorted(_checks.items()))


def judge_sent(name: str, kind: Kind, sent: Sent, level: Level, *, otherwise: str) -> Check:
    """Look at what was sent, and judge it. Where that is nothing, nothing is said: `otherwise` tells why."""
    check = all_checks()[name]
    title = f"{kind.replace('_', ' ')}: {name.replace('-', ' ')}"
    if not sent.of(kind):
        told = f"no {kind.replace('_', ' ')} was sent: {otherwise}"
        return Check(title, check.requires, told, Verdict.INCONCLUSIVE, "there is nothing to look at")
    try:
        flaw = check.look(sent)
    except UnusedError as unused:
        return Check(title, check.requires, str(unused), Verdict.NOT_APPLICABLE, "there is nothing to judge")
    return judge_state(title, check.requires, flaw or check.requires, level)
