"""An https address in front of an endpoint of the IdP, with whatever certificate; loopback only."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from pathlib import Path
from urllib.parse import urlsplit

_WAIT_SECONDS = 10.0
_CHUNK = 65_536


class TlsRelay:
    """Takes connections with the certificate of a PEM file, and passes on what they say to `endpoint`."""

    def __init__(self, endpoint: str, certificate: Path) -> None:
        self._parts = urlsplit(endpoint)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="tls-relay", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The endpoint's address as it is to be saved."""
        return self._parts._replace(
            scheme="https", netloc=f"localhost:{self._listener.getsockname()[1]}"
        ).geturl()

    def close(self) -> None:
        """Take no more connections; those under way end by themselves."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._listener.close()
        self._thread.join(_WAIT_SECONDS)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._relay, args=(connection,), daemon=True).start()

    def _relay(self, connection: socket.socket) -> None:
        connection.settimeout(_WAIT_SECONDS)
        with (
            connection,
            contextlib.suppress(OSError),  # a caller that does not trust us ends the handshake
            self._context.wrap_socket(connection, server_side=True) as inside,
            self._idp() as outside,
        ):
            back = threading.Thread(target=_pump, args=(outside, inside), daemon=True)
            back.start()
            _pump(inside, outside)
            back.join(_WAIT_SECONDS)

    def _idp(self) -> socket.socket:
        address = (self._parts.hostname or "", self._parts.port or 443)
        plain = socket.create_connection(address, timeout=_WAIT_SECONDS)
        if self._parts.scheme == "http":
            return plain
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the suite's own IdP on loopback
        return context.wrap_socket(plain)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Pass on until one side ends, and then end the other."""
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
