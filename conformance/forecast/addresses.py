"""What can be told from two addresses alone: whether one is an address, and in what they differ."""

from __future__ import annotations

import unicodedata
from typing import Final

from conformance.forecast.reasons import CASE, LOOK_ALIKE, WHITE_SPACE, Reason

_LOOK_ALIKES: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d"  # Cyrillic
    "\u03bf\u03b1\u03bd\u03c1\u03b9\u03c5\u03ba\u03c4\u03c7"  # Greek
    "\u0131\u0261\u0585",  # dotless i, script g, Armenian oh
    "aeopcyxijshdqwoavpiuktxigo",
)
_GUEST_MARK: Final = "#ext#"


def is_sip(address: str) -> bool:
    """Whether the address names a telephone (RFC 3261 19.1) and not a mailbox."""
    return address.strip().casefold().startswith(("sip:", "sips:"))


def malformed(address: str) -> str:
    """Return why this is not one e-mail address, "" when it looks like one. Only gross mistakes are named."""
    text = address.strip()
    local, _, domain = text.rpartition("@")
    labels = domain.split(".")
    problems = (
        ("it begins with mailto:", text.casefold().startswith("mailto:")),
        ("there is no @ in it", "@" not in text),
        ("several addresses in one field", text.count("@") > 1 and any(mark in text for mark in ",; ")),
        ("more than one @ in it", text.count("@") > 1),
        ("a display name around it", "<" in text or ">" in text),
        ("a blank, comma or semicolon in it", any(c.isspace() or c in ",;:" for c in text)),
        ("nothing before or after the @", not local or not domain),
        (f"“{domain}” is not a domain", len(labels) < 2 or not all(labels)),
    )
    return next((words for words, found in problems if found), "")


def skeleton(address: str) -> str:
    """Return the address without case, white space, invisible characters, accents and look-alikes.

    Two addresses with the same skeleton are the same to the eye of a hurried person; never to the platform.
    """
    if address.isascii():
        return "".join(address.split()).lower()
    plain = unicodedata.normalize("NFKD", address).casefold()
    kept = (c for c in plain if not c.isspace() and unicodedata.category(c) not in {"Mn", "Cf", "Cc"})
    return "".join(kept).translate(_LOOK_ALIKES)


def difference(ours: str, theirs: str) -> tuple[Reason, str]:
    """Return why two different addresses with the same skeleton do not match, and where they differ."""
    if len(ours) == len(theirs) and all(map(_same_letter, ours, theirs)):
        return CASE, ""
    mine, other = _without_blanks(ours), _without_blanks(theirs)
    if mine.casefold() == other.casefold() and (mine, other) != (ours, theirs):
        side, text = ("on the platform", ours) if mine != ours else ("at the identity provider", theirs)
        return WHITE_SPACE, f"{_blank_of(text)}, {side}"
    return LOOK_ALIKE, _first_difference(ours, theirs)


def name_key(address: str) -> str:
    """Return the part before the @ without case, dots and a +tag: what people share over two domains."""
    local = address.partition("@")[0].partition("+")[0]
    return local.replace(".", "").casefold()


def is_guest_name(login: str) -> bool:
    """Whether a userPrincipalName is that of a guest, as in `ana_x.com#EXT#@tenant.onmicrosoft.com`."""
    return _GUEST_MARK in login.casefold()


def guest_home(login: str) -> str:
    """Return the address that a guest's userPrincipalName was made from; "" when it cannot be told."""
    home = login[: login.casefold().index(_GUEST_MARK)]
    local, underscore, domain = home.rpartition("_")
    return f"{local}@{domain}" if underscore else ""


def _same_letter(mine: str, other: str) -> bool:
    """Whether two characters differ by case at most; the Kelvin sign is no capital k."""
    return mine == other or (mine.swapcase() == other and other.swapcase() == mine)


def _without_blanks(text: str) -> str:
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


def _blank_of(text: str) -> str:
    """Name the first blank or invisible character, and where it stands."""
    position = next(i for i, c in enumerate(text) if c.isspace() or unicodedata.category(c) == "Cf")
    name = "a space" if text[position] == " " else _name(text[position])
    if position == 0:
        return f"{name} before the address"
    return (
        f"{name} after the address"
        if position == len(text.rstrip())
        else f"{name} as character {position + 1}"
    )


def _first_difference(ours: str, theirs: str) -> str:
    for position, (mine, other) in enumerate(zip(ours, theirs, strict=False), 1):
        if mine != other and mine.casefold() != other.casefold():
            return f"character {position} is {_name(mine)}, not {_name(other)}"
    if len(ours) == len(theirs):
        return "upper and lower case differ outside A to Z"
    return f"{len(ours)} characters here, {len(theirs)} there (accents written in two ways)"


def _name(character: str) -> str:
    if character.isascii() and character.isprintable():
        return f"“{character}”"
    code = f"U+{ord(character):04X}"
    return f"{unicodedata.name(character, 'a control character').lower()} ({code})"
