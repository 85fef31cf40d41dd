"""Opening the database and its transactions. What is read and written lives in the repositories."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from platform_stub.store.accounts import Accounts
from platform_stub.store.audit import AuditTrail
from platform_stub.store.clients import Clients
from platform_stub.store.configurations import Configurations
from platform_stub.store.logins import Logins, Replays
from platform_stub.store.models import Base
from platform_stub.store.sessions import Sessions


class StoreError(Exception):
    """The database cannot be opened; the message is a sentence for a person."""


class Transaction:
    """The repositories, all working in one database transaction."""

    def __init__(self, db: Connection) -> None:
        self.clients = Clients(db)
        self.accounts = Accounts(db)
        self.configurations = Configurations(db)
        self.logins = Logins(db)
        self.replays = Replays(db)
        self.sessions = Sessions(db)
        self.audit = AuditTrail(db)


class Store:
    """The platform's memory. ``read()`` and ``write()`` open one transaction each; they do not nest."""

    def __init__(self, url: str | None = None) -> None:
        """Open the database and create missing tables.

        ``url`` is an SQLAlchemy URL; None takes a private SQLite file that ``close`` removes.
        Raises StoreError when the URL is unusable.
        """
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        if url is None:
            self._directory = tempfile.TemporaryDirectory(prefix="platform-stub-")
            url = f"sqlite:///{Path(self._directory.name) / 'platform.sqlite3'}"
        try:
            self._engine = create_engine(url)
            if self._engine.dialect.name == "sqlite":
                _prepare_sqlite(self._engine, durable=self._directory is None)
            Base.metadata.create_all(self._engine)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, DatabaseError) as error:
            raise StoreError(
                f"The database {url!r} cannot be opened: {str(error).splitlines()[0]}. "
                "Expected an SQLAlchemy URL such as sqlite:///platform.sqlite3."
            ) from error
        self._writer = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        self._write_lock = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a transaction that only reads."""
        with self._engine.connect() as db:
            yield Transaction(db)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Open a transaction that is committed at the end, or undone when an exception leaves it.

        Writers queue here rather than in SQLite, whose waiting is a sleep that grows.
        """
        with self._write_lock, self._writer.begin() as db:
            yield Transaction(db)

    def close(self) -> None:
        """Close every connection and remove the private database file."""
        self._engine.dispose()
        if self._directory is not None:
            self._directory.cleanup()


def _prepare_sqlite(engine: Engine, *, durable: bool) -> None:
    """Make SQLite begin transactions when told to, let readers pass a writer, and keep foreign keys."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy hands the driver's own object
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA synchronous={'NORMAL' if durable else 'OFF'}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA busy_timeout=10000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # By the driver itself: a statement through SQLAlchemy costs ten times what SQLite does for this one.
        driver: Any = connection.connection.dbapi_connection
        driver.execute(connection.get_execution_options().get("begin", "BEGIN"))
