"""Filling names into target and scenario values."""

from __future__ import annotations

import pytest

from conformance.template import UnknownNameError, fill, pick


def test_names_are_filled_everywhere_and_types_kept() -> None:
    names = {"on": True, "client": "acme", "login": "a b"}
    value = {"a": "{on}", "b": ["x-{client}", 3], "c": "{login|url}", "d": None}
    assert fill(value, names) == {"a": True, "b": ["x-acme", 3], "c": "a%20b", "d": None}


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"\{clent\} has no value here; known: client"):
        fill("{clent}", {"client": "acme"})


def test_text_that_only_looks_like_a_name_stays() -> None:
    assert fill('{"json": 1} {} {A}', {}) == '{"json": 1} {} {A}'


def test_pick_walks_mappings_and_lists() -> None:
    document = {"a": [{"b": 1}, {"b": 2}]}
    assert pick(document, "a.1.b") == 2
    assert pick(document, "a.-1.b") == 2
    assert pick(document, "a.5.b") is None
    assert pick(document, "x.y") is None
