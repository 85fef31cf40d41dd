"""Saves of a configuration whose process dies half-way. A program of its own, because it kills what it forks.

`python -m tests.platform_stub.killed_saves URL KILLS` prints one JSON line for each save that was killed:
where it died, and what the database held before and afterwards.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Engine, event

from platform_stub.admin import clients, sso
from platform_stub.context import PlatformContext
from platform_stub.settings import Settings
from platform_stub.store import Client, Store

SYSADMIN = {"login": "sam", "password": "correct-horse-sam", "email": "sam@acme.test"}
COMMIT = ("before the commit", "after the commit")


def fields(number: int) -> dict[str, str]:
    """Return the SAML fields of one save: all of them name its number."""
    return {
        "single_sign_on_url": f"https://idp.test/{number}/sso",
        "issuer_url": f"https://idp.test/{number}",
    }


def main(url: str, kills: int) -> None:
    """Save once in peace, then again and again until so many saves were killed."""
    context = _open(url)
    client = clients.set_flag(context, clients.create(context, "acme", "Acme", SYSADMIN).client, on=True)
    seen: list[str] = []
    stop = _on_statement(seen.append)
    started = time.perf_counter()
    sso.save(context, client, "sam", revision=None, saml=fields(1))
    lasts = time.perf_counter() - started
    stop()
    context.store.close()
    killed, before = 0, _state(url)
    for number, death in enumerate(_deaths(seen.count("before"), lasts), start=2):
        died = _dies(url, client, number, death)
        after = _state(url)
        if died:
            killed += 1
            found = {"number": number, "place": str(death), "before": before, "after": after}
            sys.stdout.write(json.dumps(found) + "\n")
        before = after
        if killed == kills:
            return


@dataclass(frozen=True)
class Death:
    """Where a save dies: at its n-th statement, at the commit, or when so many seconds are over."""

    when: str
    statement: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.when} {self.statement or ''}".rstrip()

    def arm(self) -> None:
        """Let the process die there; nobody handles the alarm, so it ends without any clean-up."""
        seen = {"before": 0, "after": 0}

        def statement(name: str) -> None:
            seen[name] += 1
            if name == self.when and seen[name] == self.statement:
                _die()

        if self.statement:
            _on_statement(statement)
        elif self.when == COMMIT[0]:
            event.listen(Engine, "commit", lambda _: _die())
        elif self.seconds:
            signal.setitimer(signal.ITIMER_REAL, self.seconds)


def _deaths(statements: int, lasts: float) -> Iterator[Death]:
    """Yield every place there is, then moments without end."""
    for at in range(1, statements + 1):
        yield from (Death("before", at), Death("after", at))
    yield from map(Death, COMMIT)
    chance = random.Random(4)  # noqa: S311 - the same moments each time, nothing secret
    while True:
        yield Death("any moment", seconds=chance.uniform(1e-5, lasts))


def _dies(url: str, client: Client, number: int, death: Death) -> bool:
    """Save in a child process; return whether it was killed."""
    child = os.fork()
    if child == 0:
        context = _open(url)
        death.arm()
        sso.save(context, client, "sam", revision=None, saml=fields(number))
        if death.when == COMMIT[1]:
            _die()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _on_statement(told: Callable[[str], None]) -> Callable[[], None]:
    """Tell of each statement before and after it is executed; returns what ends the telling."""
    listeners = {
        "before_cursor_execute": lambda *_: told("before"),
        "after_cursor_execute": lambda *_: told("after"),
    }
    for name, listener in listeners.items():
        event.listen(Engine, name, listener)

    def stop() -> None:
        for name, listener in listeners.items():
            event.remove(Engine, name, listener)

    return stop


def _open(url: str) -> PlatformContext:
    return PlatformContext(settings=Settings(operator_token="t", password_cost=1), store=Store(url))


def _state(url: str) -> dict[str, Any]:
    context = _open(url)
    with context.store.read() as tx:
        client = tx.clients.by_code("acme")
        assert client is not None
        state = {
            "current": asdict(tx.configurations.current(client).saml),
            "revision": client.revision,
            "history": [revision.config.revision for revision in tx.configurations.history(client.id)],
            "told": [e.detail["revision"] for e in tx.audit.entries(client.id) if e.action == "sso.saved"],
        }
    context.store.close()
    return state


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
