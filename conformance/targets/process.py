"""A platform that is a login app of one process: a command starts it with the IdP's values, once an arena."""

from __future__ import annotations

import json
import os
import queue
import shlex
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from conformance.targets.declarative import DeclarativeSession, DeclarativeTarget
from conformance.targets.protocol import MissingCapabilityError, TargetError
from conformance.targets.schema import Process
from conformance.template import fill

_STOP_LIMIT_SECONDS = 5.0


class ProcessTarget(DeclarativeTarget):
    """A target file whose `arena` is `process`."""

    def ping(self) -> str:
        """Say what will be started; nothing runs yet."""
        return f"{self.title}, started for each arena"

    def open(self, label: str) -> ProcessSession:
        """Choose a port for a process of its own."""
        return ProcessSession(self, label)


class ProcessSession(DeclarativeSession):
    """One login app. It is started when the IdP's values are saved, and again when they are saved anew."""

    def __init__(self, target: DeclarativeTarget, label: str) -> None:
        assert target.spec.process is not None  # the schema has looked
        self._process: Process = target.spec.process
        self._running: subprocess.Popen[str] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="sso-conformance-app-")
        self._log = Path(self._folder.name) / "log"
        super().__init__(target, label)
        port = _free_port()
        self.variables["port"] = str(port)
        self.variables["base_url"] = str(fill(target.spec.base_url, self.variables))
        self.name = f"{label}-{port}"

    def configure_sso(self, protocol: str, values: Mapping[str, str]) -> None:
        """Start the app with the IdP's values. Raises MissingCapabilityError, TargetError."""
        arguments = self._process.arguments.get(protocol)  # type: ignore[call-overload]  # checked by the schema
        if arguments is None:
            raise MissingCapabilityError(f"target {self._target.name} has no `process.arguments.{protocol}`")
        self._stop()
        emails = Path(self._folder.name) / "emails.json"
        emails.write_text(json.dumps([account.email for account in self.accounts]), encoding="utf-8")
        names = {**self.variables, **values, "emails_file": str(emails)}
        self._start([*shlex.split(str(fill(self._process.command, names))), *fill(arguments, names)])

    def set_sso(self, on: bool) -> None:
        """Single sign-on is on as soon as the app runs; there is no switch to turn it off."""
        if not on:
            raise MissingCapabilityError(f"target {self._target.name} has no verb `set_sso`")

    def close(self) -> None:
        """End the app."""
        self._stop()
        self._folder.cleanup()

    def _start(self, command: list[str]) -> None:
        where = f"target {self._target.name}, process"
        try:
            with self._log.open("wb") as log:
                started = subprocess.Popen(  # noqa: S603  (the target file's own command, as a list)
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    start_new_session=True,
                )
        except OSError as error:
            raise TargetError(f"{where}: `{shlex.join(command)}` cannot be started: {error}") from error
        self._running = started
        assert started.stdout is not None  # a pipe was asked for
        told: queue.SimpleQueue[bool] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(started.stdout, told), daemon=True).start()
        try:
            if told.get(timeout=self._process.limit_seconds):
                return
            how = "ended at once"
        except queue.Empty:
            limit = f"{self._process.limit_seconds:g} s"
            how = f"printed no line `{self._process.ready}...` within {limit}"
        self._stop()
        said = self._log.read_text(encoding="utf-8", errors="replace").strip()[-1500:] or "it said nothing"
        raise TargetError(f"{where}: `{shlex.join(command)}` {how}: {said}")

    def _read(self, output: IO[str], told: queue.SimpleQueue[bool]) -> None:
        """Tell whether the line came that says ready, and keep the pipe empty until it ends."""
        with output:
            for line in output:
                if line.startswith(self._process.ready):
                    told.put(True)
        told.put(False)

    def _stop(self) -> None:
        process, self._running = self._running, None
        if process is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, sign)
                process.wait(_STOP_LIMIT_SECONDS)
            except ProcessLookupError:
                process.wait()
                return
            except subprocess.TimeoutExpired:
                continue
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
