"""The listeners: two sockets in one process, started together and stopped together."""

import threading

from cheroot.wsgi import Server
from flask import Flask

_THREADS = 10
_STOP_CHECK_SECONDS = 0.1  # how often a listener looks whether it is to stop


class PortError(Exception):
    """A socket cannot be opened; the message says which and what to do."""


class Listener:
    """One HTTP server. It binds at once, so that port 0 is known before the app is built."""

    def __init__(self, host: str, port: int) -> None:
        """Bind the address; raises PortError."""
        self._server = Server(
            (host, port), _not_ready, numthreads=_THREADS, request_queue_size=64, shutdown_timeout=1
        )
        self._server.expiration_interval = _STOP_CHECK_SECONDS
        try:
            self._server.prepare()
        except OSError as error:
            raise PortError(
                f"Cannot listen on {host} port {port}: {str(error).rstrip('.')}. "
                "Choose another port, or 0 for a free one."
            ) from error
        self.port: int = self._server.bind_addr[1]
        self._thread = threading.Thread(target=self._server.serve, name=f"port-{self.port}", daemon=True)

    def start(self, app: Flask) -> None:
        """Answer requests with the app, in threads of its own."""
        self._server.wsgi_app = app
        self._thread.start()

    def stop(self) -> None:
        """Finish the requests under way and close the socket."""
        self._server.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=2)


def _not_ready(_environ: object, start_response: object) -> list[bytes]:
    raise RuntimeError("the listener answers only after start()")
