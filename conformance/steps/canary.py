"""A loopback listener that a platform must never be made to ask: proof of forged requests (SSRF) and XXE.

A fault's parameters name it: `{canary}` is an address of it, `{canary_file}` a file whose content nobody may
see, `{canary_file.alice}` one that holds her e-mail. A case whose fault or steps name one gets the check that
nobody asked, nobody showed the secret, and nobody opened a file, as far as this computer's file system keeps
the time of the last reading.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import tempfile
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from conformance.judge import judge_state
from conformance.model import Case, Check, Step

_TITLE = "canary silent"
_SILENT = "nobody asked the canary, and nobody read or showed its file"
_CANARY = "{canary"
_FILES = re.compile(r"\{canary_file(?:\.([\w-]+))?\}")
_NEVER_READ = 1  # nanoseconds since 1970: before any writing, so that `relatime` notes the first reading


class Canary:
    """One canary for all cases of a worker; it listens from the first case that names it to `close`."""

    def __init__(self) -> None:
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._case = ""
        self._named = False
        self._wanted: set[str] = set()
        self._files: dict[str, Path] = {}
        self._secret = ""
        self._heard: list[tuple[str, str]] = []
        self._answers: dict[str, tuple[str, bytes]] = {}

    def next_case(self, case: Case) -> None:
        """Give the case that begins now an address and a secret of its own: late callers are told apart."""
        text = _text(case)
        self._named = _CANARY in text
        self._wanted, self._files = set(_FILES.findall(text)), {}
        self._case, self._secret = secrets.token_hex(8), f"canary-{secrets.token_hex(8)}"

    @property
    def url(self) -> str:
        """The address of this case; what stands behind it in a path belongs to the case too."""
        if self._server is None:
            self._start()
        assert self._server is not None  # it was started just now
        return f"http://127.0.0.1:{self._server.server_port}/{self._case}"

    def names(self, emails: Mapping[str, str]) -> dict[str, str]:
        """What `{canary}`, `{canary_file}` and `{canary_file.PERSON}` stand for, where the case names them.

        `emails` are those of people by name."""
        if not self._named:
            return {}
        for person in self._wanted - set(self._files):
            self._files[person] = self._write(emails.get(person, "") if person else self._secret)
        files = {f"canary_file.{person}".rstrip("."): str(path) for person, path in self._files.items()}
        return {"canary": self.url, **files}

    def _write(self, content: str) -> Path:
        """A new file that nobody has read since it was written, where the file system can tell."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="sso-canary-")
        path = Path(self._folder.name) / f"{secrets.token_hex(8)}.txt"
        path.write_text(content, encoding="utf-8")
        os.utime(path, ns=(_NEVER_READ, path.stat().st_mtime_ns))
        return path

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
        told += [f"its file {path.name} was opened" for path in self._files.values() if _was_read(path)]
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
    return _CANARY in _text(case)


def _text(case: Case) -> str:
    """All words of the case's fault and steps."""
    params: Mapping[str, object] = case.fault.params if case.fault else {}
    return json.dumps(params, default=str) + "".join(_written((*case.given, *case.steps)))


def _was_read(path: Path) -> bool:
    """Whether somebody has read the file; never where times of reading are not kept (`noatime`)."""
    return path.stat().st_atime_ns != _NEVER_READ


def _written(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        yield str(step.args)
