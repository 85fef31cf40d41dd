"""Start the mock IdP and, for the stub, the platform as child processes; stop them in every case."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from conformance.tls_files import make_tls_files

_START_LIMIT_SECONDS = 20.0
_STOP_LIMIT_SECONDS = 5.0
_POLL_SECONDS = 0.01

LAUNCHABLE = {"platform_stub": ("--password-cost", "4", "--test-clock", "--patience", "2")}
"""Programs that a target file may name under `launch`, with the options for a quick throw-away process."""


@dataclass(frozen=True, slots=True)
class IdpOptions:
    """How the mock IdP of a run listens.

    With a port and a folder that stay, a platform can know and trust the IdP before the run.
    """

    tls: bool = False
    port: int = 0
    """0 is a free one."""
    ca_dir: str = ""
    """Where certificate and authority are kept; empty makes them for the run alone."""

    def words(self) -> list[str]:
        """Return the options of `mock_idp serve`."""
        kept = ["--tls-dir", self.ca_dir] if self.ca_dir else []
        return ["--port", str(self.port), "--control-port", "0", *(["--tls"] if self.tls else []), *kept]


class LaunchError(Exception):
    """A server did not start; the message repeats what it said."""


class Server:
    """One server as a child process, spawned at once; `wait` returns what it wrote to its ready file."""

    def __init__(
        self, module: str, options: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self._module = module
        self._folder = tempfile.TemporaryDirectory(prefix="sso-conformance-")
        self._log = Path(self._folder.name) / "log"
        self._ready_file = Path(self._folder.name) / "ready.json"
        command = [sys.executable, "-m", module, "serve", *options]
        command += ["--ready-file", str(self._ready_file), "--exit-with-parent", "--quiet"]
        with self._log.open("wb") as log:
            # its own session: a Ctrl-C at the terminal reaches the suite alone, which then stops its servers
            self._process = subprocess.Popen(  # noqa: S603  (our own modules, arguments as a list)
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **(environment or {})},
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

    With `idp` given, that one is used and none is started; else `options` say how it listens. The platform is
    started with `words` too.
    """

    def __init__(
        self,
        launch: str,
        weaknesses: Sequence[str] = (),
        *,
        idp: Mapping[str, str] | None = None,
        options: IdpOptions | None = None,
        words: Sequence[str] = (),
    ) -> None:
        planted = [word for weakness in weaknesses for word in ("--weakness", weakness)]
        self._words = [*planted, *words]
        self._stack = ExitStack()
        self._spawned: list[Server] = []
        self.idp: Mapping[str, str] = idp or {}
        self.variables: Mapping[str, str] = {}
        self._tls_dir = ""
        try:
            self._start(launch, options or IdpOptions())
        except BaseException:
            self._stack.close()
            raise

    def _spawn(
        self, module: str, options: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> Server:
        server = Server(module, options, environment)
        self._stack.callback(server.stop)
        self._spawned.append(server)
        return server

    def _start(self, launch: str, options: IdpOptions) -> None:
        # both are spawned before either is waited for: their import times overlap; but a platform that is to
        # trust the IdP's authority finds its file there when it starts
        idp = None if self.idp else self._spawn("mock_idp", options.words())
        if idp is not None and (options.tls or options.ca_dir):
            self.idp = idp.wait()
        platform = self._spawn_platform(launch) if launch else None
        if idp is not None:
            self.idp = idp.wait()
        self.variables = {"idp_url": self.idp.get("base_url", ""), "idp_ca_file": self.idp.get("ca_file", "")}
        if platform is not None:
            told = platform.wait()
            self.variables = {
                **self.variables,
                "tls_dir": self._tls_dir,
                "platform_url": told["base_url"],
                "care_url": told["care_url"],
                "operator_token": told["operator_token"],
            }

    def _spawn_platform(self, launch: str) -> Server:
        """Start the platform; it trusts the authority of this run, and the IdP's where that has one."""
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="sso-conformance-tls-"))
        self._tls_dir = folder
        authority = make_tls_files(Path(folder))
        if "ca_file" in self.idp:
            both = authority.read_bytes() + Path(self.idp["ca_file"]).read_bytes()
            authority.write_bytes(both)
        trusted = {"SSL_CERT_FILE": str(authority)}
        options = ["--port", "0", "--care-port", "0", *LAUNCHABLE[launch], *self._words]
        return self._spawn(launch, options, trusted)

    def stop(self) -> None:
        """Stop every server, all at once. Safe to call twice."""
        for server in self._spawned:
            server.ask_to_stop()
        self._stack.close()
