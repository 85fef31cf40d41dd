"""The long plan of the bench holds the same cases under other ids."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from conformance.bench_growth import FILES, copied_scenarios
from conformance.catalogue import load_catalogue
from conformance.engine.settings import RunSettings


def test_each_case_is_there_so_many_times(tmp_path: Path) -> None:
    source = Path(RunSettings().scenarios)
    copied = load_catalogue(copied_scenarios(source, tmp_path, 3))
    titles = {case.title for case in load_catalogue(source) if case.file.endswith(FILES)}
    counted = Counter(case.title for case in copied)
    assert counted.keys() == titles
    assert all(count % 3 == 0 for count in counted.values())
