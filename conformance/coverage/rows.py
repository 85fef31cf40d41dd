"""The rows of the catalogue of requirements, those that were struck, and those that are covered."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.coverage.suites import suite_of
from conformance.model import Case

_STRUCK = re.compile(r"^\| `(?P<id>[a-z0-9.\-]+)` \| (?P<reason>.+?) \|$", re.MULTILINE)
_STRUCK_TITLE = "## Struck rows"


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement of the catalogue (`scenarios/schema/rows.csv`)."""

    id: str
    kind: str
    """P must work, N and C must be refused, E is policy, Q looks at what is sent, R is resilience."""
    browser: bool
    tier: int
    suites: frozenset[str]
    """Codes of `SUITES`."""


def read_rows(scenarios: Path) -> tuple[Row, ...]:
    """Read every row. Raises LookupError on an unknown anchor."""
    with (scenarios / "schema" / "rows.csv").open(encoding="utf-8", newline="") as told:
        return tuple(
            Row(
                line["id"],
                line["kind"],
                bool(line["browser"]),
                int(line["tier"]),
                frozenset(map(suite_of, line["anchors"].split())),
            )
            for line in csv.DictReader(told)
        )


def read_struck(scenarios: Path) -> Mapping[str, str]:
    """Return the rows that were struck, with the reason, from the table in `scenarios/README.md`."""
    _, title, rest = (scenarios / "README.md").read_text(encoding="utf-8").partition(_STRUCK_TITLE)
    table = rest.partition("\n## ")[0] if title else ""
    return {found["id"]: found["reason"] for found in _STRUCK.finditer(table)}


def covered(cases: Iterable[Case]) -> frozenset[str]:
    """Return every id that a case has or covers."""
    return frozenset(name for case in cases for name in (case.row, *case.covers))
