"""The identity provider's words on a page: on one line, printable and bounded."""

from __future__ import annotations

import pytest

from platform_stub.saml.checks import LONGEST_WORDS, quoted


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("The second factor was not given.", "The second factor was not given."),
        ("two\r\nlines\tand a tab", "two lines and a tab"),
        ("\u202etxet\u2066 \x00\x1b[31m", "txet [31m"),
        ("é and 日本", "é and 日本"),
    ],
)
def test_words_become_one_printable_line(words: str, shown: str) -> None:
    assert quoted(words) == shown


def test_words_are_bounded() -> None:
    assert quoted("a" * LONGEST_WORDS) == "a" * LONGEST_WORDS
    assert quoted("a" * (LONGEST_WORDS + 1)) == "a" * LONGEST_WORDS + "…"
