"""Storage in one SQLite file, for the processes of one server on one machine.

Values are pickled: nobody but the processes of the server can write the file. Writers queue at a file lock,
because SQLite itself makes them sleep, a millisecond at least, when two meet; the system lets go of the lock
of a process that is killed, and SQLite forgets what such a process has half written.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pickle
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from mock_idp.storage.model import Limits, StorageUrlError, T

PREFIX = "sqlite:///"
LOCK = "-lock"
LONGEST_KEY = 64  # characters that are kept as they are
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a folder of one's own is made there
ROOM = 1 << 30  # bytes
SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS kept (
    owner TEXT, shelf TEXT, key TEXT, place INTEGER, value BLOB, PRIMARY KEY (owner, shelf, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS logged (
    owner TEXT, log TEXT, number INTEGER, total INTEGER, value BLOB, PRIMARY KEY (owner, log, number)
) WITHOUT ROWID;
"""
PRUNED_EVERY = 256  # additions; so many more than the limit may be kept


class SharedFile:
    """The file of one server, which is new and goes with it, readable by its owner only.

    `url` is `sqlite:///PATH`; None is a temporary file, in memory where there is room. Raises
    StorageUrlError."""

    def __init__(self, url: str | None) -> None:
        self._folder = None if url else Path(tempfile.mkdtemp(prefix="mock-idp-", dir=_memory()))
        self.path = self._folder / "state.db" if self._folder else _path(url or "")
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError as error:
            raise StorageUrlError(
                f"The store {self.path} exists already; name a new file: what it holds goes with its server."
            ) from error
        except OSError as error:
            raise StorageUrlError(
                f"The store {self.path} cannot be made: {error.strerror}; name a file that may be written."
            ) from error

    def remove(self) -> None:
        """Remove all that SQLite and the queue of writers have made."""
        for end in ("", "-wal", "-shm", LOCK):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _path(url: str) -> Path:
    path = Path(url.removeprefix(PREFIX))
    if not url.startswith(PREFIX) or not path.name:
        raise StorageUrlError(f"Expected a store like sqlite:////dev/shm/idp.db, but got {url!r}.")
    return path.absolute()


def _memory() -> str | None:
    """The folder that is memory, if there is room for long journals; None is the usual temporary folder."""
    if Path(SHARED_MEMORY).is_dir() and shutil.disk_usage(SHARED_MEMORY).free > ROOM:
        return SHARED_MEMORY
    return None


class Sqlite:
    """The storage in the file at `path`. Each process opens it, when it first uses it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._depth = 0

    def shelf(self, owner: str, name: str, most: int) -> SqliteShelf:
        """The shelf of that name, which keeps about the newest `most` values."""
        return SqliteShelf(self, owner, name, most)

    def log(self, owner: str, name: str, limits: Limits) -> SqliteLog:
        """The log of that name."""
        return SqliteLog(self, owner, name, limits)

    def forget(self, owner: str) -> None:
        """Forget all that is kept for the owner."""
        with self.atomic():
            for table in ("kept", "logged"):
                self.do(f"DELETE FROM {table} WHERE owner = ?", owner)  # noqa: S608 - both names stand above

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """While this is held, nobody else changes anything. What an exception leaves is undone."""
        with self._lock:
            if self._depth:
                yield
                return
            fcntl.flock(self._queue, fcntl.LOCK_EX)
            self._depth = 1
            try:
                with self._transaction():
                    yield
            finally:
                self._depth = 0
                fcntl.flock(self._queue, fcntl.LOCK_UN)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.do("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.do("ROLLBACK")
            raise
        self.do("COMMIT")

    def close(self) -> None:
        """Close the file for this process."""
        self._connection.close()
        os.close(self._queue)

    def do(self, statement: str, *values: object) -> list[Any]:
        """Run one statement to its end; its rows."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    @cached_property
    def _queue(self) -> int:
        return os.open(f"{self._path}{LOCK}", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=30, check_same_thread=False)
        connection.execute("PRAGMA synchronous = OFF")  # the file need not outlive the machine
        connection.executescript(SCHEMA)
        return connection


