"""When two e-mail addresses are the same one. `exact` is documented; `casefold` is a knob; the rest is weak.

`casefold` folds the letters A to Z and no others: full case folding makes a k of the Kelvin sign and an s of
the long s, and by them one person's address of another's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from string import ascii_lowercase, ascii_uppercase
from typing import Final

from platform_stub.policy import EmailComparison

_ASCII: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
_DOTS: Final = re.compile("[\u3002\uff0e\uff61]")  # full stops that IDNA2003 takes for dots
_LOOK_ALIKES: Final = str.maketrans("аеорсіјѕհ", "aeopcijsh")  # Cyrillic and Armenian to Latin


def ascii_folded(email: str) -> str:
    """Return the address with A to Z in lower case and everything else as it was."""
    return email.translate(_ASCII)


def _without_marks(email: str) -> str:
    letters = unicodedata.normalize("NFKD", email)
    return ascii_folded("".join(letter for letter in letters if not unicodedata.combining(letter)))


def _untagged(email: str) -> str:
    local, _, domain = email.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _undotted(email: str) -> str:
    local, _, domain = email.rpartition("@")
    return f"{local.replace('.', '')}@{domain}"


def _by_idna(email: str) -> str:
    local, _, domain = email.rpartition("@")
    labels = _DOTS.sub(".", domain).split(".")
    return f"{local}@{'.'.join(_unicode_label(label) for label in labels)}"


def _unicode_label(label: str) -> str:
    """The U-label of an A-label, without looking whether it is one (RFC 5891 section 5.4 wants that)."""
    if not label.startswith("xn--"):
        return label
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError:
        return label


_LOOSE: Final[Mapping[EmailComparison, Callable[[str], str]]] = {
    "as-sent": str,
    "trimmed": lambda email: "".join(letter for letter in email.strip() if letter.isprintable()),
    "normalised": lambda email: unicodedata.normalize("NFKC", email),
    "unicode-case": lambda email: unicodedata.normalize("NFKC", email).casefold(),
    "upper-case": str.upper,
    "transliterated": lambda email: _without_marks(email.translate(_LOOK_ALIKES)),
    "without-tag": _untagged,
    "without-dots": _undotted,
    "domain-by-idna": _by_idna,
    "without-scheme": lambda email: email.removeprefix("sip:").removeprefix("sips:"),
}


def loosened(email: str, comparison: EmailComparison) -> str:
    """Return what a platform compares that does not take addresses as they were sent."""
    return _LOOSE[comparison](email)
