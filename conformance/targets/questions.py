"""Read an answer of the platform: the fields that a question of the target file yields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lxml.html
from lxml import etree

from conformance.targets.protocol import Answer
from conformance.targets.schema import Question, Told
from conformance.template import pick
from conformance.wire import decoded_json


def read_answer(question: Question, status: int, headers: Mapping[str, str], body: str) -> Answer:
    """Return the answer with its fields; one that it does not have is None."""
    page = read_page(body)
    document = _json(body, page)
    fields = {
        name: _field(told, {key.casefold(): value for key, value in headers.items()}, document, page)
        for name, told in question.yields.items()
    }
    return Answer(status, body, {**fields, "status": status})


def _json(body: str, page: lxml.html.HtmlElement | None) -> Any:  # noqa: ANN401  (decoded JSON)
    """Return the JSON of an answer, or of the `pre` in which a browser shows one; None for any other page."""
    shown = None if page is None else page.find(".//pre")
    for text in (body, "" if shown is None else shown.text_content()):
        document = decoded_json(text.encode())
        if document is not None:
            return document
    return None


def read_page(body: str) -> lxml.html.HtmlElement | None:
    """Return the page, read as bytes: text must not declare an encoding. None for what is no page at all."""
    if "<" not in body:
        return None
    try:
        return lxml.html.document_fromstring(body.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    except etree.ParserError:  # for example a comment alone
        return None


def _field(
    told: Told,
    headers: Mapping[str, str],
    document: Any,  # noqa: ANN401  (decoded JSON)
    page: lxml.html.HtmlElement | None,
) -> Any:  # noqa: ANN401  (a value of the answer)
    if told.header:
        return headers.get(told.header.casefold())
    if told.json_path:
        return pick(document, told.json_path)
    found = [_element(told, element) for element in page.cssselect(told.css)] if page is not None else []
    return found if told.every else next(iter(found), None)


def _element(told: Told, element: lxml.html.HtmlElement) -> str | None:
    if told.attribute:
        value: str | None = element.get(told.attribute)
        return value
    return " ".join(element.text_content().split())
