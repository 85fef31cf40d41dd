"""Takes secrets out of evidence at write time: in free text, in decoded JSON, and by literal value.

What proves something (SAML messages, ID tokens, `state`, `nonce`, `code`) stays; what opens a door does not.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

_KINDS: Mapping[str, str] = {
    "password": r"[\w.\-]{0,40}(?:password|passwd|passcode)|pass|pwd",
    "client-secret": r"[\w.\-]{0,40}secret|client_assertion",
    "code-verifier": r"code_verifier",
    "bearer-token": r"token|lv[-_]access|(?:access|refresh|operator|control|bearer|api)[-_]?token",
    "session-id": r"session_?id|lv[-_]session",
}
"""Kind of secret by the name of the field, parameter or header that carries it (`SessionIndex` is none)."""

_COOKIE_KEYS = r"(?:set[-_])?cookies?"
_COOKIE_ATTRIBUTES = frozenset({"path", "domain", "expires", "max-age", "samesite", "priority"})
_SHORTEST_LITERAL = 6  # a shorter literal secret would also be found in the middle of innocent words

_START = r"(?:(?<![\w.\-])|(?<=%26)|(?<=%3F))"
_ANY_KEY = "|".join(_KINDS.values())
_PARAMETER = re.compile(
    rf"{_START}(?P<key>{_ANY_KEY})(?P<sep>=|%3D)(?P<value>(?:(?!%26)[^&\s\"'<>;\\])+)", re.IGNORECASE
)
_JSON_FIELD = re.compile(
    rf"(?P<open>(?P<quote>[\"'])(?P<key>{_ANY_KEY})(?P=quote)\s*:\s*(?P=quote))"
    r"(?P<value>(?:\\.|(?!(?P=quote))[^\\])+)(?P=quote)",
    re.IGNORECASE | re.DOTALL,
)
_JSON_FIELD_IN_JSON = re.compile(
    rf"(?P<open>(?P<quote>\\[\"'])(?P<key>{_ANY_KEY})(?P=quote)\s*:\s*(?P=quote))"
    r"(?P<value>(?:\\\\\\[\"']|(?!(?P=quote)).)+)(?P=quote)",
    re.IGNORECASE | re.DOTALL,
)
_HEADER = re.compile(
    r"^(?P<open>\s*(?P<key>lv-access|lv-session|x-[\w-]*(?:token|key))\s*:\s*)(?P<value>\S+)",
    re.IGNORECASE | re.MULTILINE,
)
_AUTHORIZATION = re.compile(
    r"(?P<open>\bauthorization[\"']?\s*[:=]\s*[\"']?(?P<scheme>bearer|basic|dpop)\s+)(?P<value>[^\s\"'\\]+)",
    re.IGNORECASE,
)
_BEARER = re.compile(
    r"(?P<open>\b(?P<scheme>bearer|dpop)\s+)(?P<value>(?=\S*\d)[\w.~+/=\-]{16,})", re.IGNORECASE
)
_COOKIE_LINE = re.compile(rf"^(?P<open>\s*{_COOKIE_KEYS}\s*:\s*)(?P<value>.+)$", re.IGNORECASE | re.MULTILINE)
_COOKIE_JSON = re.compile(
    rf"(?P<open>\"{_COOKIE_KEYS}\"\s*:\s*)(?P<value>\"(?:[^\"\\]|\\.)*\"|\[[^\]]*\])", re.IGNORECASE
)
_PRIVATE_KEY = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
_SESSION_PATH = re.compile(
    r"(?P<open>/sessions?(?:/\w+)?/)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    re.IGNORECASE,
)
_INPUT = re.compile(r"<input\b[^>]*>", re.IGNORECASE)
_INPUT_NAME = re.compile(r"\bname\s*=\s*[\"']?([\w.\-]+)", re.IGNORECASE)
_INPUT_PASSWORD = re.compile(r"\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_INPUT_VALUE = re.compile(r"(\bvalue\s*=\s*)(\"[^\"]+\"|'[^']+'|[^\s\"'>]+)", re.IGNORECASE)
_JWT = re.compile(r"([\w\-]+\.[\w\-]+\.)[\w\-]+")
_KIND_PATTERNS = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _KINDS.items()}


def redact(text: str, secrets: Mapping[str, str] | None = None) -> str:
    """Return `text` with every secret replaced by `«redacted:kind»`; calling it twice changes nothing more.

    `secrets` maps literal values that the harness knows (a password, a client secret) to their kind; they are
    also found URL-encoded, HTML-escaped and JSON-escaped. A bearer token in JWT form keeps its header and
    claims (they are evidence) and loses its signature (so that it opens nothing).
    """
    text = _redact_literals(text, secrets or {})
    folded = text.casefold()  # as IGNORECASE compares: a long s is an s
    for sign, pattern, replace in _RULES:
        if sign.search(folded):
            text = pattern.sub(replace, text)
    return text


def redact_data(data: object, secrets: Mapping[str, str] | None = None) -> object:
    """Return a copy of decoded JSON without secrets: by field name, by header name, and inside every string.

    Understands headers as mappings, as `[name, value]` pairs and as `{"name", "value"}` objects.
    """
    if isinstance(data, str):
        return redact(data, secrets)
    if isinstance(data, Mapping):
        return _redact_mapping(data, secrets)
    if isinstance(data, Sequence) and not isinstance(data, bytes | bytearray):
        if len(data) == 2 and isinstance(data[0], str) and isinstance(data[1], str):
            return [redact(data[0], secrets), _redact_named(data[0], data[1], secrets)]
        return [redact_data(item, secrets) for item in data]
    return data


def _redact_mapping(data: Mapping[Any, Any], secrets: Mapping[str, str] | None) -> dict[str, Any]:
    clean = {str(key): _redact_named(str(key), value, secrets) for key, value in data.items()}
    if isinstance(data.get("name"), str) and isinstance(data.get("value"), str):
        clean["value"] = _redact_named(data["name"], data["value"], secrets)
    return clean


def _redact_named(name: str, value: object, secrets: Mapping[str, str] | None) -> object:
    if re.fullmatch(_COOKIE_KEYS, name, re.IGNORECASE):
        if isinstance(value, str):
            return _redact_cookies(value)
        if isinstance(value, Mapping):
            return {str(key): _mark("session-cookie") for key in value}
        if isinstance(value, Sequence) and all(isinstance(item, str) for item in value):
            return [_redact_cookies(item) for item in value]
    if isinstance(value, str) and value:
        kind = _kind_of(name)
        if kind:
            return _redacted(kind, value)
        if name.lower() == "authorization":
            return redact(f"Authorization: {value}", secrets).removeprefix("Authorization: ")
    return redact_data(value, secrets)


@lru_cache(maxsize=4096)
def _kind_of(name: str) -> str:
    return next((kind for kind, pattern in _KIND_PATTERNS.items() if pattern.fullmatch(name)), "")


def _mark(kind: str) -> str:
    return f"«redacted:{kind}»"


def _redacted(kind: str, value: str) -> str:
    if "«redacted:" in value:
        return value
    token = _JWT.fullmatch(value)
    return token[1] + _mark(kind) if token and kind in {"bearer-token", "client-secret"} else _mark(kind)


def _redact_literals(text: str, secrets: Mapping[str, str]) -> str:
    for value in sorted(secrets, key=len, reverse=True):  # a secret may contain a shorter one
        if len(value) < _SHORTEST_LITERAL:
            continue
        for form in _forms(value):
            text = text.replace(form, _mark(secrets[value]))
    return text


@lru_cache(maxsize=4096)
def _forms(value: str) -> frozenset[str]:
    """Return how a value may stand in a URL, in a page or in JSON."""
    return frozenset(
        (value, quote(value, safe=""), quote_plus(value), html.escape(value), json.dumps(value)[1:-1])
    )


def _redact_cookies(header: str) -> str:
    """Replace each cookie's value in a Cookie or Set-Cookie header; names, attributes and deletions stay."""
    parts = re.split(r"(;\s*|,\s*(?=[^;=\s]+=))", header)
    for index, part in enumerate(parts):
        name, equals, value = part.partition("=")
        if equals and value.strip("\"' \r") and name.strip().lower() not in _COOKIE_ATTRIBUTES:
            parts[index] = f"{name}={_mark('session-cookie')}" + ("\r" if value.endswith("\r") else "")
    return "".join(parts)


