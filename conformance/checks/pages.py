"""Facts read from pages and traces: hidden fields, and where a platform sends the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

import lxml.html
from lxml import etree

from conformance.agents.protocol import Exchange, Page
from conformance.checks.observe import origin


def hidden_field(page: Page, name: str) -> Mapping[str, str]:
    """Return the value of a form's field by its name. Raises LookupError when the page has none."""
    found = [
        element.get("value", "")
        for element in lxml.html.fromstring(page.html or "<html/>").iter("input")
        if element.get("name") == name
    ]
    if not found:
        raise LookupError(f"{page.url} has no field `{name}`")
    return {name: found[0]}


def live_words(page: Page, words: Sequence[str]) -> list[str]:
    """Return those words that the page holds where a browser would run them, or that its title became.

    A script that ran may have changed the title; one that a policy of the page kept from running stands in
    the document all the same.
    """
    document = lxml.html.fromstring(page.html or "<html/>")
    places = [page.title]
    for element in document.iter(etree.Element):
        places += [element.text_content()] if element.tag == "script" else []
        places += [
            value
            for name, value in element.attrib.items()
            if name.lower().startswith("on") or value.strip().lower().startswith("javascript:")
        ]
    return [word for word in words if any(word in place for place in places)]


def visits(trace: Sequence[Exchange], idp: str, name: str) -> int:
    """Return how many requests to the IdP carried a parameter of this name in their address."""
    return sum(
        exchange.url.startswith(idp) and name in parse_qs(urlsplit(exchange.url).query) for exchange in trace
    )


def sibling_origin(url: str) -> str:
    """Return another origin of the same site: the same host, another port. Lax cookies go along."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{9 if parts.port != 9 else 10}"


def left_platform(trace: Sequence[Exchange], platform: str, idp: str) -> str:
    """Return the first address outside platform and IdP that the platform redirected to; empty when none."""
    for exchange in trace:
        away = exchange.location
        if (
            exchange.url.startswith(platform)
            and urlsplit(away).netloc
            and origin(away) != platform
            and not away.startswith(idp)
        ):
            return away
    return ""
