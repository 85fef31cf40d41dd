"""Each message of ours still has the shape that was looked at when its golden was written."""

from __future__ import annotations

import pytest

from tests.mock_idp.goldens.making import FOLDER, GOLDENS, Golden


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_a_message_has_its_golden_shape(golden: Golden) -> None:
    kept = golden.path.read_text(encoding="utf-8")
    assert golden.text() == kept, "If this change is meant, run: python -m tests.mock_idp.goldens"


def test_every_golden_file_is_made_by_somebody() -> None:
    assert {path.name for path in FOLDER.glob("*.shape")} == {golden.path.name for golden in GOLDENS}