def _redact_cookie_json(match: re.Match[str]) -> str:
    value = re.sub(
        r"\"((?:[^\"\\]|\\.)*)\"",
        lambda text: f'"{_redact_cookies(text[1])}"',
        match["value"],
        flags=re.DOTALL,
    )
    return match["open"] + value


def _redact_authorization(match: re.Match[str]) -> str:
    kind = "client-secret" if match["scheme"].lower() == "basic" else "bearer-token"
    return match["open"] + _redacted(kind, match["value"])


def _redact_json_field(match: re.Match[str]) -> str:
    return match["open"] + _redacted(_kind_of(match["key"]) or "secret", match["value"]) + match["quote"]


def _redact_input(match: re.Match[str]) -> str:
    tag = match[0]
    name = _INPUT_NAME.search(tag)
    kind = "password" if _INPUT_PASSWORD.search(tag) else _kind_of(name[1]) if name else ""
    if not kind:
        return tag
    return _INPUT_VALUE.sub(lambda value: f'{value[1]}"{_mark(kind)}"', tag)


def _redact_bearer(match: re.Match[str]) -> str:
    return match["open"] + _redacted("bearer-token", match["value"])


def _redact_parameter(match: re.Match[str]) -> str:
    return match["key"] + match["sep"] + _redacted(_kind_of(match["key"]) or "secret", match["value"])


_KEY_END = (
    r"(?:password|passwd|passcode|pass|pwd|secret|client_assertion|code_verifier|token|lv[-_]access|session_?id"
    r"|lv[-_]session)"
)
"""How each name of `_KINDS` ends."""
_RULES: Sequence[tuple[re.Pattern[str], re.Pattern[str], Callable[[re.Match[str]], str]]] = tuple(
    (re.compile(sign), pattern, replace)
    for sign, pattern, replace in (
        ("private key", _PRIVATE_KEY, lambda _match: _mark("private-key")),
        (r"cookies?\s*:", _COOKIE_LINE, lambda match: match["open"] + _redact_cookies(match["value"])),
        ('cookies?"', _COOKIE_JSON, _redact_cookie_json),
        ("authorization", _AUTHORIZATION, _redact_authorization),
        (r"(?:bearer|dpop)\s", _BEARER, _redact_bearer),
        ("<input", _INPUT, _redact_input),
        ("/session", _SESSION_PATH, lambda match: match["open"] + _mark("session-id")),
        ("(?:lv-|x-)", _HEADER, _redact_bearer),
        (_KEY_END + r"[\"']\s*:", _JSON_FIELD, _redact_json_field),
        (_KEY_END + r"\\[\"']\s*:", _JSON_FIELD_IN_JSON, _redact_json_field),
        (_KEY_END + "(?:=|%3d)", _PARAMETER, _redact_parameter),
    )
)
"""Sign, pattern and replacement: without its sign in the folded text, which is found quickly, a pattern fits
nowhere. The slow patterns would else look at every word of every message."""
