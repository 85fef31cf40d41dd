"""Connections to a platform outside of any browser: every exchange is bounded in time and size."""

from __future__ import annotations

import time
from typing import Any, Final

import httpx

_SECONDS: Final = 15.0
_MAX_BYTES: Final = 10_000_000


class TargetHttp:
    """Sends requests of a target file. Redirects are not followed, and proxies not used."""

    def __init__(self, seconds: float = _SECONDS, max_bytes: int = _MAX_BYTES) -> None:
        from conformance.agents.bounded import Bounds, bounded_transport  # noqa: PLC0415 - see that module

        self._seconds = seconds
        self._max_bytes = max_bytes
        self._bounds = Bounds()
        transport = bounded_transport(self._bounds, verify=True)
        self._client = httpx.Client(transport=transport, timeout=seconds, trust_env=False)

    def request(self, method: str, url: str, **content: Any) -> httpx.Response:  # noqa: ANN401  (httpx's own arguments)
        """Return a complete answer, whatever its status. Raises httpx.HTTPError.

        An answer that does not end within time or size is an httpx.TimeoutException.
        """
        request = self._client.build_request(method, url, **content)
        self._bounds.until = time.monotonic() + self._seconds
        answer = self._client.send(request, stream=True)
        received = bytearray()
        try:
            for chunk in answer.iter_bytes():
                received += chunk
                if len(received) > self._max_bytes:
                    what = f"the answer does not end within {self._max_bytes} bytes"
                    raise httpx.ReadTimeout(what, request=request)
        finally:
            answer.close()
        headers = [(name, value) for name, value in answer.headers.items() if name != "content-encoding"]
        return httpx.Response(answer.status_code, headers=headers, content=bytes(received), request=request)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
