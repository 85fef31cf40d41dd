"""The page that a relying party loads in a frame to ask whether the session is still the same.

Source: OpenID Connect Session Management 1.0 section 4. The vendors' own pages are unconfirmed.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from mock_idp import login_pages
from mock_idp.oidc.exchange import Exchange
from mock_idp.page_headers import page_headers
from mock_idp.personalities.place import stable_guid


def check_session(exchange: Exchange, parameters: Mapping[str, str]) -> ResponseReturnValue:
    """A page that answers `client_id session_state` with unchanged, changed or error."""
    del parameters
    sign_in = login_pages.current(exchange.tenant)
    current = stable_guid(exchange.org.directory_id, sign_in.session_id) if sign_in else ""
    page = render_template("check_session.html", session_state=current)
    return Response(page, 200, page_headers(exchange.tenant), mimetype="text/html")
