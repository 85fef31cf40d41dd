"""Reading a JSON request body by field and type, with errors that teach; what the values mean is not here."""

import difflib
from collections.abc import Mapping
from typing import Any

from flask import request

from platform_stub.errors import RejectedError

_NAMES: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    dict: "an object",
    list: "a list",
}


def read(allowed: Mapping[str, type], *, required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the body, a JSON object whose keys and value types are checked.

    Raises RejectedError ``invalid-json`` (400) or ``invalid-request`` (422).
    """
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise RejectedError("invalid-json", "The request body must be a JSON object.", status=400)
    return checked(body, allowed, required=required)


def checked(
    body: Mapping[str, Any], allowed: Mapping[str, type], *, required: tuple[str, ...] = (), within: str = ""
) -> dict[str, Any]:
    """Return the object's values after checking them; ``within`` names the object in messages."""
    problems: dict[str, str] = {}
    for key, value in body.items():
        if key not in allowed:
            problems[within + key] = _unknown(within + key, [within + name for name in allowed])
        elif type(value) is not allowed[key]:  # an exact type: true is not a number
            problems[within + key] = f"“{within}{key}” must be {_NAMES[allowed[key]]}."
    for key in required:
        if key not in body:
            problems[within + key] = f"“{within}{key}” is missing."
    if problems:
        raise RejectedError("invalid-request", " ".join(problems.values()), fields=problems)
    return dict(body)


def checked_item(
    item: object, allowed: Mapping[str, type], *, required: tuple[str, ...] = (), within: str
) -> dict[str, Any]:
    """Return the values of an object in a list, at the place ``within``; raises as ``checked`` does."""
    if not isinstance(item, dict):
        problem = f"“{within}” must be an object."
        raise RejectedError("invalid-request", problem, fields={within: problem})
    return checked(item, allowed, required=required, within=f"{within}.")


def _unknown(key: str, allowed: list[str]) -> str:
    near = difflib.get_close_matches(key, allowed, n=1)
    hint = f" Did you mean “{near[0]}”?" if near else ""
    return f"There is no field “{key}”.{hint} Known: {', '.join(allowed)}."
