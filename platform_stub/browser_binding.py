"""Which browser started a login: a short-lived cookie here, its digest with the outstanding request.

Without it, a stranger could have your browser finish a login that he started (login CSRF).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from flask import Response, request

from platform_stub.context import PlatformContext
from platform_stub.refusals import RefusalError
from platform_stub.store import Client, Surface
from platform_stub.urls import client_path

COOKIE: Final = "lvp_login"
_LENGTH: Final = 43  # secrets.token_urlsafe(32)


def bind(ctx: PlatformContext, client: Client, response: Response) -> str:
    """Give the browser its binding cookie and return the digest to keep with the outstanding request.

    A browser that has one keeps it, so that logins in two tabs do not spoil each other.
    """
    token = request.cookies.get(COOKIE, "")
    if len(token) != _LENGTH:
        token = secrets.token_urlsafe(32)
    if ctx.policy.login_renews_session == "id-of-start":
        response.set_cookie("lvp_user", secrets.token_urlsafe(32), path=client_path(client))
    response.set_cookie(
        COOKIE,
        token,
        max_age=ctx.settings.login_request_lifetime,
        path=client_path(client),
        httponly=True,
        samesite="Lax",
        secure=ctx.settings.base_url.startswith("https:"),
    )
    return _digest(token)


def presented() -> str:
    """Return the digest of the binding cookie of this request, "" without one."""
    token = request.cookies.get(COOKIE, "")
    return _digest(token) if token else ""


def require_same_browser(ctx: PlatformContext, bound_to: str, surface: Surface) -> None:
    """Raise RefusalError `not-your-browser` unless this browser started the login.

    `bound_to` is the digest that `bind` returned; "" is a login that no browser started here, which only gets
    this far when the policy allows it.
    """
    if not ctx.policy.browser_binding or not bound_to:
        return
    if not hmac.compare_digest(presented(), bound_to):
        has = "another login cookie" if presented() else "no login cookie"
        raise RefusalError("not-your-browser", f"This browser shows {has}.", surface=surface)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
