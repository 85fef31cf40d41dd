"""Start the mock IdP and, for the stub, the platform as child processes; stop them in every case."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

_START_LIMIT_SECONDS = 20.0
_STOP_LIMIT_SECONDS = 5.0
_POLL_SECONDS = 0.01

LAUNCHABLE = {"platform_stub": ("--password-cost", "4", "--test-clock")}
"""Programs that a target file may name under `launch`, with the options for a quick throw-away process."""


class LaunchError(Exception):
    """A server did not start; the message repeats what it said."""


class Server:
    """One server as a child process, spawned at once; `wait` returns what it wrote to its ready file."""

    def __init__(self, module: str, options: Sequence[str]) -> None:
        self._module = module
        self._folder = tempfile.TemporaryDirectory(prefix="sso-conformance-")
        self._log = Path(self._folder.name) / "log"
        self._ready_file = Path(self._folder.name) / "ready.json"
        command = [sys.executable, "-m", module, "serve", "--port", "0", *options]
        command += ["--ready-file", str(self._ready_file), "--exit-with-parent", "--quiet"]
        with self._log.open("wb") as log:
            # its own session: a Ctrl-C at the terminal reaches the suite alone, which then stops its servers
            self._process = subprocess.Popen(  # noqa: S603  (our own modules, arguments as a list)
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def wait(self) -> Mapping[str, str]:
        """Wait until the server listens. Raises LaunchError with what the server said."""
        deadline = time.monotonic() + _START_LIMIT_SECONDS
        while time.monotonic() < deadline:
            if self._ready_file.exists():
                told: Mapping[str, str] = json.loads(self._ready_file.read_text(encoding="utf-8"))
                return told
            if self._process.poll() is not None:
                raise LaunchError(f"`python -m {self._module} serve` ended at once: {self._said()}")
            time.sleep(_POLL_SECONDS)  # start-up only: waits for a file, proves nothing
        limit = f"{_START_LIMIT_SECONDS:.0f} s"
        raise LaunchError(f"`python -m {self._module} serve` was not ready after {limit}: {self._said()}")

    def _said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace").strip()[-2500:] or "it said nothing"

    def ask_to_stop(self) -> None:
        """Tell the process to end, without waiting for it."""
        if self._process.poll() is None:
            self._process.terminate()

    def stop(self) -> None:
        """End the process and remove its files. Safe to call twice."""
        self.ask_to_stop()
        if self._process.poll() is None:
            try:
                self._process.wait(_STOP_LIMIT_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(_STOP_LIMIT_SECONDS)
        self._folder.cleanup()


class Servers:
    """The servers of one run: `idp` is how to reach the mock IdP, `variables` what a target file can use.

    With `idp` given, that one is used and none is started.
    """

    def __init__(
        self, launch: str, weaknesses: Sequence[str] = (), *, idp: Mapping[str, str] | None = None
    ) -> None:
        self._stack = ExitStack()
        self._spawned: list[Server] = []
        self.idp: Mapping[str, str] = idp or {}
        self.variables: Mapping[str, str] = {}
        try:
            self._start(launch, weaknesses)
        except BaseException:
            self._stack.close()
            raise

    def _spawn(self, module: str, options: Sequence[str]) -> Server:
        server = Server(module, options)
        self._stack.callback(server.stop)
        self._spawned.append(server)
        return server

    def _start(self, launch: str, weaknesses: Sequence[str]) -> None:
        # both are spawned before either is waited for: their import times overlap
        idp = None if self.idp else self._spawn("mock_idp", ["--control-port", "0"])
        platform = None
        if launch:
            planted = [word for weakness in weaknesses for word in ("--weakness", weakness)]
            platform = self._spawn(launch, ["--care-port", "0", *LAUNCHABLE[launch], *planted])
        if idp is not None:
            self.idp = idp.wait()
        if platform is not None:
            told = platform.wait()
            self.variables = {
                "platform_url": told["base_url"],
                "care_url": told["care_url"],
                "operator_token": told["operator_token"],
            }

    def stop(self) -> None:
        """Stop every server, all at once. Safe to call twice."""
        for server in self._spawned:
            server.ask_to_stop()
        self._stack.close()
