"""Which account signs out: the one that a hint names, the only one, or the one that the person picks (Entra).

The tiles are links to the request itself with a `logout_hint`, so nothing has to be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request

from mock_idp.login_pages.accounts import account_of, accounts
from mock_idp.page_headers import page_headers
from mock_idp.sessions import SignIn
from mock_idp.tenants import Tenant


def leaving(tenant: Tenant, hint: str = "", *, alone_is_asked: bool = False) -> SignIn | None:
    """The account that signs out; None when there is none, or when it is to be picked (`page`)."""
    signed_in = accounts(tenant)
    hinted = account_of(signed_in, hint) if hint else None
    asked = len(signed_in) > 1 or (alone_is_asked and not hint)
    return hinted or (None if asked or not signed_in else signed_in[0])


def page(tenant: Tenant, parameters: Mapping[str, str] | None = None) -> Response:
    """The page with the tiles; `parameters` are the request's own where they are not all in its query."""
    query = request.query_string.decode("latin-1") if parameters is None else urlencode(parameters)
    kept = [part for part in query.split("&") if part and not part.startswith("logout_hint=")]
    people = [account.persona for account in accounts(tenant)]
    here = f"{request.base_url}?{'&'.join((*kept, ''))}"
    tiles = [(person, here + urlencode({"logout_hint": person.login})) for person in people]
    tenant.journal.record("login.sign_out_picker", summary="Asked which account is to sign out.")
    return make_response(
        render_template(f"{tenant.personality.name}/sign_out_picker.html", tenant=tenant, tiles=tiles),
        200,
        page_headers(tenant),
    )
