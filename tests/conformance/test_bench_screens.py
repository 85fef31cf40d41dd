"""The bench asks every screen that it names, and tells of one that is not there."""

from __future__ import annotations

import pytest

from conformance import bench_screens


def test_every_screen_is_measured() -> None:
    times = bench_screens.screen_times(rounds=1)
    assert times.keys() == set(bench_screens.SCREENS)
    assert min(times.values()) > 0


def test_a_screen_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_screens, "SCREENS", ("/configure/gone",))
    with pytest.raises(RuntimeError, match="/bench/configure/gone answered 404"):
        bench_screens.screen_times(rounds=1)
