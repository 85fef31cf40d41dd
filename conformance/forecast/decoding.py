"""Which characters a CSV file is written in: told from its first bytes, then held against the whole file."""

from __future__ import annotations

import codecs
import stat
from pathlib import Path

from conformance.forecast.problems import InputError

_MAX_BYTES = 500 * 1024 * 1024
_PIECE = 1024 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
)
_SAVE_AS_UTF8 = "Save it again as “CSV UTF-8 (comma delimited)”."


def encoding_of(path: Path) -> str:
    """Return the name of the encoding in which the whole file can be read.

    UTF-8 with or without a mark, UTF-16, and, when UTF-8 does not fit, Windows-1252 as Excel writes it.
    Raises InputError for a file that is missing, empty, too large, no text, or in none of these.
    """
    start = _first_bytes(path)
    for signature, kind in _NOT_TEXT:
        if start.startswith(signature):
            raise InputError(
                str(path), expected="a CSV text file", found=kind, do="Open it and save it as CSV UTF-8."
            )
    for encoding in _candidates(start):
        broken = _first_broken_line(path, encoding)
        if not broken:
            return encoding
    raise InputError(
        str(path), line=broken, expected="text in UTF-8, UTF-16 or Windows-1252", found="bytes that are none",
        do=_SAVE_AS_UTF8,
    )  # fmt: skip


def read_bytes(path: Path, limit: int, what: str) -> bytes:
    """Return a small file whole. Raises InputError when it cannot be read or is longer than `limit` bytes."""
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(content) > limit:
        raise InputError(
            str(path),
            expected=f"{what} of at most {limit:,} bytes",
            found="a larger file",
            do="Check that this is the right file.",
        )
    return content


def _first_bytes(path: Path) -> bytes:
    try:
        facts = path.stat()
        size = facts.st_size
        if not stat.S_ISREG(facts.st_mode):
            raise InputError(
                str(path),
                expected="an ordinary file, because it is read more than once",
                found="a folder, a pipe or a device",
                do="Save it as a file first.",
            )
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise _unreadable(path, error) from error
    if size > _MAX_BYTES:
        raise InputError(
            str(path),
            expected=f"a CSV file of at most {_MAX_BYTES:,} bytes",
            found=f"{size:,} bytes",
            do="Export fewer columns, or only the people of this client.",
        )
    if not start.strip(b"\x00\xff\xfe\xef\xbb\xbf\r\n\t ;,"):
        raise InputError(
            str(path),
            line=1,
            expected="a first line with column names",
            found="an empty file",
            do="Export it again; the export may have been interrupted.",
        )
    return start


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(
        str(path),
        expected="a file that can be read",
        found=error.strerror or type(error).__name__,
        do="Check the path and its permissions.",
    )


def _candidates(start: bytes) -> tuple[str, ...]:
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return (encoding,)
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd > len(start) // 4:
        return ("utf-16-le",)
    if even > len(start) // 4:
        return ("utf-16-be",)
    return ("utf-8", "cp1252")


def _first_broken_line(path: Path, encoding: str) -> int:
    """Return the line whose bytes do not fit the encoding, 0 when all fit."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with path.open("rb") as file:
        while True:
            piece = file.read(_PIECE)
            try:
                lines += decoder.decode(piece, final=not piece).count("\n")
            except UnicodeDecodeError as error:
                return lines + error.object[: error.start].count(b"\n")
            if not piece:
                return 0
