"""HTTP listeners on cheroot: one for the IdP's own URLs, one for the control API. Both know nothing of what
they serve."""

from __future__ import annotations

import threading

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter
from flask import Flask

from mock_idp.tls import TlsFiles

THREADS = 10
STOP_CHECK_SECONDS = 0.1  # how often a listener looks whether it is to stop
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - how such an address is shown, not a bind


class ListenError(Exception):
    """The address cannot be listened on; the message says which and why."""


class Listener:
    """A bound socket with its server. It binds first, because the application wants to know its own URL.

    Raises ListenError."""

    def __init__(self, host: str, port: int, *, tls: TlsFiles | None = None) -> None:
        self._server = wsgi.Server(
            (host, port), None, numthreads=THREADS, request_queue_size=128, shutdown_timeout=1
        )
        self._server.expiration_interval = STOP_CHECK_SECONDS
        if tls is not None:
            self._server.ssl_adapter = BuiltinSSLAdapter(str(tls.certificate), str(tls.private_key))
        try:
            self._server.prepare()
        except OSError as error:
            raise ListenError(
                f"Cannot listen on {host} port {port} because {_reason(error)}; "
                "choose another, or 0 for a free one."
            ) from error
        self.port: int = self._server.bind_addr[1]
        shown = ANY_ADDRESS.get(host, host)
        bracketed = f"[{shown}]" if ":" in shown else shown
        self.url = f"{'https' if tls else 'http'}://{bracketed}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve, name=f"listener-{self.port}", daemon=True)

    def start(self, app: Flask) -> None:
        """Serve `app` in a thread of its own."""
        self._server.wsgi_app = app
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close the socket."""
        self._server.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=5)


def _reason(error: OSError) -> str:
    return "the port is taken" if "in use" in str(error) else f"the system says: {error}"
