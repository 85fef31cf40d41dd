"""Storage in the memory of one process: ordinary objects, which need no copy."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from mock_idp.bounded import Bounded
from mock_idp.storage.model import Limits

T = TypeVar("T")


class MemoryLog(Generic[T]):
    """A log in a deque."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._last = 0
        self._kept: deque[tuple[int, T, int]] = deque()
        self._weight = 0

    def append(self, make: Callable[[int], T]) -> T:
        """Append what `make` makes of its number; nobody else appends meanwhile."""
        most, heaviest, weigh = self._limits
        with self._lock:
            number = self._last + 1
            value = make(number)
            weight = weigh(value)
            self._kept.append((number, value, weight))
            self._last = number
            self._weight += weight
            while len(self._kept) > most or self._weight > heaviest:
                self._weight -= self._kept.popleft()[2]
        return value

    def after(self, number: int) -> list[T]:
        """The values that are still kept with a higher number, oldest first."""
        with self._lock:
            kept = list(self._kept)
        return [value for known, value, _ in kept if known > number]

    @property
    def last(self) -> int:
        """The number of the newest value, 0 before the first."""
        return self._last


class Memory:
    """The storage of a server that is one process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._shelves: dict[str, dict[str, Bounded[Any]]] = {}
        self._logs: dict[str, dict[str, MemoryLog[Any]]] = {}

    def shelf(self, owner: str, name: str, most: int) -> Bounded[Any]:
        """The shelf of that name, which keeps the newest `most` values."""
        with self._lock:
            return self._shelves.setdefault(owner, {}).setdefault(name, Bounded(most))

    def log(self, owner: str, name: str, limits: Limits) -> MemoryLog[Any]:
        """The log of that name."""
        with self._lock:
            return self._logs.setdefault(owner, {}).setdefault(name, MemoryLog(limits))

    def atomic(self) -> AbstractContextManager[object]:
        """While this is held, nobody else who holds it changes anything."""
        return self._lock

    def forget(self, owner: str) -> None:
        """Forget all that is kept for the owner."""
        with self._lock:
            self._shelves.pop(owner, None)
            self._logs.pop(owner, None)
