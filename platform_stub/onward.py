"""Pages that submit their only form by themselves, or at the press of a button where scripts do not run."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Final, Literal

from flask import Response, make_response, render_template

_SUBMIT: Final = "document.forms[0].submit()"
_SUBMIT_WITH_FRAGMENT: Final = (
    "const form = document.forms[0]; form.elements[0].value += location.hash; form.submit()"
)


def post_onward(address: str, fields: Mapping[str, str]) -> Response:
    """Return the page that posts the fields to another site (SAML bindings 3.5)."""
    return _page("post", address, fields, _SUBMIT)


def come_back_after(address: str, name: str, way_back: str) -> Response:
    """Return the page that leads to `address` with the way back in the field `name`.

    The address that somebody opened may have a fragment, which no server sees: the page adds it.
    """
    return _page("get", address, {name: way_back}, _SUBMIT_WITH_FRAGMENT)


def _page(method: Literal["get", "post"], address: str, fields: Mapping[str, str], script: str) -> Response:
    page = render_template("onward.html", method=method, address=address, fields=fields, script=script)
    response = make_response(page)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    response.headers["Content-Security-Policy"] = (
        f"default-src 'self'; frame-ancestors 'none'; base-uri 'none'; script-src 'sha256-{digest}'"
    )
    return response
