"""A thread-safe dictionary that forgets its oldest entries, so that a long-lived process cannot grow without
end."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Bounded(Generic[T]):
    """At most `limit` values by key; the oldest is forgotten first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._values: OrderedDict[str, T] = OrderedDict()

    def put(self, key: str, value: T) -> None:
        """Keep `value` under `key`, as the newest entry."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._limit:
                self._values.popitem(last=False)

    def get(self, key: str) -> T | None:
        """The value, or None when it was never kept or is forgotten."""
        with self._lock:
            return self._values.get(key)

    def pop(self, key: str) -> T | None:
        """The value, which is forgotten by this call: of two callers only one gets it (one-time codes)."""
        with self._lock:
            return self._values.pop(key, None)

    def items(self) -> list[tuple[str, T]]:
        """All keys with their values, oldest first, as they are at this moment."""
        with self._lock:
            return list(self._values.items())

    def __len__(self) -> int:
        with self._lock:
            return len(self._values)
