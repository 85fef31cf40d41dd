"""What a weakness is: a name, and one change of the policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from platform_stub.policy import STRICT, Policy

Change = Callable[[Policy], Policy]


@dataclass(frozen=True, slots=True)
class Weakness:
    """`name` is what the command line takes, `family` the class of cases that should notice it."""

    name: str
    family: str
    summary: str
    change: Change

    def as_json(self) -> dict[str, str]:
        """Return `{"name", "class", "summary"}`, the published form."""
        return {"name": self.name, "class": self.family, "summary": self.summary}


def setting(**fields: Any) -> Change:  # noqa: ANN401 - the fields of Policy, checked by `replace` at use
    """Return the change that gives these fields of the policy other values."""
    return lambda policy: replace(policy, **fields)


def without(field: str, *words: str) -> Change:
    """Return the change that leaves these words out of a set of the policy, such as `saml_checks`.

    Raises ValueError for a word that the strict policy does not have.
    """
    strict: frozenset[str] = getattr(STRICT, field)
    if unknown := set(words) - strict:
        raise ValueError(f"{field} of the strict policy has no {', '.join(sorted(unknown))}")
    return lambda policy: replace(policy, **{field: getattr(policy, field) - set(words)})
