"""Each message of ours still has the shape that was looked at when its golden was written."""

from __future__ import annotations

import json

import pytest

from mock_idp.personalities import find_personality
from mock_idp.shape.reading import read
from mock_idp.shape.world import World
from tests.mock_idp.goldens.making import FOLDER, GOLDENS, Golden


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.name)
def test_a_message_has_its_golden_shape(golden: Golden) -> None:
    kept = golden.path.read_text(encoding="utf-8")
    assert golden.text() == kept, "If this change is meant, run: python -m tests.mock_idp.goldens"


def test_every_golden_file_is_made_by_somebody() -> None:
    assert {path.name for path in FOLDER.glob("*.shape")} == {golden.path.name for golden in GOLDENS}


@pytest.mark.parametrize("name", ["okta-jwks", "entra-discovery-v2", "entra-token-response", "okta-userinfo"])
def test_another_order_of_members_is_another_shape(name: str) -> None:
    golden = next(golden for golden in GOLDENS if golden.name == name)
    personality = find_personality(name.partition("-")[0])
    assert personality is not None
    world = World(personality, {}, {})
    found = json.loads(golden.make(world))
    texts = []
    for members in (found, dict(reversed(found.items())) if "keys" not in found else _keys_reversed(found)):
        data = json.dumps(members, separators=(",", ":")).encode()
        texts.append(read(data, world.bases).shape.text())
    kept = golden.path.read_text(encoding="utf-8").partition("\n")[2]
    assert texts[0] == kept
    assert texts[1] != kept


def _keys_reversed(found: dict[str, list[dict[str, str]]]) -> dict[str, list[dict[str, str]]]:
    return {"keys": [dict(reversed(key.items())) for key in found["keys"]]}
