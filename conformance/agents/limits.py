"""How long and how much an agent puts up with before it says that no answer came. No I/O lives here."""

from __future__ import annotations

import time
from dataclasses import dataclass

from conformance.agents.protocol import NoAnswerError


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one navigation, from the first request until the browser has come to rest."""

    seconds: float = 10.0
    """Time for the whole navigation with all its redirects and self-submitting pages."""
    redirects: int = 20
    """Redirects in a row; Chromium's own limit is the same (net/url_request/url_request.h, kMaxRedirects)."""
    hops: int = 20
    """Pages that move on by themselves (a self-submitting form, a refresh) in one navigation."""
    body_bytes: int = 10_000_000
    """Decoded size of one document."""
    script_seconds: float = 2.0
    """How long Chromium waits for a page that looks self-submitting, or for background calls."""


class Deadline:
    """The end of one navigation on the monotonic clock."""

    def __init__(self, limits: Limits, what: str) -> None:
        self._end = time.monotonic() + limits.seconds
        self._seconds = limits.seconds
        self._what = what

    def left(self) -> float:
        """Return the seconds that remain. Raises NoAnswerError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.passed()
        return left

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._end

    def passed(self) -> NoAnswerError:
        """Return the error to raise when the time is up."""
        return NoAnswerError(f"{self._what} did not come to rest within {self._seconds:g} s")
