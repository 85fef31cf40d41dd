"""What is wrong in scenario files: every problem at once, each with file, line and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a scenario file."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """Read as a compiler's message: `file:line: message`."""
        return f"{self.file}:{self.line}: {self.message}"


class CatalogueError(Exception):
    """Scenario files cannot be used. `problems` lists every mistake that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


_MOST_LISTED = 60


def unknown(kind: str, name: str, allowed: Iterable[str]) -> str:
    """Return the sentence for a name that is not in a closed set; of a long one it lists what is near."""
    known = sorted(allowed)
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    if len(known) <= _MOST_LISTED:
        return f"unknown {kind} `{name}`{hint} (allowed: {', '.join(known)})"
    alike = [one for one in known if name in one] or get_close_matches(name, known, n=8, cutoff=0.3)
    some = ", ".join(alike[:8] or known[:8])
    return f"unknown {kind} `{name}`{hint} ({len(known)} are allowed, such as {some})"
