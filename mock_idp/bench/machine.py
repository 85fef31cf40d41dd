"""The machine: which core does what, how fast it signs, how much memory a process holds."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mock_idp.keys import KEY_BITS

MIB = 1 << 20


class BenchError(Exception):
    """What was measured did not work, so that its time would mean nothing; the message says what came."""


@cache
def key() -> rsa.RSAPrivateKey:
    """The key of the calibration."""
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def cores() -> tuple[int, int]:
    """The core of the measured process and the core of the driver; the same one where there is only one."""
    allowed = sorted(_affinity())
    return allowed[0], allowed[-1]


@contextmanager
def pinned(*on: int) -> Iterator[None]:
    """Run on these cores only; a child process that starts inside stays there. No-op where the system
    cannot."""
    before = _affinity()
    _pin(set(on))
    try:
        yield
    finally:
        _pin(before)


def rate(action: Callable[[], object], seconds: float) -> float:
    """How often a second `action` is done, over `seconds`."""
    started, done = time.perf_counter(), 0
    while (spent := time.perf_counter() - started) < seconds:
        action()
        done += 1
    return done / spent


def rate_of_many(actions: Sequence[Callable[[], object]], seconds: float) -> float:
    """How often a second the actions are done that run side by side, each in a thread of its own."""
    with ThreadPoolExecutor(len(actions)) as threads:
        return sum(threads.map(lambda action: rate(action, seconds), actions))


def rsa_rate(seconds: float) -> float:
    """RSA-2048 signatures (RS256) a second on the core of the measured process: the physical limit."""
    with pinned(cores()[0]):
        return rate(lambda: key().sign(b"calibration", padding.PKCS1v15(), hashes.SHA256()), seconds)


def memory_mib(pid: int) -> float:
    """The resident memory of a process in MiB. Raises BenchError where the system does not tell (/proc)."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as told:  # noqa: PTH123 - a kernel file, not a path of ours
            return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB
    except OSError as error:
        raise BenchError(
            f"expected /proc/{pid}/statm to tell the memory, but {error}; measure on Linux"
        ) from error


def _affinity() -> set[int]:
    return os.sched_getaffinity(0) if sys.platform == "linux" else {0}


def _pin(wanted: set[int]) -> None:
    if sys.platform == "linux":
        os.sched_setaffinity(0, wanted)
