"""Why a difference is no mistake: the table `explanations.yaml`, and how an entry is found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from mock_idp.shape.difference import Difference, What

TABLE = Path(__file__).with_name("explanations.yaml")


@dataclass(frozen=True)
class Explanation:
    """A pattern of differences and what reproduces it.

    `by` is a name of the control API, or how or when the file was written down; `documented` says where that
    stands. `path`, `file` and `ours` are regular expressions that have to be found; an empty `what` or
    `personality` means any."""

    by: str
    documented: str
    path: str
    what: tuple[What, ...] = ()
    file: str = ""
    ours: str = ""
    personality: str = ""

    def covers(self, difference: Difference, personality: str) -> bool:
        """Whether this explains `difference`."""
        return (
            self.personality in ("", personality)
            and (not self.what or difference.what in self.what)
            and re.search(self.path, difference.path) is not None
            and re.search(self.file, difference.file) is not None
            and re.search(self.ours, difference.ours) is not None
        )


@cache
def explanations() -> tuple[Explanation, ...]:
    """The table, in its order."""
    entries = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return tuple(
        Explanation(**(entry | {"what": tuple(What[name.upper()] for name in entry.get("what", ()))}))
        for entry in entries
    )


def explanation_of(
    difference: Difference, personality: str, table: Sequence[Explanation] | None = None
) -> Explanation | None:
    """The first explanation that covers `difference`, or None."""
    entries = explanations() if table is None else table
    return next((entry for entry in entries if entry.covers(difference, personality)), None)
