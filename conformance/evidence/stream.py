"""The run stream, the only source of every report: JSON lines of header, verdicts and footer."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.evidence.gate import GREEN, RED, gate, tally
from conformance.evidence.records import (
    BROKEN,
    CheckRecord,
    EvidenceRef,
    KnownNote,
    RecordError,
    VerdictRecord,
    parse_record,
    record_of,
)
from conformance.evidence.redaction import redact_data

__all__ = [
    "BROKEN",
    "GREEN",
    "RED",
    "TRUNCATED",
    "CheckRecord",
    "EvidenceRef",
    "Footer",
    "Header",
    "KnownNote",
    "RecordError",
    "RunStream",
    "StreamError",
    "StreamWriter",
    "VerdictRecord",
    "gate",
    "parse_record",
    "read_stream",
    "record_of",
    "tally",
]

TRUNCATED = "TRUNCATED: the run ended before its footer"


class StreamError(Exception):
    """A run stream cannot be written or read as asked; the message says where and what to do next."""


@dataclass(frozen=True, slots=True)
class Header:
    """What was run, against what, and when."""

    suite: str
    target: str
    started: str
    """ISO 8601, UTC."""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Footer:
    """How the run ended. A stream without it says nothing about the target."""

    collected: int
    executed: int
    verdicts: Mapping[str, int]
    gate: str
    why: tuple[str, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunStream:
    """A run as it was written down."""

    header: Header
    verdicts: tuple[VerdictRecord, ...]
    footer: Footer | None
    truncated: bool
    """True without a footer: the run was killed, or is still going on."""

    @property
    def counts(self) -> dict[str, int]:
        """Verdict lines by verdict, all six words: counted, not taken from the footer."""
        return tally(self.verdicts)[0]

    @property
    def known(self) -> dict[str, int]:
        """How many broken runs known failures cover, by verdict."""
        return tally(self.verdicts)[1]

    @property
    def why(self) -> tuple[str, ...]:
        """Every reason to be red: the footer's own, and where lines and footer do not agree (fail closed)."""
        if self.footer is None:
            return (f"{TRUNCATED}, after {len(self.verdicts)} verdicts.",)
        reasons = list(self.footer.why)
        if len(self.verdicts) != self.footer.executed:
            reasons.append(
                f"The stream holds {len(self.verdicts)} verdicts, its footer counts {self.footer.executed}."
            )
        twice = [run for run, count in Counter(record.id for record in self.verdicts).items() if count > 1]
        if twice:
            reasons.append(f"{len(twice)} runs have more than one verdict, the first is {twice[0]}.")
        counted = gate(self.footer.collected, self.footer.executed, self.counts, known=self.known)[1]
        reasons.extend(reason for reason in counted if reason not in reasons)
        if self.footer.gate != GREEN and not reasons:
            reasons.append(f"The footer says {self.footer.gate!r} and gives no reason.")
        return tuple(reasons)

    @property
    def colour(self) -> str:
        """`green` only when the footer says so and nothing in the stream contradicts it."""
        return RED if self.why else GREEN


class StreamWriter:
    """Appends to a run stream: one header, verdicts, one footer. Lines are flushed, the footer is synced.

    A stream is written once: raises StreamError when the file exists, on a second header, on a line before
    the header or after the footer, and for a verdict that lacks a key. Texts are redacted on the way.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state = "new"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._file = path.open("xb")
        except FileExistsError as error:
            raise StreamError(
                f"{path} exists already, and a run stream is never overwritten. "
                "Give this run a directory of its own, or delete the old one."
            ) from error

    def header(self, suite: str, target: str, started: str, **extra: object) -> None:
        """Write the first line. `started` is ISO 8601 in UTC."""
        self._expect("new", "header")
        self._write("header", {"suite": suite, "target": target, "started": started, **extra})
        self._state = "open"

    def verdict(self, record: Mapping[str, Any]) -> None:
        """Write one run's verdict; see `record_of` for the keys."""
        self._expect("open", "verdict")
        try:
            parse_record(record)
        except RecordError as error:
            name = f"{record.get('case')}[{record.get('personality')}-{record.get('agent')}]"
            raise StreamError(f"The verdict of {name} cannot be written: {error}.") from error
        self._write("verdict", {key: redact_data(value) for key, value in record.items()})

    def footer(
        self,
        collected: int,
        executed: int,
        verdicts: Mapping[str, int],
        gate: str,
        why: Sequence[str],
        **extra: object,
    ) -> None:
        """Write the last line, sync it to disk and close the file."""
        self._expect("open", "footer")
        self._write(
            "footer",
            {
                "collected": collected,
                "executed": executed,
                "verdicts": dict(verdicts),
                "gate": gate,
                "why": list(why),
                **extra,
            },
        )
        os.fsync(self._file.fileno())
        self.close()

    def close(self) -> None:
        """Close the file without a footer: readers will see a truncated run."""
        self._state = "closed"
        self._file.close()

    def _expect(self, state: str, line: str) -> None:
        if self._state != state:
            raise StreamError(
                f"A {line} cannot be written to {self._path} now (the stream is {self._state}). "
                "The order is: one header, then verdicts, then one footer."
            )

    def _write(self, kind: str, data: Mapping[str, Any]) -> None:
        line = json.dumps({"type": kind, **data}, ensure_ascii=False) + "\n"
        # Half a surrogate pair (hostile pages hold them) has no UTF-8 form; \udXXX is its JSON escape.
        self._file.write(line.encode("utf-8", "backslashreplace"))
        self._file.flush()


