"""The quick indentation is the standard library's."""

from __future__ import annotations

import json

import pytest

from mock_idp.indented import indented


@pytest.mark.parametrize(
    "value",
    [
        {"id_token": {"header": {"kid": "k", "alg": "RS256"}, "payload": {"iat": 1, "amr": ["pwd", "mfa"]}}},
        {"empty": {}, "none": None, "list": [], "true": True, "float": 1.5, "nested": [[1, [2]], {"a": "b"}]},
        {'"quoted"\n': "Ünïcode \u2028 \\ \x01"},
        [],
        "text",
    ],
)
def test_it_writes_what_the_standard_library_writes(value: object) -> None:
    assert indented(value) == json.dumps(value, indent=2, ensure_ascii=False)
