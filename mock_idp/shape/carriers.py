"""What people paste around a message: a form, a page, browser tools' lists, HAR, curl, a header of HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

PARAMETER = re.compile(r"\bSAML(?:Response|Request)[\"']?\s*[=:]\s*[\"']?([A-Za-z0-9+/=%\s]{40,})")
INPUT = re.compile(r"<input\b[^>]*\bname=[\"']SAML(?:Response|Request)[\"'][^>]*>", re.IGNORECASE)
VALUE = re.compile(r"\bvalue=[\"']([^\"']*)[\"']", re.IGNORECASE)
JWT = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*")
BEARER = re.compile(r"\b(?:Bearer|id_token|access_token)[\s=:\"']+(eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*)")
BODY = re.compile(r"^\{", re.MULTILINE)
"""An HTTP answer with JSON is a message itself, whatever tokens its body holds."""
NEXT_FIELD = re.compile(r"\s+(?:RelayState|SigAlg|Signature)\b")
MOST_DEEP = 40


def carried(text: str) -> str | None:
    """The base64 message, JWT or JSON inside `text`; None where nothing is around it that is known."""
    body = text.strip()
    packed = "".join(body.split())
    if packed != body and JWT.fullmatch(packed):
        return packed
    if body.startswith(("{", "[", '"')):
        return _in_json(body)
    return _in_text(body)


def _in_text(text: str) -> str | None:
    field = INPUT.search(text)
    value = VALUE.search(field[0]) if field else None
    if value:
        return unescape(value[1])
    if text.startswith("<") or not re.search(r"\s|^https?:|=", text):
        return None
    parameter = PARAMETER.search(text)
    if parameter:
        return NEXT_FIELD.split(unquote(parameter[1]))[0].strip()
    bearer = None if BODY.search(text) else BEARER.search(text)
    return bearer[1] if bearer and "&" not in text and "?" not in text else None


def _in_json(text: str) -> str | None:
    """From a JSON text or from an export of browser tools (HAR) the first message; not from a message."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None  # what is wrong with it, the reader of JSON says
    if isinstance(found, str):
        return _in_text(found) or found
    carriers = {"log", "postData", "request", "entries", "params", "text", "name"}
    if isinstance(found, dict) and not carriers & set(found):
        return None
    if isinstance(found, dict) and "sub" in found:
        return None  # userinfo has a name too
    return next(_messages(found, 0), None)


def _messages(found: object, depth: int) -> Iterator[str]:
    if depth > MOST_DEEP:
        return
    if isinstance(found, dict):
        if found.get("name") in ("SAMLResponse", "SAMLRequest") and isinstance(found.get("value"), str):
            yield unquote(found["value"])
        for value in found.values():
            yield from _messages(value, depth + 1)
    elif isinstance(found, list):
        for value in found:
            yield from _messages(value, depth + 1)
    elif isinstance(found, str) and len(found) > 40:
        inner = _in_text(found)
        if inner is not None:
            yield inner
