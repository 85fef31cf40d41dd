"""Reads evidence files into what the HTML report shows of them, within a budget and inside the run only."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.evidence.stream import EvidenceRef
from conformance.report.calendars import Calendar, calendars_of
from conformance.report.text import visible

BUDGET = 13_000_000
"""Bytes that one report should not pass by much; evidence beyond it is linked instead of shown."""

_PER_RUN = 3_000  # what a run takes in the report before any of its evidence is shown
_LEAST = 1_000_000

_LARGEST = {
    "trace": 200_000,
    "diff": 60_000,
    "meter": 50_000,
    "rehearsal": 100_000,
    "text": 6_000,
    "image": 400_000,
}
_MARKUP = {"trace": 2.2, "diff": 1.3, "meter": 2.0, "rehearsal": 2.0, "text": 1.1, "image": 1.34}
_IMAGES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_ACTORS = ("browser", "platform", "idp")
_TITLES = {"browser": "Browser", "platform": "Platform", "idp": "Identity provider"}


@dataclass(frozen=True, slots=True)
class Message:
    """One arrow of the sequence diagram."""

    label: str
    detail: str
    at: str
    sender: str
    receiver: str
    left: int
    """Number of the leftmost column that the arrow touches."""
    right: int
    direction: str
    """`right`, `left` or `self`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Who got in by one way (password, sso, api) in one phase."""

    way: str
    inside: tuple[str, ...]
    outside: tuple[str, ...]


@dataclass(slots=True)
class Shown:
    """What is inlined of a run's evidence. What is not, is still linked in the list of evidence."""

    actors: Sequence[str] = ()
    messages: Sequence[Message] = ()
    diff: Sequence[tuple[str, str]] = ()
    """Lines with their kind: `add`, `del`, `hunk`, `file` or empty."""
    ways: Sequence[str] = ()
    phases: Sequence[tuple[str, Sequence[Reading]]] = ()
    calendars: Sequence[Calendar] = ()
    texts: list[tuple[str, str]] = field(default_factory=list)
    images: list[tuple[str, str]] = field(default_factory=list)
    """Names and data URIs."""
    notes: list[str] = field(default_factory=list)
    """Why a piece of evidence is not shown, or not as it was written."""


class EvidenceReader:
    """Reads the evidence of a run directory; each file's hash is compared with what the stream says."""

    def __init__(self, run_dir: Path, runs: int, budget: int = BUDGET) -> None:
        self._run_dir = run_dir.resolve()
        self._left = max(budget - runs * _PER_RUN, min(budget, _LEAST))

    def show(self, references: Sequence[EvidenceRef]) -> Shown:
        """Return what is inlined of a run's evidence. A damaged file becomes a note."""
        shown = Shown()
        for reference in references:
            kind = _kind(reference)
            if not kind:
                continue
            content = self._read(reference, kind, shown)
            if content is None:
                continue
            try:
                _SHOW[kind](shown, reference, content)
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                shown.notes.append(
                    f"{visible(reference.name)} is not readable as {kind}: {visible(str(error))}"
                )
        return shown

    def _read(self, reference: EvidenceRef, kind: str, shown: Shown) -> bytes | None:
        name = visible(reference.name)
        try:
            path = Path(os.path.realpath(self._run_dir / reference.path))
            if not path.is_relative_to(self._run_dir):
                shown.notes.append(f"{name} lies outside the run directory and is not shown.")
                return None
            size = path.stat().st_size
            cost = int(size * _MARKUP[kind])
            if size > _LARGEST[kind] or cost > self._left:
                shown.notes.append(f"{name} is too large to be shown here: open the file.")
                return None
            content = path.read_bytes()
        except (OSError, ValueError) as error:
            shown.notes.append(f"{name} could not be read: {visible(str(error))}")
            return None
        self._left -= cost
        if reference.sha256 and hashlib.sha256(content).hexdigest() != reference.sha256:
            shown.notes.append(
                f"{name} was changed after the run: its hash is not the one in the run stream."
            )
        return content


