"""The forecast's speed and memory on files of 100,000 rows, measured in a process of its own."""

from __future__ import annotations

import csv
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROWS: Final = 100_000
_STATS: Final = re.compile(r"([\d.]+) s of processor time, (\d+) MB")
_ENTRA: Final = ("userPrincipalName", "displayName", "mail", "userType", "accountEnabled", "directorySynced")
_WIDTH: Final = 22  # a download has this many more columns, most of them empty


class Figures(NamedTuple):
    """What one run took; `processor` is what it would take on a machine that does nothing else."""

    seconds: float
    processor: float
    megabytes: int


def measure_forecast(folder: Path, runs: int) -> list[Figures]:
    """Return the figures of each run over the same 100,000 accounts and people.

    About one account in seven is locked out, for the reasons that cost most. Raises RuntimeError.
    """
    files = _write_files(folder)
    command = [
        sys.executable,
        "-m",
        "conformance",
        "forecast",
        *files,
        "--stats",
        "--csv",
        str(folder / "out.csv"),
    ]
    figures = []
    for _ in range(runs):
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (our own module)
        seconds = time.perf_counter() - started
        told = _STATS.search(done.stderr)
        if done.returncode != 1 or told is None:
            raise RuntimeError(f"`forecast` ended with {done.returncode}: {done.stderr[-900:]}")
        figures.append(Figures(seconds, float(told[1]), int(told[2])))
    return figures


def _write_files(folder: Path) -> list[str]:
    chance = random.Random(7)  # noqa: S311  (a sample, no secret)
    users, agents, people = [], [], []
    for number in range(ROWS):
        login = f"login{number}"
        email = f"first{chance.randrange(300)}.last{chance.randrange(700)}.{number}@example.com"
        mail, enabled, ours = _spoil(chance.randrange(40), email)
        people.append((email, login, mail, "Member", enabled, "True", *[""] * _WIDTH))
        if number % 3:
            agents.append((login, ours, "true"))
        else:
            users.append((login, "Manager", ours, "Yes"))
    header = (*_ENTRA, *(f"extensionAttribute{number}" for number in range(_WIDTH)))
    return [
        *(
            "--roster",
            _write(folder / "users.csv", ("User Name", "Role", "Email Address", "Active User"), users),
        ),
        *(
            "--roster",
            _write(folder / "agents.csv", ("Logon ID", "Email / SIP Address", "Active Agent"), agents),
        ),
        *("--idp-users", _write(folder / "entra.csv", header, people)),
    ]


def _spoil(dice: int, email: str) -> tuple[str, str, str]:
    """Return mail and accountEnabled at the identity provider and the e-mail of the platform."""
    spoiled = {
        0: (email.title(), "True", email),
        1: ("", "True", email),
        2: (email, "True", email.replace("example", "old-name")),
        3: (email, "True", email.replace("last", "lst")),
        4: (email, "False", email),
        5: (email, "True", email.replace("a", "\u0430")),
    }
    return spoiled.get(dice, (email, "True", email))


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return str(path)
