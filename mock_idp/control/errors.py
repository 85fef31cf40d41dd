"""How the control API says no: one JSON shape, with allowed values and the nearest name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException


class ControlError(Exception):
    """A refusal: HTTP status, stable code, a sentence that teaches, and the allowed values."""

    def __init__(self, status: int, code: str, message: str, allowed: Iterable[str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.allowed = None if allowed is None else list(allowed)

    def response(self) -> ResponseReturnValue:
        """The refusal as JSON."""
        body: dict[str, Any] = {"error": self.code, "message": self.message}
        if self.allowed is not None:
            body["allowed"] = self.allowed
        return jsonify(body), self.status


def unknown(kind: str, name: object, allowed: Iterable[str], *, status: int = 422) -> ControlError:
    """The refusal of a name outside a list, with the nearest name that is in it."""
    names = list(allowed)
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.4)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    here = "" if names else " None is known here yet."
    return ControlError(status, f"unknown-{kind}", f"There is no {kind} named {name!r}.{guess}{here}", names)


def http_error(error: HTTPException) -> ResponseReturnValue:
    """Flask's own refusals (unknown URL, wrong method) in the same shape."""
    code = error.name.lower().replace(" ", "-")
    return ControlError(error.code or 500, code, error.description or error.name).response()


def invalid_body(model: type[BaseModel], error: ValidationError) -> ControlError:
    """The first mistake of a body: which field, what was expected and what came."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "the body"
    if first["type"] == "extra_forbidden":
        known = list(model.model_fields)
        near = difflib.get_close_matches(str(first["loc"][-1]), known, n=1, cutoff=0.4)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        return ControlError(422, "unknown-field", f"The body has an unknown field {field!r}.{guess}", known)
    came = repr(first["input"])
    shown = "" if first["type"] == "missing" else f" It was {came if len(came) <= 120 else came[:119] + '…'}."
    reason = first["msg"].removeprefix("Value error, ")
    expected = str(first.get("ctx", {}).get("expected", ""))
    allowed = re.findall(r"'([^']*)'", expected) or None
    return ControlError(422, "invalid-field", f"The field {field!r} is not right: {reason}.{shown}", allowed)