def read_stream(path: Path) -> RunStream:
    """Read a run stream. A missing footer or a half-written last line gives `truncated`, not an error.

    Raises StreamError, naming file and line, when the file is missing, has no header, or holds broken JSON,
    unknown line types, lines after the footer or malformed records.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StreamError(
            f"No run stream at {path} ({error.strerror or error}). Give a run directory that holds run.jsonl."
        ) from error
    header: Header | None = None
    footer: Footer | None = None
    verdicts: list[VerdictRecord] = []
    for number, data in _lines(path, content):
        kind = data.pop("type", None)
        if header is None and kind != "header":
            raise StreamError(
                f"{path}, line {number}: a run stream begins with its header, not with {kind!r}."
            )
        if footer is not None:
            raise StreamError(
                f"{path}, line {number}: nothing may follow the footer. Two runs wrote one file?"
            )
        if kind == "verdict":
            verdicts.append(_verdict(path, number, data))
        elif kind == "footer":
            footer = _footer(path, number, data)
        elif kind == "header" and header is None:
            header = _header(path, number, data)
        else:
            raise StreamError(
                f"{path}, line {number}: type {kind!r} is not expected here. A stream is one header, then "
                "lines of type verdict, then one footer."
            )
    if header is None:
        raise StreamError(f"{path} holds no header: it is empty, or the run was killed before it began.")
    return RunStream(header, tuple(verdicts), footer, truncated=footer is None)


def _lines(path: Path, content: bytes) -> list[tuple[int, dict[str, Any]]]:
    """Decode every line; a last line without its line feed that is not JSON was cut off and is dropped."""
    lines = content.split(b"\n")
    decoded: list[tuple[int, dict[str, Any]]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except ValueError as error:
            if number == len(lines):
                break
            raise StreamError(
                f"{path}, line {number}: not JSON ({error}). Each line of a run stream is one JSON object; "
                "the file was edited or damaged. Run again, or delete that line to see the rest."
            ) from error
        if not isinstance(data, dict):
            raise StreamError(f"{path}, line {number}: a JSON object was expected, not {str(data)[:60]!r}.")
        decoded.append((number, data))
    return decoded


def _verdict(path: Path, number: int, data: Mapping[str, Any]) -> VerdictRecord:
    try:
        return parse_record(data)
    except RecordError as error:
        raise StreamError(f"{path}, line {number}: {error}.") from error


def _header(path: Path, number: int, data: dict[str, Any]) -> Header:
    suite, target, started = (data.pop(key, None) for key in ("suite", "target", "started"))
    if not (isinstance(suite, str) and isinstance(target, str) and isinstance(started, str)):
        raise StreamError(f"{path}, line {number}: a header needs suite, target and started, each as text.")
    return Header(suite, target, started, extra=data)


def _footer(path: Path, number: int, data: dict[str, Any]) -> Footer:
    collected, executed = data.pop("collected", None), data.pop("executed", None)
    verdicts, colour, why = data.pop("verdicts", None), data.pop("gate", None), data.pop("why", None)
    if not (
        isinstance(collected, int)
        and isinstance(executed, int)
        and isinstance(verdicts, dict)
        and colour in {GREEN, RED}
        and isinstance(why, list)
    ):
        raise StreamError(
            f"{path}, line {number}: a footer needs collected and executed (numbers), verdicts (an object), "
            "gate (green or red) and why (a list)."
        )
    return Footer(collected, executed, verdicts, colour, tuple(str(reason) for reason in why), extra=data)