def link_of(reference: EvidenceRef) -> str:
    """Return a relative link to a file of evidence, empty for a path that leaves the run directory."""
    parts = Path(reference.path).parts
    inside = parts and not Path(reference.path).is_absolute() and ".." not in parts and ":" not in parts[0]
    return reference.path if inside else ""


def _kind(reference: EvidenceRef) -> str:
    name = reference.name.lower()
    suffix = Path(name).suffix
    if name == "trace.json":
        return "trace"
    if name == "meter.json":
        return "meter"
    if name == "rehearsal.json":
        return "rehearsal"
    if suffix == ".diff":
        return "diff"
    if suffix in _IMAGES:
        return "image"
    return "text" if name.startswith("refusal") or suffix in {".txt", ""} else ""


def _show_trace(shown: Shown, _reference: EvidenceRef, content: bytes) -> None:
    entries = json.loads(content)
    named = [str(entry[key]).lower() for entry in entries for key in ("from", "to")]
    others = [name for name in dict.fromkeys(named) if name not in _ACTORS]
    columns = [name for name in _ACTORS if name in named] + others
    shown.actors = [visible(_TITLES.get(name, name)) for name in columns]
    shown.messages = [_message(entry, columns, shown.actors) for entry in entries]


def _message(entry: Mapping[str, Any], columns: Sequence[str], titles: Sequence[str]) -> Message:
    start, end = (columns.index(str(entry[key]).lower()) for key in ("from", "to"))
    detail = entry.get("detail") or ""
    if not isinstance(detail, str):
        detail = json.dumps(detail, indent=1, ensure_ascii=False)
    return Message(
        label=visible(str(entry["label"])),
        detail=visible(detail),
        at=visible(str(entry.get("at") or "")),
        sender=titles[start],
        receiver=titles[end],
        left=min(start, end),
        right=max(start, end),
        direction="self" if start == end else "right" if end > start else "left",
    )


def _show_meter(shown: Shown, _reference: EvidenceRef, content: bytes) -> None:
    phases = json.loads(content)["phases"]
    shown.ways = [visible(way) for way in dict.fromkeys(way for phase in phases for way, _ in _ways(phase))]
    rows = []
    for phase in phases:
        readings = {
            visible(way): Reading(visible(way), _names(reading.get("in")), _names(reading.get("out")))
            for way, reading in _ways(phase)
        }
        row = [readings.get(way, Reading(way, (), ())) for way in shown.ways]
        rows.append((visible(str(phase.get("title", ""))), row))
    shown.phases = rows


def _ways(phase: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((way, reading) for way, reading in phase.items() if isinstance(reading, dict))


def _names(names: Sequence[object] | None) -> tuple[str, ...]:
    return tuple(visible(str(name)) for name in names or ())


def _show_diff(shown: Shown, _reference: EvidenceRef, content: bytes) -> None:
    lines = visible(content.decode("utf-8", "replace")).rstrip("\n").split("\n")
    shown.diff = [(_line_kind(line), line) for line in lines] if lines != [""] else []


def _line_kind(line: str) -> str:
    if line.startswith(("--- ", "+++ ")):
        return "file"
    return {"+": "add", "-": "del", "@": "hunk"}.get(line[:1], "")


def _show_text(shown: Shown, reference: EvidenceRef, content: bytes) -> None:
    shown.texts.append((visible(reference.name), visible(content.decode("utf-8", "replace"))))


def _show_image(shown: Shown, reference: EvidenceRef, content: bytes) -> None:
    media_type = _IMAGES[Path(reference.name.lower()).suffix]
    uri = f"data:{media_type};base64,{base64.b64encode(content).decode()}"
    shown.images.append((visible(reference.name), uri))


_SHOW = {
    "trace": _show_trace,
    "meter": _show_meter,
    "rehearsal": lambda shown, _reference, content: setattr(shown, "calendars", calendars_of(content)),
    "diff": _show_diff,
    "text": _show_text,
    "image": _show_image,
}
