"""The databases that the platform's tests run on: SQLite always, PostgreSQL where there is one.

PostgreSQL is the server that PLATFORM_TEST_POSTGRES names (an SQLAlchemy URL), else a container where Docker
runs. Every test gets a schema of its own.
"""

from __future__ import annotations

import functools
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

VARIABLE = "PLATFORM_TEST_POSTGRES"
_DOCKER = Path("/var/run/docker.sock")


@functools.cache
def _docker_runs() -> bool:
    with socket.socket(socket.AF_UNIX) as asked:
        asked.settimeout(1)
        return asked.connect_ex(str(_DOCKER)) == 0


@functools.cache
def _server() -> tuple[str, str]:
    """Return the server's URL, or "" and why there is none; a container ends with this process."""
    given = os.environ.get(VARIABLE)
    if given:
        return given, ""
    if not _docker_runs():
        return "", f"no PostgreSQL: Docker does not run here and {VARIABLE} names no server"
    from docker.errors import DockerException  # type: ignore[import-untyped]  # docker brings no types
    from testcontainers.community.postgres import PostgresContainer

    container = PostgresContainer("postgres:17-alpine", driver="psycopg")
    try:
        container.start()  # testcontainers sees to it that it ends
    except DockerException as error:
        return "", f"no PostgreSQL: Docker runs here, but its container does not start: {error}"
    return str(container.get_connection_url()), ""


@contextmanager
def url_of(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database of this kind; it is removed afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / f'{secrets.token_hex(4)}.sqlite3'}"
        return
    schema = f"test_{secrets.token_hex(8)}"
    server = make_url(_server()[0])
    admin = create_engine(server)
    with admin.begin() as db:
        db.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        named = server.update_query_dict({"options": f"-csearch_path={schema}"})
        yield named.render_as_string(hide_password=False)
    finally:
        with admin.begin() as db:
            db.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        admin.dispose()


def why_no_postgresql() -> str:
    """Return why PostgreSQL cannot be tested on here, "" when it can."""
    return _server()[1]


@pytest.fixture(params=["sqlite", "postgresql"])
def on_both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of each kind. A module's tests run on both with `database = on_both`."""
    if request.param == "postgresql" and why_no_postgresql():
        pytest.skip(why_no_postgresql())
    with url_of(request.param, tmp_path) as url:
        yield url
