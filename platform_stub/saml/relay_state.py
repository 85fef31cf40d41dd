"""The RelayState of a login: what is sent, and what its return decides: nothing (SAML bindings 3.5.3)."""

from __future__ import annotations

import hashlib

from flask import Response

from platform_stub import urls
from platform_stub.context import PlatformContext
from platform_stub.policy import Policy
from platform_stub.store import LoginRequest


def of_request(request_id: str) -> str:
    """Return the RelayState of a request: short, and a word to nobody else (SAML bindings 3.4.3)."""
    return hashlib.sha256(request_id.encode()).hexdigest()[:32]


def wanted_page(policy: Policy, request: LoginRequest | None, returned: str) -> str:
    """Return the page that the person asked for.

    For a login that began here that was kept with its request, and what the RelayState says on its return
    counts for nothing. A login that began at the identity provider has nothing else; whether the wish is a
    page of this client is looked at where it is followed.
    """
    if request is None:
        return returned
    changed = returned not in {"", of_request(request.id)}
    return returned if changed and policy.relay_state != "ignored" else request.deep_link


def obey(ctx: PlatformContext, response: Response, returned: str) -> None:
    """Lead a browser where a RelayState says that is no page of this client; for a weak policy only."""
    pages = {
        "shown": f"<p>You are signed in. There is no page “{returned}”.</p>",
        "refreshed": f'<meta http-equiv="refresh" content="0;url={returned}">',
    }
    if ctx.policy.relay_state in pages:
        response.status_code = 200
        del response.headers["Location"]
        response.set_data(pages[ctx.policy.relay_state])
    elif returned:
        start = ctx.settings.base_url if ctx.policy.relay_state == "appended" else ""
        response.headers["Location"] = start + urls.tidied(returned)
