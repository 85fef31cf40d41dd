"""One verdict of the run stream as a type, and the ways to it. The file itself is in `stream`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from conformance.model import Level, Result, Severity, Verdict

BROKEN = frozenset({Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE})
"""The verdicts that make a run red, unless a known failure covers them."""

REQUIRED = (
    "case",
    "personality",
    "agent",
    "verdict",
    "severity",
    "level",
    "expected",
    "observed",
    "duration_ms",
    "evidence",
)
"""The keys without which no line of the stream is a verdict."""

_Word = TypeVar("_Word", bound=StrEnum)


class RecordError(ValueError):
    """A verdict record does not have the shape that the run stream promises; the message names the key."""


@dataclass(frozen=True, slots=True)
class EvidenceRef:
    """Points to a file of evidence under the run directory."""

    name: str
    path: str
    sha256: str = ""
    media_type: str = ""
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """One thing that was expected and seen within a case."""

    title: str
    expected: str
    observed: str
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KnownNote:
    """Which known failure covers this run, and until when."""

    id: str
    reason: str
    issue: str
    expires: str


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """One line of the run stream: a case with its parameter, what was expected, what was seen."""

    case: str
    personality: str
    agent: str
    verdict: Verdict
    severity: Severity
    level: Level
    expected: str
    observed: str
    duration_ms: float
    evidence: tuple[EvidenceRef, ...] = ()
    title: str = ""
    requirement: str = ""
    why: str = ""
    refs: tuple[str, ...] = ()
    cls: str = ""
    """`class` in the stream."""
    basis: str = ""
    protocol: str = ""
    surface: str = ""
    reason: str = ""
    checks: tuple[CheckRecord, ...] = ()
    fix: str = ""
    repro: str = ""
    known: KnownNote | None = None
    changed: tuple[str, ...] = ()
    """What the fault changed, in the mock IdP's own sentences."""
    file: str = ""
    line: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Keys of the line that this version does not know, kept as they are."""

    @property
    def id(self) -> str:
        """Unique in a run: `case[personality-agent]`."""
        return f"{self.case}[{self.personality}-{self.agent}]"

    @property
    def blocking(self) -> bool:
        """Whether this run keeps the release back: broken, and no known failure covers it."""
        return self.verdict in BROKEN and self.known is None


def record_of(result: Result, *, repro: str = "", known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a result as the mapping that `StreamWriter.verdict` takes."""
    case = result.run.case
    return {
        "case": case.id,
        "personality": result.run.personality,
        "agent": result.run.agent,
        "verdict": result.verdict.value,
        "severity": result.severity.value,
        "level": case.level.value,
        "expected": result.expected,
        "observed": result.observed,
        "duration_ms": round(result.duration_ms, 1),
        "evidence": [dict(reference) for reference in result.evidence],
        "title": case.title,
        "requirement": case.requirement,
        "why": case.why,
        "refs": list(case.refs),
        "class": case.cls,
        "basis": case.basis.value,
        "protocol": case.protocol,
        "surface": case.surface,
        "reason": result.reason,
        "checks": [
            {
                "title": check.title,
                "expected": check.expected,
                "observed": check.observed,
                "verdict": check.verdict.value,
                "reason": check.reason,
            }
            for check in result.checks
        ],
        "changed": list(result.changed),
        "fix": case.fix,
        "repro": repro,
        "known": dict(known) if known else None,
        "file": case.file,
        "line": case.line,
        **({"rehearsal": dict(result.rehearsal)} if result.rehearsal else {}),
    }


def parse_record(data: Mapping[str, Any]) -> VerdictRecord:
    """Return a verdict line as a typed record. Raises RecordError, which names the key and what is wrong."""
    missing = [key for key in REQUIRED if key not in data]
    if missing:
        raise RecordError(f"a verdict needs the key{'s' if len(missing) > 1 else ''} {', '.join(missing)}")
    known = data.get("known")
    values = dict(data)
    texts = {key: _text(values.pop(key, ""), key) for key in _TEXTS}
    for key in (*REQUIRED, "type", "refs", "checks", "known", "line", "class", "changed"):
        values.pop(key, None)
    return VerdictRecord(
        verdict=_word(Verdict, data["verdict"], "verdict"),
        severity=_word(Severity, data["severity"], "severity"),
        level=_word(Level, data["level"], "level"),
        duration_ms=_number(data["duration_ms"], "duration_ms"),
        evidence=tuple(_evidence(item) for item in _list(data["evidence"], "evidence")),
        refs=tuple(_text(ref, "refs") for ref in _list(data.get("refs"), "refs")),
        cls=_text(data.get("class"), "class"),
        checks=tuple(_check(item) for item in _list(data.get("checks"), "checks")),
        changed=tuple(_text(said, "changed") for said in _list(data.get("changed"), "changed")),
        known=_known(known) if known else None,
        line=int(_number(data.get("line") or 0, "line")),
        extra=values,
        **texts,
    )


_TEXTS = (
    "case",
    "personality",
    "agent",
    "expected",
    "observed",
    "title",
    "requirement",
    "why",
    "basis",
    "protocol",
    "surface",
    "reason",
    "fix",
    "repro",
    "file",
)


def _word(words: type[_Word], value: object, key: str) -> _Word:
    try:
        return words(str(value))
    except ValueError as error:
        allowed = ", ".join(word.value for word in words)
        raise RecordError(f"{key} is {value!r}, which is none of {allowed}") from error


def _text(value: object, key: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RecordError(f"{key} must be text, not {value!r}")
    return value


def _number(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordError(f"{key} must be a number, not {value!r}")
    return float(value)


def _list(value: object, key: str) -> Sequence[Any]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise RecordError(f"{key} must be a list, not {value!r}")
    return value


def _mapping(value: object, key: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RecordError(f"each of {key} must be an object, not {value!r}")
    return value


def _evidence(item: object) -> EvidenceRef:
    data = _mapping(item, "evidence")
    return EvidenceRef(
        name=_text(data.get("name"), "evidence.name"),
        path=_text(data.get("path"), "evidence.path"),
        sha256=_text(data.get("sha256"), "evidence.sha256"),
        media_type=_text(data.get("media_type"), "evidence.media_type"),
        bytes=int(_number(data.get("bytes") or 0, "evidence.bytes")),
    )


def _check(item: object) -> CheckRecord:
    data = _mapping(item, "checks")
    return CheckRecord(
        title=_text(data.get("title"), "checks.title"),
        expected=_text(data.get("expected"), "checks.expected"),
        observed=_text(data.get("observed"), "checks.observed"),
        verdict=_word(Verdict, data.get("verdict"), "checks.verdict"),
        reason=_text(data.get("reason"), "checks.reason"),
    )


def _known(item: object) -> KnownNote:
    data = _mapping(item, "known")
    return KnownNote(*(_text(data.get(key), f"known.{key}") for key in ("id", "reason", "issue", "expires")))
