"""A save that dies half-way leaves the revision before it whole, on every database."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.platform_stub.databases import on_both
from tests.platform_stub.killed_saves import COMMIT, fields

database = on_both
KILLS = 50


def test_a_save_that_is_killed_half_way_leaves_the_old_revision_whole(database: str) -> None:
    command = [sys.executable, "-m", "tests.platform_stub.killed_saves", database, str(KILLS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    deaths = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(deaths) == KILLS
    for death in deaths:
        before, after = death["before"], death["after"]
        saved = after["revision"] > before["revision"]
        assert saved == (death["place"] == COMMIT[1]) or death["place"] == "any moment", death
        _assert_whole(after, death["number"] if saved else None, before)
    assert {death["place"] for death in deaths} >= {"before 1", "after 1", *COMMIT, "any moment"}


def _assert_whole(after: dict[str, Any], number: int | None, before: dict[str, Any]) -> None:
    """Expect the state from before, or all of the save with this number."""
    if number is None:
        assert after == before
        return
    revision = before["revision"] + 1
    assert after == {
        "current": {**before["current"], **fields(number)},
        "revision": revision,
        "history": [revision, *before["history"]],
        "told": [*before["told"], revision],
    }
