"""Facts read from pages and traces: hidden fields, and where a platform sends the browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import lxml.html

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
