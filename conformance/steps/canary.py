"""A loopback listener that a platform must never be made to ask: proof of forged requests (SSRF) and XXE.

A fault's parameters name it: `{canary}` is an address of it, `{canary_file}` a file whose content nobody may
see. A case whose fault or steps name either gets the check that both stayed silent.
"""

from __future__ import annotations

import json
import secrets
import tempfile
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from conformance.judge import judge_state
from conformance.model import Case, Check, Step

_TITLE = "canary silent"
_SILENT = "nobody asked the canary, and nobody showed its file"


class Canary:
    """One canary for all cases of a worker; it listens from the first case that names it to `close`."""

    def __init__(self) -> None:
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._case = ""
        self._named = False
        self._secret = ""
        self._heard: list[tuple[str, str]] = []
        self._answers: dict[str, tuple[str, bytes]] = {}

    def next_case(self, case: Case) -> None:
        """Give the case that begins now an address and a secret of its own: late callers are told apart."""
        self._named = names_canary(case)
        self._case, self._secret = secrets.token_hex(8), f"canary-{secrets.token_hex(8)}"

    @property
    def url(self) -> str:
        """The address of this case; what stands behind it in a path belongs to the case too."""
        if self._server is None:
            self._start()
        assert self._server is not None  # it was started just now
        return f"http://127.0.0.1:{self._server.server_port}/{self._case}"

    @property
    def file(self) -> str:
        """The path of a file that holds this case's secret."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="sso-canary-")
        path = Path(self._folder.name) / "secret.txt"
        path.write_text(self._secret, encoding="utf-8")
        return str(path)

    def names(self) -> dict[str, str]:
        """What `{canary}` and `{canary_file}` stand for; nothing in a case that names neither."""
        return {"canary": self.url, "canary_file": self.file} if self._named else {}

    def answer(self, content: bytes, content_type: str = "application/json") -> None:
        """Answer this case's requests with `content` from now on; without it they get an empty text."""
        self._answers[self._case] = content_type, content

    def heard(self) -> tuple[str, ...]:
        """Return the requests of this case so far, as `GET /path`."""
        return tuple(request for case, request in self._heard if case == self._case)

    def check(self, case: Case, shown: str) -> Iterator[Check]:
        """Yield the check of a case that names the canary; `shown` is the page that its login ended with."""
        if not names_canary(case):
            return
        told = [f"it was asked: {request}" for request in self.heard()]
        told += ["the page shows what is in its file"] if self._secret in shown else []
        yield judge_state(
            _TITLE,
            _SILENT,
            "; ".join(told) or _SILENT,
            case.level,
            note="the platform read what a stranger's message pointed to" if told else "",
        )

    def close(self) -> None:
        """End the listener and remove the file."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
        if self._folder is not None:
            self._folder.cleanup()

    def _start(self) -> None:
        canary = self

        class Handler(BaseHTTPRequestHandler):
            """Notes who asks, and answers harmlessly."""

            def do_GET(self) -> None:
                canary._note(self)

            do_HEAD = do_POST = do_GET  # noqa: N815 - names of the base class

            def log_message(self, *_: object) -> None:
                """Say nothing on the console."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def _note(self, request: BaseHTTPRequestHandler) -> None:
        case = request.path.split("/")[1] if "/" in request.path else ""
        self._heard.append((case, f"{request.command} {request.path}"))
        content_type, content = self._answers.get(case, ("text/plain", b""))
        request.send_response(200)
        request.send_header("Content-Type", content_type)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(content)


def names_canary(case: Case) -> bool:
    """Whether the case's fault, its state or one of its steps names the canary."""
    params: Mapping[str, object] = case.fault.params if case.fault else {}
    return "{canary" in json.dumps(params, default=str) + "".join(_written((*case.given, *case.steps)))


def _written(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        yield str(step.args)
