"""What is known of the vendors, how well it is known, and which part of the code follows it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path

import yaml

HOME = Path(__file__).parent
INDENT = 5  # columns, where the text begins beside its mark


class Mark(StrEnum):
    """How a fact is known."""

    CAP = "CAP"
    DOC = "DOC"
    ISS = "ISS"
    MEM = "MEM"


MEANING = {
    Mark.CAP: "seen on the wire, in a captured message",
    Mark.DOC: "the vendor's documentation",
    Mark.ISS: "quoted exactly in a public issue",
    Mark.MEM: "unconfirmed: remembered, or inferred from the rest",
}


@dataclass(frozen=True)
class Fact:
    """One fact. `source` is a capture, a page or an issue, empty where there is none; `code` is a path below
    `mock_idp/`, empty where the mock does not follow the fact."""

    vendor: str
    area: str
    text: str
    mark: Mark
    source: str
    code: str


def known_facts() -> list[Fact]:
    """All facts of all vendors, from the file `facts.yaml` in a personality's folder."""
    return [fact for path in sorted(HOME.glob("personalities/*/facts.yaml")) for fact in _read(path)]


def chosen(vendor: str | None, *, unconfirmed: bool = False) -> list[Fact]:
    """The facts of one vendor or of all, and of these the unconfirmed ones only, if so wanted."""
    facts = (fact for fact in known_facts() if vendor in (None, fact.vendor))
    return [fact for fact in facts if not unconfirmed or fact.mark is Mark.MEM]


def lines(facts: Sequence[Fact], width: int) -> Iterator[str]:
    """The facts by vendor and area, no line wider than `width` columns, and then what the marks mean."""
    if not facts:
        yield "No facts are recorded for this choice."
        return
    for (vendor, area), group in groupby(facts, key=lambda fact: (fact.vendor, fact.area)):
        yield f"{vendor}: {area}"
        for fact in group:
            yield from _told(fact, width)
        yield ""
    for mark in Mark:
        if any(fact.mark is mark for fact in facts):
            yield f"{mark.value}  {MEANING[mark]}"


def _told(fact: Fact, width: int) -> Iterator[str]:
    indent = " " * (INDENT + 2)
    yield from textwrap.wrap(
        fact.text, width, initial_indent=f"  {fact.mark.value}  ", subsequent_indent=indent
    )
    where = f"followed in {fact.code}" if fact.code else "not followed here"
    notes = " · ".join(note for note in (fact.source, where) if note)
    yield from textwrap.wrap(
        notes, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )


def _read(path: Path) -> Iterator[Fact]:
    for area, entries in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        for entry in entries:
            yield Fact(path.parent.name, area, **(entry | {"mark": Mark(entry["mark"])}))
