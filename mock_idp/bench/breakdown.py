"""What the CPU time of a login is spent on: the logins of the benchmark, without sockets, part by part.

Each part is what its functions take themselves, without the parts that they call. The clocks cost something
too, so that a sum here is a little more than a login costs without them.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any
from unittest.mock import patch

from flask import Flask

from mock_idp import lean
from mock_idp.app import MockIdp, create_app
from mock_idp.bench.logins import Scene
from mock_idp.journal import Journal
from mock_idp.keys import SigningKey
from mock_idp.lean import LeanFlask
from mock_idp.oidc import exchange, jws
from mock_idp.saml import issuing, sso
from mock_idp.serving.protocol import Connection, base_environ, receiving_buffer
from mock_idp.settings import Settings

LOGINS = 300
"""So many logins are measured after as many for warming up."""
PARTS: Sequence[tuple[str, Sequence[tuple[Any, str]]]] = (
    ("RSA", [(SigningKey, "sign")]),
    ("HTTP", [(Connection, "data_received")]),
    ("Flask", [(LeanFlask, "wsgi_app")]),
    ("views", [(LeanFlask, "dispatch_request")]),
    ("fields", [(lean, "fields_of")]),
    ("JSON", [(jws, "part"), (exchange.Exchange, "json")]),
    ("XML in", [(sso, "receive")]),
    ("XML out", [(issuing, "written")]),
    ("journal", [(Journal, "record")]),
)
"""The parts, and the functions in which their time begins."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Microseconds of CPU time that one login takes, by part."""

    title: str
    parts: dict[str, float]
    reached = True

    def __str__(self) -> str:
        """Read as one line of the printed table, the largest part first."""
        total = sum(self.parts.values())
        shares = sorted(self.parts.items(), key=lambda part: -part[1])
        told = ", ".join(f"{name} {spent:.0f}" for name, spent in shares if spent >= total / 200)
        return f"     {self.title:<44} {total:9.0f} us of CPU: {told}"


def breakdowns(logins: Sequence[tuple[str, Callable[[Scene], None]]]) -> Iterator[Breakdown]:
    """Where the time of each of these logins goes. Raises BenchError."""
    idp = MockIdp(Settings(token=secrets.token_hex(), port=0, control_port=0))
    try:
        idp.start()
        scene = Scene(idp.base_url, idp.control_url, idp.settings.token)
        direct = scene.beside(_Direct(create_app(idp.store)))
        for title, login in logins:
            for _ in range(LOGINS):
                login(direct)
            with _measured() as clock:
                for _ in range(LOGINS):
                    login(direct)
            yield Breakdown(title, {part: spent * 1e6 / LOGINS for part, spent in clock.spent.items()})
        scene.wire.close()
    finally:
        idp.stop()


class _Clock:
    """CPU time of this thread by part; inside a part that another one calls, only the inner one counts."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._running: list[str] = []
        self._since = 0.0

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, whose time counts for the part."""

        @wraps(function)
        def measured(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the function takes
            self._note()
            self._running.append(part)
            try:
                return function(*args, **kwargs)
            finally:
                self._note()
                self._running.pop()

        return measured

    def _note(self) -> None:
        now = time.thread_time()
        if self._running:
            part = self._running[-1]
            self.spent[part] = self.spent.get(part, 0.0) + now - self._since
        self._since = now


@contextmanager
def _measured() -> Iterator[_Clock]:
    """A clock that runs in every part while the context lasts."""
    clock = _Clock()
    with ExitStack() as stack:
        for part, places in PARTS:
            for owner, name in places:
                stack.enter_context(patch.object(owner, name, clock.timed(part, getattr(owner, name))))
        yield clock


class _Direct(asyncio.Transport):
    """A connection of the server without a socket: what is sent is answered at once. Implements `Stream`."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._sent = b""
        base = base_environ("127.0.0.1", 80, encrypted=False)
        self._connection = Connection(app, base, set(), receiving_buffer())
        self._connection.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep what the server answers."""
        self._sent += data

    def sendall(self, data: bytes, /) -> None:
        """Let the server have it."""
        self._connection.data_received(data)

    def recv(self, most: int, /) -> bytes:
        """What the server has answered since."""
        found, self._sent = self._sent[:most], self._sent[most:]
        return found
