"""What may lie behind a difference: the table `explanations.yaml`, and how an entry is found.

An entry says what to do. Whether that makes the difference disappear, `comparing` tries out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mock_idp.shape.difference import Difference, What
from mock_idp.shape.scene import Settings

TABLE = Path(__file__).with_name("explanations.yaml")
DAY = "as_of"


@dataclass(frozen=True)
class Explanation:
    """A pattern of differences and what reproduces it: a setting with its value, or a way of copying.

    A setting without a value gets the file's words. `documented` says where that stands. `path`, `file` and
    `ours` are regular expressions that have to be found; an empty `what` or `personality` means any."""

    documented: str
    path: str
    set: str = ""
    value: Any = None
    copy: str = ""
    what: tuple[What, ...] = ()
    file: str = ""
    ours: str = ""
    personality: str = ""

    def covers(self, difference: Difference, personality: str) -> bool:
        """Whether this may explain `difference`."""
        return (
            self.personality in ("", personality)
            and (not self.what or difference.what in self.what)
            and re.search(self.path, difference.path) is not None
            and re.search(self.file, difference.file) is not None
            and re.search(self.ours, difference.ours) is not None
        )

    def added_to(self, settings: Settings, difference: Difference) -> Settings:
        """The settings with this one for `difference`; of two days the earlier, of two lists both."""
        if self.copy:
            return settings.copied(self.copy)
        owner, _, name = self.set.partition(".")
        known, value = settings.value(owner, name), self.value
        if value is None:
            value = tuple(difference.file.split())
        if name == DAY and known is not None:
            value = min(known, value)
        if isinstance(value, list):
            value = tuple(dict.fromkeys((*(known or ()), *value)))
        if isinstance(value, dict):
            value = {**(known or {}), **value}
        return settings.having(owner, name, value)

    def does_as(self, other: Explanation) -> bool:
        """Whether both set the same setting, or copy in the same way."""
        return (self.set, self.copy) == (other.set, other.copy)

    def by(self, settings: Settings) -> str:
        """What was done, in words, with the value that `settings` have."""
        if self.copy:
            return f"how the file was kept: {self.copy}"
        owner, _, name = self.set.partition(".")
        value = settings.value(owner, name)
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
        return f"{self.set} = {shown}"


@cache
def explanations() -> tuple[Explanation, ...]:
    """The table, in its order."""
    entries = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return tuple(
        Explanation(**(entry | {"what": tuple(What[name.upper()] for name in entry.get("what", ()))}))
        for entry in entries
    )


def explanations_of(
    difference: Difference, personality: str, table: Sequence[Explanation] | None = None
) -> tuple[Explanation, ...]:
    """The explanations that may cover `difference`, the likeliest first."""
    entries = explanations() if table is None else table
    return tuple(entry for entry in entries if entry.covers(difference, personality))
