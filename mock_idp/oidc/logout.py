"""RP-initiated logout : end the IdP's session and, where that is allowed, go back.

Source: OpenID Connect RP-Initiated Logout 1.0 section 2.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response
from flask.typing import ResponseReturnValue

from mock_idp import login_pages
from mock_idp.apps import OidcApp
from mock_idp.oidc import jws, refusals
from mock_idp.oidc.exchange import Exchange, RefusedError
from mock_idp.personalities.oidc_problems import Problem


def logout(exchange: Exchange, parameters: Mapping[str, str]) -> ResponseReturnValue:
    """Sign the browser out, or answer with the vendor's error page and leave the session alone."""
    tenant = exchange.tenant
    target = parameters.get("post_logout_redirect_uri", "")
    try:
        app = _hinted_app(exchange, parameters.get("id_token_hint", ""))
        allowed = _is_allowed(exchange, app, target)
    except RefusedError as error:
        return refusals.as_page(exchange, error, None)
    tenant.journal.record(
        "oidc.logout",
        summary=f"Logout was asked for{' by ' + app.name if app else ''}.",
        app=app.name if app else None,
        detail={"post_logout_redirect_uri": target, "redirected": allowed},
    )
    return login_pages.sign_out(tenant, _back(exchange, target, parameters) if allowed else None)


def _back(exchange: Exchange, target: str, parameters: Mapping[str, str]) -> Response:
    state = [("state", parameters["state"])] if "state" in parameters else []
    separator = "&" if "?" in target else "?"
    location = target + (separator + exchange.server.encode(state) if state else "")
    return Response(status=302, headers={"Location": location})


def _hinted_app(exchange: Exchange, hint: str) -> OidcApp | None:
    """The application whose ID token is the hint; an expired token will do. Raises RefusedError if strict."""
    strict = exchange.server.strict_logout
    if not hint:
        if strict:
            raise RefusedError(Problem.HINT_MISSING)
        return None
    try:
        claims = jws.verified_claims(hint, exchange.tenant.published_keys())
    except jws.MalformedTokenError as error:
        if strict:
            raise RefusedError(Problem.HINT_INVALID) from error
        return None
    app = exchange.tenant.oidc_app(str(claims.get("aud", "")))
    if strict and (app is None or claims.get("iss") != exchange.server.issuer(exchange.org)):
        raise RefusedError(Problem.HINT_INVALID)
    return app


def _is_allowed(exchange: Exchange, app: OidcApp | None, target: str) -> bool:
    """Whether logout may redirect to `target`. Raises RefusedError where the vendor makes an error of it."""
    apps = [app] if app else exchange.tenant.oidc_apps
    allowed = any(target in exchange.server.post_logout_uris(each) for each in apps)
    if target and not allowed and exchange.server.strict_logout:
        raise RefusedError(Problem.LOGOUT_URI_UNREGISTERED, client_id=app.client_id if app else "")
    return allowed
