"""What the time of a run is spent on: named parts, in milliseconds, for `make bench`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Stopwatch:
    """Adds up the time of named parts. A part inside another counts for the inner one alone."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = {}
        self._stack: list[str] = []
        self._since = time.perf_counter()

    def start(self) -> None:
        """Forget everything and begin anew, in the part `other`."""
        self._spent = {}
        self._stack = ["other"]
        self._since = time.perf_counter()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what happens inside for `name`."""
        self._turn()
        self._stack.append(name)
        try:
            yield
        finally:
            self._turn()
            self._stack.pop()

    def spent(self) -> Mapping[str, float]:
        """Return milliseconds by part, so far."""
        self._turn()
        return {name: round(seconds * 1000, 1) for name, seconds in self._spent.items()}

    def _turn(self) -> None:
        now = time.perf_counter()
        if self._stack:
            name = self._stack[-1]
            self._spent[name] = self._spent.get(name, 0.0) + now - self._since
        self._since = now
