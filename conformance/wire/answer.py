"""A complete answer, and what its headers say of its body."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Headers:
    """The headers of an answer, by name in any case. Bytes that are no UTF-8 are read as latin-1."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name.lower(), []).append(_text(value))

    def get(self, name: str, default: str = "") -> str:
        """Return the values of a header, joined as RFC 9110 section 5.3 says; `default` without any."""
        values = self._values.get(name.lower())
        return default if values is None else ", ".join(values)

    def get_list(self, name: str) -> list[str]:
        """Return each value of a header that may stand several times."""
        return self._values.get(name.lower(), [])

    def items(self) -> Iterable[tuple[str, str]]:
        """Return names, in lower case, and joined values."""
        return ((name, ", ".join(values)) for name, values in self._values.items())


def _text(value: str) -> str:
    """Undo http.client's latin-1 where the bytes are UTF-8."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer; the content is unpacked."""

    status: int
    headers: Headers
    content: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; "text/html" when none is given."""
        return self.headers.get("content-type", "text/html").partition(";")[0].strip().lower()

    @property
    def encoding(self) -> str:
        """The charset of the Content-Type header; UTF-8 when none is given, latin-1 when nobody knows it."""
        charset = self.headers.get("content-type").lower().partition("charset=")[2]
        name = charset.partition(";")[0].strip(" \"'") or "utf-8"
        try:
            return codecs.lookup(name).name
        except LookupError:
            return "latin-1"

    @property
    def text(self) -> str:
        """The decoded body."""
        return self.content.decode(self.encoding, "replace")

    @property
    def is_redirect(self) -> bool:
        """Whether a browser goes on to the Location."""
        return self.status in _REDIRECTS and bool(self.headers.get("location"))

    @property
    def is_document(self) -> bool:
        """Whether a browser shows it; otherwise it stays where it is (no content, a download)."""
        disposition = self.headers.get("content-disposition").lower()
        return self.status not in {204, 205} and not disposition.startswith("attachment")

    @property
    def is_markup(self) -> bool:
        """Whether it is HTML."""
        return self.content_type in {"text/html", "application/xhtml+xml"}

    def json(self) -> Any:  # noqa: ANN401 - JSON has no narrower type
        """Return the decoded JSON body, None when it is none."""
        return decoded_json(self.content)


def decoded_json(content: bytes) -> Any:  # noqa: ANN401 - JSON has no narrower type
    """Return a decoded JSON body, None when it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):  # no JSON, or one that is nested without end
        return None
