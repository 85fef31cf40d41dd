"""Comparing two shapes: each difference in plain words, the most telling first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from mock_idp.shape.node import REDACTED, SPELLING, Node


class What(IntEnum):
    """How two messages can differ; the smaller the number, the more it tells."""

    MISSING = 0
    EXTRA = 1
    VALUE = 2
    ORDER = 3
    COUNT = 4
    SPELLING = 5


@dataclass(frozen=True)
class Difference:
    """One difference. `file` and `ours` are what each side has at `path`, the empty string for nothing;
    of a message that did not come about, `ours` says why."""

    what: What
    path: str
    file: str
    ours: str

    @property
    def sentence(self) -> str:
        """The difference in plain words."""
        where = self.path or "the document"
        if self.what is What.MISSING and self.ours:
            return f"{where} is not produced. {self.ours}"
        if self.what is What.MISSING:
            return f"{where}: the file has it{_shown(self.file)}, the personality leaves it out."
        if self.what is What.EXTRA:
            return f"{where}: the personality writes it{_shown(self.ours)}, the file has none."
        if self.what is What.ORDER:
            return f"{where}: the order differs: {self.file} in the file, {self.ours} here."
        if self.what is What.COUNT:
            return f"{where}: {self.file} in the file, {self.ours} here."
        return f"{where}: {self.file or 'nothing'} in the file, {self.ours or 'nothing'} here."


def differences(file: Node, ours: Node) -> list[Difference]:
    """All differences, most telling first, otherwise in the file's order."""
    return sorted(
        dict.fromkeys(_compare(file, ours, "")), key=lambda found: (found.what, found.path.count("/"))
    )


def _compare(file: Node, ours: Node, path: str) -> Iterator[Difference]:
    if REDACTED in (file.value, ours.value):
        return
    if file.value != ours.value:
        what = What.SPELLING if file.name.startswith(SPELLING) else What.VALUE
        if file.value and ours.value and file.value.startswith("list of ") and _counted(file, ours):
            what = What.COUNT
        yield Difference(what, path, file.value or "", ours.value or "")
    yield from _children(file, ours, path)


def _counted(file: Node, ours: Node) -> bool:
    return bool(file.children and ours.children)


def _children(file: Node, ours: Node, path: str) -> Iterator[Difference]:
    theirs, mine = _numbered(file.children), _numbered(ours.children)
    for place, child in theirs.items():
        found = mine.get(place)
        here = f"{path}/{child.label}" if path else child.label
        if found is not None:
            yield from _compare(child, found, here)
        elif place[2] == 0 or child.key:
            yield Difference(What.MISSING, here, _summary(child), "")
        elif not _is_item(child):
            yield Difference(What.COUNT, here, f"{_count(file, place)} times", f"{_count(ours, place)} times")
    for place, child in mine.items():
        if place in theirs:
            continue
        here = f"{path}/{child.label}" if path else child.label
        if place[2] == 0 or child.key:
            yield Difference(What.EXTRA, here, "", _summary(child))
        elif not _is_item(child):
            yield Difference(What.COUNT, here, f"{_count(file, place)} times", f"{_count(ours, place)} times")
    yield from _order(theirs, mine, path)


Place = tuple[str, str, int]


def _numbered(children: Sequence[Node]) -> dict[Place, Node]:
    """Children by name, key and which of that name and key they are."""
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[Place, Node] = {}
    for child in children:
        found[(child.name, child.key, seen[child.name, child.key])] = child
        seen[child.name, child.key] += 1
    return found


def _order(theirs: dict[Place, Node], mine: dict[Place, Node], path: str) -> Iterator[Difference]:
    common = [place for place in theirs if place in mine]
    here = [place for place in mine if place in theirs]
    if common != here:
        yield Difference(What.ORDER, path, _listed(common, theirs), _listed(here, mine))


def _listed(places: Sequence[Place], nodes: dict[Place, Node]) -> str:
    shown = (nodes[place] for place in places if not place[0].startswith(SPELLING))
    return ", ".join(node.key if node.name == "item" and node.key else node.label for node in shown)


def _count(parent: Node, place: Place) -> int:
    return sum((child.name, child.key) == place[:2] for child in parent.children)


def _is_item(child: Node) -> bool:
    return child.name == "item"


def _summary(child: Node) -> str:
    if child.value:
        return child.value
    inner = ", ".join(below.name for below in child.children if not below.name.startswith("@"))
    return f"with {inner}" if inner else ""


def _shown(value: str) -> str:
    return f" ({value})" if value else ""
