"""The committed catalogue of the mock IdP is what the mock IdP offers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_committed_catalogue_has_not_drifted() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "mock_idp", "catalog"], cwd=ROOT, capture_output=True, check=True
    )
    committed = json.loads((ROOT / "scenarios" / "schema" / "catalog.json").read_text())
    assert committed == json.loads(told.stdout), "run `make catalog` and commit the result"
