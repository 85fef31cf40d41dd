"""JSON as people read it, one member a line: what `json.dumps(value, indent=2, ensure_ascii=False)` writes.

The standard library indents in Python, token by token, which took longer than half a signature; here only
what is nested is walked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from json.encoder import encode_basestring


def indented(value: object, margin: str = "\n") -> str:
    """The value as JSON, indented by two blanks; `margin` is what begins a line at its level."""
    inner = f"{margin}  "
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, Mapping) and value:
        members = (
            f"{inner}{encode_basestring(name)}: {indented(entry, inner)}" for name, entry in value.items()
        )
        return f"{{{','.join(members)}{margin}}}"
    if isinstance(value, list | tuple) and value:
        return f"[{','.join(f'{inner}{indented(entry, inner)}' for entry in value)}{margin}]"
    return json.dumps(value, ensure_ascii=False)
