"""What every storage offers. `memory` is the usual one, `sqlite` is for several processes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol, TypeVar

T = TypeVar("T")


class StorageUrlError(ValueError):
    """The URL names no storage that can be used; the message says what was expected."""


class Shelf(Protocol[T]):
    """Values by key, the newest so many of them. Each call is atomic, among processes too."""

    def put(self, key: str, value: T) -> None:
        """Keep `value` under `key`, as the newest entry."""

    def get(self, key: str) -> T | None:
        """The value, or None when it was never kept or is forgotten."""

    def pop(self, key: str) -> T | None:
        """The value, which is forgotten by this call: only one caller gets it (one-time codes)."""

    def items(self) -> list[tuple[str, T]]:
        """All keys with their values, oldest first, as they are at this moment."""


class Log(Protocol[T]):
    """Values in the order in which they came, numbered from 1 without gaps; the oldest are forgotten."""

    def append(self, make: Callable[[int], T]) -> T:
        """Append what `make` makes of its number; nobody else appends meanwhile."""

    def after(self, number: int) -> list[T]:
        """The values that are still kept with a higher number, oldest first."""

    @property
    def last(self) -> int:
        """The number of the newest value, 0 before the first."""


class Limits(NamedTuple):
    """How much a log keeps: so many values, whose weights together (`weigh`) stay within `heaviest`."""

    most: int
    heaviest: int = 0
    weigh: Callable[[Any], int] = lambda _: 0


class Storage(Protocol):
    """Shelves and logs by owner (a tenant's ID) and name. The same two words are the same shelf or log."""

    def shelf(self, owner: str, name: str, most: int) -> Shelf[Any]:
        """The shelf of that name, which keeps about the newest `most` values."""

    def log(self, owner: str, name: str, limits: Limits) -> Log[Any]:
        """The log of that name."""

    def atomic(self) -> AbstractContextManager[object]:
        """While this is held, nobody else changes anything; it may be held twice by the same caller."""

    def forget(self, owner: str) -> None:
        """Forget all that is kept for the owner."""
