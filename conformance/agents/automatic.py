"""Recognises documents that move on by themselves: self-submitting forms and refreshes.

Scripts are read here, never run.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from conformance.agents.document import Document
from conformance.agents.forms import form_of
from conformance.agents.sites import absolute

_SUBMIT = re.compile(r"\.\s*(?:submit|requestSubmit|click)\s*\(")
_NAMED_FUNCTION = re.compile(r"\bfunction\s+([A-Za-z_$][\w$]*)\s*\([^)]*\)\s*\{")
_WAITS_FOR_PERSON = re.compile(
    r"addEventListener\s*\(\s*['\"](?!load|DOMContentLoaded|pageshow)|"
    r"\.on(?!load|pageshow)[a-z]+\s*=\s*(?:async\s+)?(?:function\s*\w*\s*)?\("
)
_REFRESH = re.compile(
    r"\s*([0-9.]+)\s*(?:[;,]\s*(?:url\s*=\s*)?(?P<quote>['\"]?)(?P<url>.*?)(?P=quote)\s*)?$", re.I
)
_SCRIPT_TYPES = frozenset({"", "text/javascript", "application/javascript", "module"})
SOON_SECONDS = 1.0
"""A refresh that waits longer than this is a page for a person to read."""


def self_submitting_form(document: Document) -> HtmlElement | None:
    """Return the form that a browser would submit by itself, or None.

    Such a page shows no input to fill in, and a script that runs on loading (inline or `<body onload>`) calls
    submit(). Calls that wait for a person, in a click handler or in a function nobody calls, do not count.
    External scripts are not looked into.
    """
    if next(document.inputs(), None) is not None:
        return None
    code = _code_run_on_load(document)
    if not _SUBMIT.search(code):
        return None
    forms = [form for form in document.root.iter("form") if not _asks(document, form)]
    for form in forms:
        names = [name for name in (form.get("id"), form.get("name")) if name]
        if any(re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", code) for name in names):
            return form
    return forms[0] if forms else None


def refresh_target(document: Document) -> str:
    """Return the URL of a `<meta http-equiv=refresh>` that fires at once (SOON_SECONDS), "" for none."""
    for element in document.root.iter("meta"):
        if element.get("http-equiv", "").lower() != "refresh":
            continue
        match = _REFRESH.match(element.get("content", ""))
        if match and match["url"] and float(match[1]) <= SOON_SECONDS:
            return absolute(document.base, match["url"])
    return ""


def _asks(document: Document, form: HtmlElement) -> bool:
    return any(form_of(document, element) is form for element in document.inputs())


def _code_run_on_load(document: Document) -> str:
    pieces = [
        element.text_content()
        for element in document.root.iter("script")
        if "src" not in element.attrib and element.get("type", "").lower() in _SCRIPT_TYPES
    ]
    body = next(document.root.iter("body"), None)
    if body is not None:
        pieces.append(body.get("onload", ""))
    return _without_uncalled_functions(_without_handlers("\n".join(pieces)))


def _without_handlers(code: str) -> str:
    """Cut out handlers of events other than loading."""
    match = _WAITS_FOR_PERSON.search(code)
    while match:
        start = code.index("(", match.start())
        end = _closing(code, start)
        if not match[0].startswith("addEventListener"):
            brace = code.find("{", end)
            end = _closing(code, brace) if brace >= 0 else end
        code = code[: match.start()] + code[end:]
        match = _WAITS_FOR_PERSON.search(code)
    return code


def _without_uncalled_functions(code: str) -> str:
    """Cut out function declarations whose name occurs nowhere else."""
    bodies: dict[str, str] = {}
    match = _NAMED_FUNCTION.search(code)
    while match:
        end = _closing(code, match.end() - 1)
        bodies[match[1]] = code[match.end() : end]
        code = code[: match.start()] + code[end:]
        match = _NAMED_FUNCTION.search(code)
    while called := [name for name in bodies if re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", code)]:
        code += "".join(bodies.pop(name) for name in called)
    return code


def _closing(code: str, start: int) -> int:
    """Return the position after the bracket that closes the one at `start`, strings and comments included."""
    pairs = {"(": ")", "{": "}"}
    depth = 0
    for position in range(start, len(code)):
        if code[position] == code[start]:
            depth += 1
        elif code[position] == pairs[code[start]]:
            depth -= 1
            if depth == 0:
                return position + 1
    return len(code)
