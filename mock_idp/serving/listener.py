"""A bound address and the event loop that serves it, in a thread or in a forked process."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

from mock_idp.serving.protocol import Connection, base_environ, receiving_buffer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication  # exists for type checkers only

    from mock_idp.tls import TlsFiles

BACKLOG = 128
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - how such an address is shown, not a bind


class ListenError(Exception):
    """The address cannot be listened on; the message says which and why."""


class Listener:
    """A bound socket. It binds first, because the application wants to know its own URL.

    Raises ListenError."""

    def __init__(self, host: str, port: int, *, tls: TlsFiles | None = None) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, port), family=family, backlog=BACKLOG)
        except OSError as error:
            raise ListenError(
                f"Cannot listen on {host} port {port} because {_reason(error)}; "
                "choose another, or 0 for a free one."
            ) from error
        self._tls = tls
        self.port: int = self._socket.getsockname()[1]
        self._host = ANY_ADDRESS.get(host, host)
        bracketed = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"{'https' if tls else 'http'}://{bracketed}:{self.port}"
        asked, ask = os.pipe()  # its end is the sign to stop, in threads and processes alike
        self._asked, self._ask = os.fdopen(asked, "rb", buffering=0), os.fdopen(ask, "wb", buffering=0)
        self._thread: threading.Thread | None = None
        self._accepted_at_once = BACKLOG

    def start(self, app: WSGIApplication) -> None:
        """Serve `app` in a thread of its own."""
        self._thread = threading.Thread(
            target=self._serve, args=(app,), name=f"listener-{self.port}", daemon=True
        )
        self._thread.start()

    def serve_in_child(self, app: WSGIApplication) -> None:
        """Serve `app` in this forked process until the owner of the listener stops or ends."""
        self._ask.close()
        self._accepted_at_once = 1  # who is idle gets the next connection, nobody all that wait
        self._serve(app)

    def leave_to_parent(self) -> None:
        """Close what this forked process has of a listener that it does not serve."""
        self._ask.close()
        self._asked.close()
        self._socket.close()

    def stop(self) -> None:
        """Stop serving, here and in forked processes, and close the socket."""
        self._ask.close()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._asked.close()
        self._socket.close()

    def _serve(self, app: WSGIApplication) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._until_stop(app))

    async def _until_stop(self, app: WSGIApplication) -> None:
        loop, stop, open_ = asyncio.get_running_loop(), asyncio.Event(), set[asyncio.Transport]()
        loop.add_reader(self._asked, stop.set)
        base: dict[str, Any] = base_environ(self._host, self.port, encrypted=self._tls is not None)
        buffer = receiving_buffer()
        server = await loop.create_server(
            lambda: Connection(app, base, open_, buffer),
            sock=self._socket,
            backlog=self._accepted_at_once,  # asyncio accepts so many in a row
            ssl=self._context(),
        )
        self._socket.listen(BACKLOG)  # so many may wait, however many are accepted in a row
        await stop.wait()
        loop.remove_reader(self._asked)
        loop.remove_reader(self._socket)  # first: a closed server cannot take what is accepted already
        await _passes()
        server.close()
        for transport in list(open_):
            transport.close()
        await _passes()
        for transport in list(open_):  # who does not take an answer
            transport.abort()
        await _passes()

    def _context(self) -> ssl.SSLContext | None:
        if self._tls is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._tls.certificate, self._tls.private_key)
        return context


def _reason(error: OSError) -> str:
    return "the port is taken" if "in use" in str(error) else f"the system says: {error}"


async def _passes() -> None:
    """Let the loop do what is due: make the connections just accepted, close those just ended."""
    for _ in range(4):  # from an accepted socket to `connection_made` it takes three
        await asyncio.sleep(0)
