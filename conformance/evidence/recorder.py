"""Writes a case's evidence files: once, redacted, referenced by hash. Reading them is the report's work."""

from __future__ import annotations

import hashlib
import io
import json
import mimetypes
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from conformance.evidence.messages import pretty, unified_diff
from conformance.evidence.redaction import redact, redact_data

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,120}")
_MEDIA_TYPES = {
    ".diff": "text/x-diff",
    ".har": "application/json",
    ".jsonl": "application/x-ndjson",
    ".md": "text/markdown",
    ".xml": "application/xml",
}


class EvidenceError(Exception):
    """Evidence could not be written as asked; the message says what to do."""


class Reference(TypedDict):
    """Points from a verdict to a file of evidence."""

    name: str
    path: str
    """Relative to the run directory, with forward slashes."""
    sha256: str
    media_type: str
    bytes: int


class Recorder:
    """Writes the evidence of one run of a case under `RUN_DIR/evidence/CASE_SLUG/`.

    `secrets` maps literal values that must never be written (passwords, client secrets) to their kind. Every
    method raises EvidenceError for an unsafe name or when the file exists: evidence is written once.
    """

    def __init__(self, run_dir: Path, case_slug: str, secrets: Mapping[str, str] | None = None) -> None:
        self._run_dir = run_dir
        self._directory = run_dir / "evidence" / _safe(case_slug, "case slug")
        self._secrets = dict(secrets or {})
        self._references: list[Reference] = []

    @property
    def references(self) -> Sequence[Reference]:
        """Everything written so far, in order: the `evidence` of the verdict."""
        return tuple(self._references)

    def text(self, name: str, content: str) -> Reference:
        """Write redacted text."""
        return self._write(name, _encode(redact(content, self._secrets)))

    def json(self, name: str, data: object) -> Reference:
        """Write decoded JSON (mappings, sequences, scalars), redacted by field name and content."""
        clean = redact_data(data, self._secrets)
        return self._write(name, _encode(json.dumps(clean, ensure_ascii=False, indent=1) + "\n"))

    def file(self, name: str, path: Path) -> Reference:
        """Copy a file. Text is redacted, a zip archive (a browser trace) member by member, other bytes stay.

        Raises EvidenceError when `path` cannot be read.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise EvidenceError(
                f"Evidence {name!r} cannot be copied: {path} could not be read ({error.strerror or error}). "
                "Write the file before it is recorded."
            ) from error
        return self._write(name, self._redact_bytes(content))

    def trace(self, exchanges: Sequence[Mapping[str, Any]]) -> Reference:
        """Write `trace.json`: the messages of all actors in order, each `{at?, from, to, label, detail}`.

        `from` and `to` are `browser`, `platform`, `idp` or another actor's name. Raises EvidenceError when an
        entry lacks `from`, `to` or `label`.
        """
        for number, exchange in enumerate(exchanges, 1):
            missing = [key for key in ("from", "to", "label") if not exchange.get(key)]
            if missing:
                raise EvidenceError(
                    f"Entry {number} of the trace lacks {', '.join(missing)}. "
                    "Each entry needs from, to and label; at and detail are optional."
                )
        return self.json("trace.json", list(exchanges))

    def messages(self, sent: str, control: str) -> tuple[Reference, Reference, Reference]:
        """Write the message as sent, its control and their unified diff, all one fact per line.

        XML, JSON or a compact JWT each; the files are `sent.*`, `control.*` and `message.diff`.
        """
        pretty_sent, sent_kind = pretty(redact(sent, self._secrets))
        pretty_control, control_kind = pretty(redact(control, self._secrets))
        return (
            self.text(f"sent.{sent_kind}", pretty_sent + "\n"),
            self.text(f"control.{control_kind}", pretty_control + "\n"),
            self.text("message.diff", unified_diff(pretty_control, pretty_sent) + "\n"),
        )

    def repro(self, command: str, lines: Sequence[str]) -> Reference:
        """Write `repro.md`: one command to run, and what a person should know beside it."""
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", command)), default=0))
        notes = "".join(f"- {' '.join(line.split())}\n" for line in lines)
        return self.text("repro.md", f"# Reproduce\n\n{fence}sh\n{command}\n{fence}\n\n{notes}")

    def _redact_bytes(self, content: bytes) -> bytes:
        if zipfile.is_zipfile(io.BytesIO(content)):
            return self._redact_zip(content)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            return content
        return _encode(self._redact_document(text))

    def _redact_document(self, text: str) -> str:
        """Redact JSON and JSON lines by structure, which knows more field shapes than the text does."""
        lines = text.splitlines()
        try:
            records = [json.loads(line) for line in lines if line.strip()]
        except ValueError:
            records = []
        if records and all(isinstance(record, dict) for record in records):
            clean = (json.dumps(redact_data(record, self._secrets), ensure_ascii=False) for record in records)
            return "\n".join(clean) + "\n"
        return redact(text, self._secrets)

    def _redact_zip(self, content: bytes) -> bytes:
        target = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(content)) as source,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy,
        ):
            for member in source.infolist():
                copy.writestr(member.filename, self._redact_bytes(source.read(member)))
        return target.getvalue()

    def _write(self, name: str, content: bytes) -> Reference:
        path = self._directory / _safe(name, "name of evidence")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError as error:
            raise EvidenceError(
                f"Evidence {path} exists already and is never overwritten. "
                "Use another name, or another case slug for another run of the case."
            ) from error
        reference = Reference(
            name=name,
            path=path.relative_to(self._run_dir).as_posix(),
            sha256=hashlib.sha256(content).hexdigest(),
            media_type=_media_type(path),
            bytes=len(content),
        )
        self._references.append(reference)
        return reference


def slug(run_id: str) -> str:
    """Return a run's id (`case[personality-agent]`) as the name of its evidence directory."""
    return re.sub(r"[^A-Za-z0-9._\-]+", "_", run_id).strip("_.-")[:120] or "case"


def _safe(name: str, what: str) -> str:
    if not _SAFE_NAME.fullmatch(name):
        raise EvidenceError(
            f"{name!r} is not usable as a {what}: it must start with a letter or digit and hold only "
            "letters, digits, dots, hyphens and underscores, 121 at most. slug() makes one from a run's id."
        )
    return name


def _media_type(path: Path) -> str:
    known = _MEDIA_TYPES.get(path.suffix.lower())
    return known or mimetypes.guess_type(path.name)[0] or "text/plain"


def _encode(text: str) -> bytes:
    # A hostile page may hold half a surrogate pair, which UTF-8 cannot write: it is then shown as \\udXXX.
    return text.encode("utf-8", "backslashreplace")
