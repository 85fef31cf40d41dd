"""Connections to a platform outside of any browser: every exchange is bounded in time and size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from conformance.wire import Answer, Connections

_SECONDS: Final = 15.0
_MAX_BYTES: Final = 10_000_000


class TargetHttp:
    """Sends requests of a target file. Redirects are not followed, and proxies not used."""

    def __init__(self, seconds: float = _SECONDS, max_bytes: int = _MAX_BYTES) -> None:
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._connections = Connections()

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        document: object = None,
        form: Mapping[str, object] | None = None,
    ) -> Answer:
        """Return a complete answer, whatever its status. Raises WireError, EndlessError.

        The body is a JSON document, a form, or nothing.
        """
        body, kind = None, {}
        if document is not None:
            body, kind = _json(document), {"Content-Type": "application/json"}
        elif form is not None:
            fields = {name: _as_text(value) for name, value in form.items()}
            body, kind = urlencode(fields).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        return self._connections.exchange(
            method,
            url,
            headers={"Accept": "*/*", "Accept-Encoding": "gzip, deflate", **kind, **headers},
            body=body,
            seconds=self._seconds,
            max_bytes=self._max_bytes,
        )

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()


def _as_text(value: object) -> str:
    """Return a form's value: what is not text is written as in JSON, nothing as nothing."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
