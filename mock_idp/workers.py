"""The worker processes of `serve --workers N`: forked before any thread starts, ended with their parent."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from typing import TYPE_CHECKING

from mock_idp.serving.listener import Listener
from mock_idp.shared_tenants import SharedTenantStore
from mock_idp.storage.sqlite import SharedFile, Sqlite

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication  # exists for type checkers only

END_SECONDS = 5  # that a worker may take to end its answers; then it is killed


class Shared:
    """Worker processes and the file that they share. Raises StorageUrlError."""

    def __init__(self, number: int, url: str | None) -> None:
        self._number = number
        self._file = SharedFile(url)
        self._workers: Workers | None = None

    def tenants(self, site_url: str) -> SharedTenantStore:
        """A store of tenants over the file."""
        return SharedTenantStore(site_url, Sqlite(self._file.path))

    def start(
        self,
        app: WSGIApplication,
        wire: Listener,
        control: Listener,
        tell: Callable[[str], None],
        nobody_left: Callable[[], None],
    ) -> None:
        """Serve `app` on `wire` in the workers; `control` stays here. For the rest see `Workers`."""

        def serve() -> None:
            control.leave_to_parent()
            wire.serve_in_child(app)

        self._workers = Workers(self._number, serve, self._file.remove, tell, nobody_left)
        self._workers.start()

    @property
    def pids(self) -> list[int]:
        """The process IDs of the workers."""
        return self._workers.pids if self._workers else []

    def expect_end(self) -> None:
        """The listener is about to stop, so that workers end."""
        if self._workers is not None:
            self._workers.expect_end()

    def stop(self) -> None:
        """Wait for the workers, whose listener is stopped already, and remove the file."""
        if self._workers is not None:
            self._workers.stop()
        self._file.remove()


class Workers:
    """Processes that each run `serve` until the listener stops.

    `orphaned` is called in a worker whose parent was killed; `told` gets one sentence for every worker that
    ends before the listener; `nobody_left` is called when none is left."""

    def __init__(
        self,
        number: int,
        serve: Callable[[], None],
        orphaned: Callable[[], None],
        told: Callable[[str], None],
        nobody_left: Callable[[], None],
    ) -> None:
        context = multiprocessing.get_context("fork")  # the listening socket and the parsed modules go along
        self._stopping = context.Event()
        self._processes: list[BaseProcess] = [
            context.Process(
                target=_run, args=(serve, orphaned, self._stopping), name=f"worker-{count}", daemon=True
            )
            for count in range(1, number + 1)
        ]
        self._told = told
        self._nobody_left = nobody_left

    @property
    def pids(self) -> list[int]:
        """The process IDs."""
        return [process.pid for process in self._processes if process.pid is not None]

    def start(self) -> None:
        """Start them, and watch them in a thread."""
        for process in self._processes:
            process.start()
        threading.Thread(target=self._watch, name="worker-watch", daemon=True).start()

    def expect_end(self) -> None:
        """Tell of nobody who ends from now on: the listener is about to stop."""
        self._stopping.set()

    def stop(self) -> None:
        """Wait for them to end, as they do once their listener stops."""
        for process in self._processes:
            process.join(END_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()

    def _watch(self) -> None:
        running: dict[object, BaseProcess] = {process.sentinel: process for process in self._processes}
        while running:
            for ended in connection.wait([process.sentinel for process in running.values()]):
                process = running.pop(ended)
                if self._stopping.is_set():
                    return
                process.join()
                self._told(_sentence(process, len(running)))
        self._nobody_left()


def _run(serve: Callable[[], None], orphaned: Callable[[], None], stopping: Event) -> None:
    """In the worker: who wants to end the server tells its parent, also where a signal goes to all."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    serve()
    if not stopping.is_set():
        orphaned()


def _sentence(process: BaseProcess, left: int) -> str:
    code = process.exitcode or 0
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    rest = (
        f"{left} still serve" if left > 1 else "one still serves" if left else "none is left, so serve stops"
    )
    return f"{process.name.replace('-', ' ').capitalize()} (process {process.pid}) {how}; {rest}."
