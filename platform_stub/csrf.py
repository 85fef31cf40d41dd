"""Refusing forms that another site submits: the Origin header, and a token from the session's own pages."""

import hmac

from flask import request

from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError

FIELD = "csrf_token"


def check(ctx: PlatformContext, token: str) -> None:
    """Refuse the request unless it carries the session's token and does not come from another site.

    Raises RejectedError ``cross-site`` (403).
    """
    if not ctx.policy.csrf_checked:
        return
    check_origin(ctx)
    if not hmac.compare_digest(request.form.get(FIELD, "").encode(), token.encode()):
        raise RejectedError(
            "cross-site",
            "The form did not carry this session's security token, so nothing was changed. "
            "Reload the page and try again.",
            status=403,
        )


def check_origin(ctx: PlatformContext) -> None:
    """Refuse a request whose Origin header names another site; without the header nothing is compared."""
    if not ctx.policy.csrf_checked:
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin not in {request.host_url.rstrip("/"), ctx.settings.base_url}:
        raise RejectedError(
            "cross-site",
            "The form was submitted by another site, so nothing was changed.",
            status=403,
        )
