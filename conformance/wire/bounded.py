"""A socket whose waits all end at one moment, however slowly the bytes come."""

from __future__ import annotations

import io
import socket
import time
from typing import Final

_BUFFER_BYTES: Final = 16384


class BoundedSocket:
    """An open socket with what http.client needs of one. Waits raise TimeoutError at `until`."""

    def __init__(self, inner: socket.socket) -> None:
        self.inner = inner
        self.until = float("inf")
        """A moment of `time.monotonic`."""
        self.received = False
        """Whether any byte came since `begin`."""
        self.ended = False
        """Whether the other side closed it."""

    def begin(self, until: float) -> None:
        """Begin an exchange that ends at `until` at the latest."""
        self.until = until
        self.received = False

    def wait_no_longer(self) -> None:
        """Let the next operation end with the exchange's time. Raises TimeoutError when that is up."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.inner.settimeout(left)

    def sendall(self, data: bytes) -> None:
        """Send everything."""
        self.wait_no_longer()
        self.inner.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a reader; `mode` is http.client's "rb"."""
        del mode
        return io.BufferedReader(_Reader(self), _BUFFER_BYTES)

    def close(self) -> None:
        """Do nothing: http.client closes before it has read an answer that ends with its connection."""


class _Reader(io.RawIOBase):
    def __init__(self, bounded: BoundedSocket) -> None:
        self._bounded = bounded

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what a BufferedReader gives
        self._bounded.wait_no_longer()
        count = self._bounded.inner.recv_into(buffer)
        self._bounded.received = self._bounded.received or count > 0
        self._bounded.ended = count == 0
        return count
