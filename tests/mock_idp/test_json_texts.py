"""The quick ways to write JSON write what the standard library writes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_idp.compact import compact, compact_ascii
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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_compact_texts_are_what_the_standard_library_writes(value: object) -> None:
    plain = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
    in_ascii = json.JSONEncoder(separators=(",", ":"))
    assert (compact(value), compact_ascii(value)) == (plain.encode(value), in_ascii.encode(value))
    assert compact({"a": (1, value)}) == plain.encode({"a": (1, value)})


def test_what_is_no_json_is_refused_by_compact_texts_too() -> None:
    with pytest.raises(TypeError, match="bytes is not JSON serializable"):
        compact({"a": b"b"})
