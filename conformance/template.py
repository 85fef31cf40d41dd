"""Fill `{names}` in the values of a target or scenario file: a variable for a name, nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

_NAME = re.compile(r"\{([a-z][a-z0-9_.]*)(?:\|(url))?\}")


class UnknownNameError(KeyError):
    """A `{name}` that no variable, saved value or argument provides."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(name)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        """Name the missing variable and those that exist."""
        return f"{{{self.name}}} has no value here; known: {', '.join(self.known)}"


def fill(value: Any, names: Mapping[str, Any]) -> Any:  # noqa: ANN401  (any YAML value in, the same shape out)
    """Return `value` with every `{name}` replaced; `{name|url}` is percent-encoded.

    A string that is one name alone becomes the variable itself, so that booleans keep their type.
    Raises UnknownNameError.
    """
    if isinstance(value, Mapping):
        return {key: fill(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, names) for item in value]
    if not isinstance(value, str):
        return value
    whole = _NAME.fullmatch(value)
    if whole and not whole[2]:
        return _look_up(whole[1], names)

    def replace(match: re.Match[str]) -> str:
        text = str(_look_up(match[1], names))
        return quote(text, safe="") if match[2] else text

    return _NAME.sub(replace, value)


def _look_up(name: str, names: Mapping[str, Any]) -> Any:  # noqa: ANN401  (a variable of any type)
    if name not in names:
        raise UnknownNameError(name, sorted(names))
    return names[name]


def pick(document: Any, path: str) -> Any:  # noqa: ANN401  (walks decoded JSON)
    """Return the value at a dotted path of a decoded JSON document; None when it is not there.

    `*` stands for every item of a list: the rest of the path is picked from each.
    """
    for number, part in enumerate(parts := path.split(".")):
        if isinstance(document, list) and part == "*":
            rest = ".".join(parts[number + 1 :])
            return [pick(item, rest) for item in document] if rest else document
        if isinstance(document, list) and part.lstrip("-").isdigit():
            index = int(part)
            document = document[index] if -len(document) <= index < len(document) else None
        elif isinstance(document, Mapping):
            document = document.get(part)
        else:
            return None
    return document
