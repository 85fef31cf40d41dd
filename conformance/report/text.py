"""Words, symbols and safe texts that every report shares. Nothing here trusts what a target wrote."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from conformance.evidence.stream import BROKEN, CheckRecord, EvidenceRef, KnownNote, RunStream, VerdictRecord
from conformance.model import Verdict

KNOWN = "known"
"""The state of a broken run that a known failure covers."""

STATES = ("fail", "error", "inconclusive", "warn", KNOWN, "pass", "not_applicable")
"""What a run can be shown as, worst first: the six verdicts, and the known failure."""

SYMBOLS = {
    "fail": "✗",
    "error": "!",
    "inconclusive": "?",
    "warn": "▲",
    KNOWN: "◆",
    "pass": "✓",
    "not_applicable": "–",
}
LABELS = {
    "fail": "fail",
    "error": "error",
    "inconclusive": "inconclusive",
    "warn": "warn",
    KNOWN: "known failure",
    "pass": "pass",
    "not_applicable": "not applicable",
}
WAYS = {"password": "Password", "sso": "Single sign-on", "api": "Portal API"}
"""The ways in that the lock-out meter tries."""

SEVERITIES = ("critical", "high", "medium", "low")

_Record = TypeVar("_Record", bound=VerdictRecord | CheckRecord | EvidenceRef | KnownNote)

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def state_of(record: VerdictRecord) -> str:
    """Return what a run is shown as: its verdict, or `known` when it is broken and excused."""
    if record.known is not None and record.verdict in BROKEN:
        return KNOWN
    return record.verdict.value


def unexpected_pass(record: VerdictRecord) -> bool:
    """Whether a run passes although a known failure says that it fails."""
    return record.known is not None and record.verdict is Verdict.PASS


def visible(text: str) -> str:
    """Return `text` with control, direction and zero-width characters, and half surrogates, spelled out.

    A hostile page must not be able to reorder, hide or break what a reader, an XML parser or a terminal sees.
    """
    return _HIDDEN.sub(_spell, text) if _HIDDEN.search(text) else text


def _spell(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code == 0x0D:
        return ""  # CRLF of forms and headers is no news
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def visible_stream(stream: RunStream) -> RunStream:
    """Return a copy of a run in which every text of its verdicts is `visible`; reports are made from it."""
    return replace(stream, verdicts=tuple(visible_record(record) for record in stream.verdicts))


def visible_record(record: VerdictRecord) -> VerdictRecord:
    """Return a copy of a verdict in which every text is `visible`."""
    return _visible_fields(record)


def _visible_fields(record: _Record) -> _Record:
    # The fields are typed by their dataclass; each value keeps its own type.
    changes: dict[str, Any] = {
        field.name: _visible_value(getattr(record, field.name)) for field in fields(record)
    }
    return replace(record, **changes)


def _visible_value(value: object) -> object:
    if type(value) is str:  # the enums are strings too, and stay what they are
        return visible(value)
    if isinstance(value, tuple):
        return tuple(_visible_value(item) for item in value)
    if isinstance(value, CheckRecord | EvidenceRef | KnownNote):
        return _visible_fields(value)
    return value


def safe_url(url: str) -> str:
    """Return `url` when it is plain http(s), else an empty text: a link must never run a script."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def duration(milliseconds: float) -> str:
    """Return a duration as a person reads it: `840 ms`, `3.2 s`, `4 min 10 s`."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"


def moment(iso: str) -> str:
    """Return an ISO 8601 time as `2026-03-04 12:00 UTC`, or the text itself when it is no such time."""
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if when.tzinfo else f"{when:%Y-%m-%d %H:%M}"


def plural(count: int, word: str) -> str:
    """Return `1 run`, `2 runs`."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def shorten(text: str, limit: int) -> str:
    """Return `text` on one line, at most `limit` characters long."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def anchor(text: str) -> str:
    """Return `text` as an id that works in a URL's fragment."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9.\-]+", "_", plain).strip("_.-") or "x"
