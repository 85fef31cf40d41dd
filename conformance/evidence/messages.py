"""Lays messages out one fact per line, so that a diff shows what changed. XML is never parsed here."""

from __future__ import annotations

import base64
import binascii
import difflib
import json
import re
from collections.abc import Iterator
from typing import Any

_TOKEN = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<![^>]*>|</[^>]*>|<[^>]+>|[^<]+|<", re.DOTALL)
_ATTRIBUTE = re.compile(r"\s+([^\s=>]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))")
_LONG_TAG = 100
_JWT = re.compile(r"\s*([\w\-]+)\.([\w\-]+)\.([\w\-]*)\s*")


def pretty(message: str) -> tuple[str, str]:
    """Return `message` one fact per line, and the suffix of its kind: `xml`, `json` or `txt`.

    A compact JWT is decoded to header, payload and signature. Text that is neither is returned as it is.
    """
    if message.lstrip().startswith("<"):
        return "\n".join(_xml_lines(message)), "xml"
    token = _decode_jwt(message)
    if token is not None:
        return json.dumps(token, indent=2, ensure_ascii=False), "json"
    try:
        return json.dumps(json.loads(message), indent=2, ensure_ascii=False), "json"
    except ValueError:
        return message, "txt"


def unified_diff(control: str, sent: str, *, context: int = 3) -> str:
    """Return how the sent message differs from its control (both already pretty), as a unified diff."""
    lines = difflib.unified_diff(
        control.splitlines(), sent.splitlines(), "control (without the fault)", "sent", n=context, lineterm=""
    )
    return "\n".join(lines)


def _xml_lines(text: str) -> Iterator[str]:
    """Yield indented lines; an element that holds only text stays on one line."""
    tokens = [token for token in _TOKEN.findall(text) if token.strip()]
    depth = 0
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.startswith("</"):
            depth = max(0, depth - 1)
            yield "  " * depth + token
        elif _opens(token):
            if _is_leaf(tokens, index):
                yield from _tag_lines(token, depth, tail=tokens[index + 1].strip() + tokens[index + 2])
                index += 2
            else:
                yield from _tag_lines(token, depth)
                depth += 1
        else:
            yield from _tag_lines(token, depth)
        index += 1


def _opens(token: str) -> bool:
    return token.startswith("<") and not token.startswith(("<!", "<?")) and not token.endswith("/>")


def _is_leaf(tokens: list[str], index: int) -> bool:
    following = tokens[index + 1 : index + 3]
    return len(following) == 2 and not following[0].startswith("<") and following[1].startswith("</")


def _tag_lines(token: str, depth: int, tail: str = "") -> Iterator[str]:
    indent = "  " * depth
    attributes = _ATTRIBUTE.findall(token) if _opens(token) or token.endswith("/>") else []
    if len(token) <= _LONG_TAG or not attributes:
        yield indent + token.strip() + tail
        return
    end = "/>" if token.endswith("/>") else ">"
    yield indent + _ATTRIBUTE.sub("", token).removesuffix(end).rstrip()
    for attribute in attributes[:-1]:
        yield f"{indent}    {attribute}"
    yield f"{indent}    {attributes[-1]}{end}{tail}"


def _decode_jwt(message: str) -> dict[str, Any] | None:
    match = _JWT.fullmatch(message)
    if match is None:
        return None
    try:
        header, payload = (json.loads(_base64url(part)) for part in match.groups()[:2])
    except (ValueError, binascii.Error):
        return None
    return {"header": header, "payload": payload, "signature": match[3]}


def _base64url(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
