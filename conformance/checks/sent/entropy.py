"""Whether values look unguessable: what can be seen of that from outside. No check is here."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

BITS = 128
"""What RFC 6749 10.10 asks for: a chance of 2^-128 to guess a value."""
_LEAST_SEEN = 80
"""Random bits that must show. Less than BITS: it is an estimate, and a version 4 UUID has 122."""


def weakness_of(what: str, values: Sequence[str], bits: int = BITS) -> str:
    """Return why these values can be guessed, "" when they look random.

    Looking can only bound entropy from above: by length and alphabet, and, with several values, by how much
    the letters of each place vary. A handful shows constants and counters, a hundred a poor generator too.
    """
    again = repeated(what, values)
    if again:
        return again
    alphabet = _alphabet("".join(values))
    shortest = min(len(value.replace("-", "") if alphabet <= 16 else value) for value in values)
    room = shortest * math.log2(alphabet)
    if room < bits:
        return f"a {what} of {shortest} letters has {room:.0f} bits at most, expected {bits}"
    seen = _varying_bits(values, room)
    if seen < _LEAST_SEEN:
        return f"{len(values)} values of {what} differ in about {seen:.0f} bits only, expected {bits}"
    return ""


def _alphabet(letters: str) -> int:
    """Return out of how many letters these are: digits, hexadecimal digits, or those of base64url."""
    if letters.isdigit():
        return 10
    return 16 if set(letters.casefold()) <= set("0123456789abcdef-") else 64


def repeated(what: str, values: Sequence[str]) -> str:
    """Return that two values are the same, or ""."""
    most = Counter(values).most_common(1)
    if most and most[0][1] > 1:
        return f"{most[0][1]} of {len(values)} logins have the same {what}"
    return ""


def _varying_bits(values: Sequence[str], room: float) -> float:
    """Estimate how many bits vary: the entropy of each place, scaled by what so few values can show."""
    shortest = min(map(len, values))
    visible = min(shortest * math.log2(len(values)), room)
    if not visible:
        return room  # one value shows nothing
    places = (Counter(value[place] for value in values) for place in range(shortest))
    return sum(map(_entropy, places)) * room / visible


def _entropy(letters: Counter[str]) -> float:
    total = letters.total()
    return -sum(n / total * math.log2(n / total) for n in letters.values())
