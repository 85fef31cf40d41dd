"""A tiny web server for tests of the user agents: a table of paths, each with a canned or computed answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """What the server got."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """What the server answers. `raw` replaces the whole answer; `hang` keeps the connection silent."""

    body: str | bytes = ""
    status: int = 200
    headers: Sequence[tuple[str, str]] = ()
    content_type: str = "text/html; charset=utf-8"
    raw: bytes | None = None
    hang: bool = False
    drip: bool = False
    """Send `raw` one byte at a time, a few in a second, until whoever reads has had enough."""


Route = Reply | Callable[[Request], Reply]


def redirect(location: str, *cookies: str, status: int = 302) -> Reply:
    return Reply(status=status, headers=[("Location", location), *(("Set-Cookie", c) for c in cookies)])


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: browsers drop connections as they please."""


@dataclass
class TinySite:
    """Listens on 127.0.0.1; `here` and `there` are the same server as two different sites for a browser."""

    routes: dict[str, Route] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def here(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def there(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - a class in a closure, branch by branch
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def log_message(self, *_: object) -> None:
                pass

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                parts = urlsplit(self.path)
                request = Request(
                    self.command,
                    parts.path,
                    dict(parse_qsl(parts.query, keep_blank_values=True)),
                    dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True)),
                    {name.lower(): value for name, value in self.headers.items()},
                    body,
                )
                site.requests.append(request)
                route = site.routes.get(parts.path, Reply("no such page", 404))
                self._send(route if isinstance(route, Reply) else route(request))

            do_GET = do_POST = _answer  # noqa: N815 - the names that http.server calls

            def _drip(self, message: bytes) -> None:
                self.close_connection = True
                for byte in message:
                    if site._released.wait(0.1):
                        break
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()

            def _send(self, reply: Reply) -> None:
                if reply.hang:
                    site._released.wait()
                if reply.drip:
                    self._drip(reply.raw or b"")
                    return
                if reply.hang or reply.raw is not None:
                    self.close_connection = True
                    self.wfile.write(reply.raw or b"")
                    return
                body = reply.body.encode() if isinstance(reply.body, str) else reply.body
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                if reply.status != 204:
                    self.send_header("Content-Type", reply.content_type)
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body if reply.status != 204 else b"")

        return Handler