class SqliteShelf:
    """A shelf as rows."""

    def __init__(self, storage: Sqlite, owner: str, name: str, most: int) -> None:
        self._storage = storage
        self._place = (owner, name)
        self._most = most
        self._put = 0

    def put(self, key: str, value: Any) -> None:  # noqa: ANN401 - whatever can be pickled
        """Keep `value` under `key`, as the newest entry."""
        pickled = pickle.dumps(value)
        with self._storage.atomic():
            self._storage.do(
                "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?)",
                *self._place,
                _short(key),
                time.monotonic_ns(),  # the same clock for all processes
                pickled,
            )
            self._put += 1
            if self._put % PRUNED_EVERY == 0:
                self._prune()

    def get(self, key: str) -> Any:  # noqa: ANN401 - as it was put
        """The value, or None when it was never kept or is forgotten."""
        return _first(
            self._storage.do(
                "SELECT value FROM kept WHERE owner = ? AND shelf = ? AND key = ?", *self._place, _short(key)
            )
        )

    def pop(self, key: str) -> Any:  # noqa: ANN401 - as it was put
        """The value, which is forgotten by this call: only one caller gets it (one-time codes)."""
        with self._storage.atomic():
            return _first(
                self._storage.do(
                    "DELETE FROM kept WHERE owner = ? AND shelf = ? AND key = ? RETURNING value",
                    *self._place,
                    _short(key),
                )
            )

    def items(self) -> list[tuple[str, Any]]:
        """All keys (long ones by their hash) with their values, oldest first, as they are at this moment."""
        rows = self._storage.do(
            "SELECT key, value FROM kept WHERE owner = ? AND shelf = ? ORDER BY place", *self._place
        )
        return [(key, _unpickled(value)) for key, value in rows]

    def _prune(self) -> None:
        self._storage.do(
            "DELETE FROM kept WHERE owner = ?1 AND shelf = ?2 AND place <= (SELECT place FROM kept"
            " WHERE owner = ?1 AND shelf = ?2 ORDER BY place DESC LIMIT 1 OFFSET ?3)",
            *self._place,
            self._most,
        )


class SqliteLog:
    """A log as rows."""

    def __init__(self, storage: Sqlite, owner: str, name: str, limits: Limits) -> None:
        self._storage = storage
        self._place = (owner, name)
        self._limits = limits

    def append(self, make: Callable[[int], T]) -> T:
        """Append what `make` makes of its number; nobody else appends meanwhile."""
        with self._storage.atomic():
            newest, before = self._end()
            number = newest + 1
            value = make(number)
            total = before + self._limits.weigh(value)
            pickled = pickle.dumps(value)
            self._storage.do(
                "INSERT INTO logged VALUES (?, ?, ?, ?, ?)", *self._place, number, total, pickled
            )
            if number % PRUNED_EVERY == 0:
                self._prune(number, total - self._limits.heaviest)
        return value

    def after(self, number: int) -> list[Any]:
        """The values that are still kept with a higher number, oldest first."""
        rows = self._storage.do(
            "SELECT value FROM logged WHERE owner = ? AND log = ? AND number > ? ORDER BY number",
            *self._place,
            number,
        )
        return [_unpickled(row[0]) for row in rows]

    @property
    def last(self) -> int:
        """The number of the newest value, 0 before the first."""
        return self._end()[0]

    def _end(self) -> tuple[int, int]:
        """The newest value's number, and what all values weigh that ever came."""
        rows = self._storage.do(
            "SELECT number, total FROM logged WHERE owner = ? AND log = ? ORDER BY number DESC LIMIT 1",
            *self._place,
        )
        return rows[0] if rows else (0, 0)

    def _prune(self, last: int, too_heavy: int) -> None:
        gone = last - self._limits.most
        if too_heavy > 0:
            rows = self._storage.do(
                "SELECT min(number) FROM logged WHERE owner = ? AND log = ? AND total >= ?",
                *self._place,
                too_heavy,
            )
            gone = max(gone, rows[0][0])
        gone = min(gone, last - 1)  # the newest tells the next number
        self._storage.do("DELETE FROM logged WHERE owner = ? AND log = ? AND number <= ?", *self._place, gone)


def _short(key: str) -> str:
    """Tokens are long, and each would fill a quarter of a page in the index."""
    return key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def _first(rows: list[Any]) -> Any:  # noqa: ANN401 - as it was put
    return _unpickled(rows[0][0]) if rows else None


def _unpickled(value: bytes) -> Any:  # noqa: ANN401 - as it was put
    return pickle.loads(value)  # noqa: S301 - written by a process of this server, see above
