"""Opening a database: what SQLite and PostgreSQL are told first, and whether its tables are this program's.

On both databases one transaction writes at a time, and one that reads sees a single state: what callers check
before they write (a free login, the current revision, a message seen for the first time) then holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from platform_stub.store.models import Base

_WRITER: Final = 0x5353_4F50
"""The number of PostgreSQL's advisory lock that the writing transaction holds, in every process alike."""
_CONNECTIONS: Final = 25  # more than the threads of both planes


class StoreError(Exception):
    """The database cannot be opened; the message is a sentence for a person."""


def without_password(url: str) -> str:
    """Return a database's URL as it may be shown; text that is no URL stays as it is."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return url


def open_engine(url: str, *, durable: bool) -> Engine:
    """Open the database and create missing tables.

    Raises StoreError when the URL is unusable, or when the tables there are another version's.
    """
    try:
        parsed = make_url(url)
        engine = _engine(parsed, durable=durable)
        there = _tables_there(engine)
        _require_own_columns(there, engine, parsed)
        if not Base.metadata.tables.keys() <= there.keys():
            Base.metadata.create_all(engine.execution_options(writes=True))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, DBAPIError) as error:
        raise StoreError(
            f"The database {without_password(url)!r} cannot be opened: {str(error).splitlines()[0]}. "
            "Expected an SQLAlchemy URL such as sqlite:///platform.sqlite3 or postgresql+psycopg://user@host/name."
        ) from error
    return engine


def _engine(url: URL, *, durable: bool) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url)
        _prepare_sqlite(engine, durable=durable)
        return engine
    if url.get_backend_name() != "postgresql":
        raise NoSuchModuleError(f"{url.get_backend_name()} is neither SQLite nor PostgreSQL")
    engine = create_engine(url, pool_size=_CONNECTIONS, pool_pre_ping=True)
    _prepare_postgresql(engine)
    return engine


def _tables_there(engine: Engine) -> dict[str, set[str]]:
    """Return the columns of every table of the database, in few questions: each opening waits for them."""
    found = inspect(engine).get_multi_columns()
    return {name: {column["name"] for column in columns} for (_, name), columns in found.items()}


def _require_own_columns(there: Mapping[str, set[str]], engine: Engine, url: URL) -> None:
    """Refuse the tables of an older or newer version; there are no migrations. Raises StoreError."""
    for table in Base.metadata.sorted_tables:
        if table.name not in there:
            continue
        columns = there[table.name]
        missing, unknown = sorted(set(table.c.keys()) - columns), sorted(columns - set(table.c.keys()))
        if missing or unknown:
            engine.dispose()
            what = f"has no column {', '.join(missing)}" if missing else f"has a column {', '.join(unknown)}"
            raise StoreError(
                f"The database {url.render_as_string(hide_password=True)!r} was made by another version of "
                f"this program (its table {table.name} {what}) and cannot be used by this one; "
                "name a new database, or serve this one with the version that made it."
            )


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
        driver.execute("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


def _prepare_postgresql(engine: Engine) -> None:
    """Let one transaction write at a time, as SQLite does by itself, and readers see one state."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy hands the driver's own object
        connection.execute("SET TIME ZONE 'UTC'")
        connection.commit()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        if connection.get_execution_options().get("writes"):
            driver.execute(f"SELECT pg_advisory_xact_lock({_WRITER})")  # waits for its turn
        else:
            driver.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
