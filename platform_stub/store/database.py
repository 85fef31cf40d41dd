"""Opening the database and its transactions. What is read and written lives in the repositories."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from platform_stub.store.accounts import Accounts
from platform_stub.store.audit import AuditTrail
from platform_stub.store.clients import Clients
from platform_stub.store.configurations import Configurations
from platform_stub.store.engines import open_engine
from platform_stub.store.logins import Logins, Replays
from platform_stub.store.logouts import Logouts
from platform_stub.store.safe_mode import RecoveryCodes, Trials
from platform_stub.store.sessions import Sessions


class Transaction:
    """The repositories, all working in one database transaction."""

    def __init__(self, db: Connection) -> None:
        self.clients = Clients(db)
        self.accounts = Accounts(db)
        self.configurations = Configurations(db)
        self.logins = Logins(db)
        self.replays = Replays(db)
        self.sessions = Sessions(db)
        self.logouts = Logouts(db)
        self.trials = Trials(db)
        self.recovery_codes = RecoveryCodes(db)
        self.audit = AuditTrail(db)


class Store:
    """The platform's memory. ``read()`` and ``write()`` open one transaction each; they do not nest."""

    def __init__(self, url: str | None = None) -> None:
        """Open the database and create missing tables.

        ``url`` is an SQLAlchemy URL of SQLite or PostgreSQL; None takes a private SQLite file that ``close``
        removes. Raises StoreError when it cannot be used.
        """
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        if url is None:
            self._directory = tempfile.TemporaryDirectory(prefix="platform-stub-")
            url = f"sqlite:///{Path(self._directory.name) / 'platform.sqlite3'}"
        self._engine = open_engine(url, durable=self._directory is None)
        self._writer = self._engine.execution_options(writes=True)
        self._write_lock = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a transaction that only reads."""
        with self._engine.connect() as db:
            yield Transaction(db)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open a transaction that is committed at the end, or undone when an exception leaves it.

        Writers of this process queue here rather than in SQLite, whose waiting is a sleep that grows.
        """
        with self._write_lock, self._writer.begin() as db:
            yield Transaction(db)

    def close(self) -> None:
        """Close every connection and remove the private database file."""
        self._engine.dispose()
        if self._directory is not None:
            self._directory.cleanup()
