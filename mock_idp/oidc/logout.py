"""RP-initiated logout: end the IdP's session, tell the other relying parties, and go back where allowed.

Source: OpenID Connect RP-Initiated Logout 1.0 section 2, Front-Channel Logout 1.0 section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from mock_idp import login_pages
from mock_idp.apps import OidcApp
from mock_idp.login_pages import sign_out_picker
from mock_idp.oidc import jws, refusals
from mock_idp.oidc.exchange import Exchange, RefusedError
from mock_idp.page_headers import page_headers
from mock_idp.personalities.oidc_base import Parameters
from mock_idp.personalities.oidc_problems import Problem
from mock_idp.sessions import SignIn
from mock_idp.tenants import Tenant


def logout(exchange: Exchange, parameters: Mapping[str, str]) -> ResponseReturnValue:
    """Sign the browser out, or answer with the vendor's error page and leave the session alone."""
    tenant = exchange.tenant
    target = parameters.get("post_logout_redirect_uri", "")
    try:
        claims = _hinted(exchange, parameters.get("id_token_hint", ""))
        app = _hinted_app(exchange, claims)
        allowed = _is_allowed(exchange, app, target)
    except RefusedError as error:
        return refusals.as_page(exchange, error, None)
    leaving = _leaving(tenant, claims, parameters.get("logout_hint", ""))
    if leaving is None and login_pages.accounts(tenant):
        return sign_out_picker.page(tenant, parameters)
    tenant.journal.record(
        "oidc.logout",
        summary=f"Logout was asked for{' by ' + app.name if app else ''}.",
        app=app.name if app else None,
        detail={"post_logout_redirect_uri": target, "redirected": allowed},
    )
    state = [("state", parameters["state"])] if "state" in parameters else []
    frames = _frames(exchange, leaving)
    answer = _back(exchange, target, state) if allowed else None
    if frames:
        answer = _framed(exchange, frames, target if allowed else None, state)
    return login_pages.sign_out(tenant, answer, session_id=leaving.session_id if leaving else None)


def _leaving(tenant: Tenant, claims: Mapping[str, Any], hint: str) -> SignIn | None:
    """The account that signs out; None when there is none, or it has to be picked."""
    if not tenant.personality.keeps_accounts:
        return login_pages.current(tenant)
    for account in login_pages.accounts(tenant) if claims else []:
        if tenant.personality.user_id(tenant.place, account.persona.id) == claims.get("oid"):
            return account
    always = tenant.settings.sign_out_picker == "always" and not claims
    return sign_out_picker.leaving(tenant, hint, alone_is_asked=always)


def _frames(exchange: Exchange, sign_in: SignIn | None) -> list[str]:
    """What the page of logout loads: the relying parties of the session that asked to be told."""
    tenant = exchange.tenant
    if sign_in is None:
        return []
    known = tenant.oidc_participants.get(sign_in.session_id) or frozenset()
    apps = [app for app in tenant.oidc_apps if app.name in known]
    urls = {
        app.name: url
        for app in apps
        if (url := exchange.server.front_channel_logout(exchange.org, app, sign_in.session_id))
    }
    for name, url in urls.items():
        tenant.journal.record(
            "oidc.front_channel_logout",
            summary=f"{name} was told that {sign_in.persona.id} signs out.",
            app=name,
            persona=sign_in.persona.id,
            detail={"url": url},
        )
    return list(urls.values())


def _framed(exchange: Exchange, frames: list[str], target: str | None, state: Parameters) -> Response:
    """The page that loads the frames, and goes on to `target` when they are loaded."""
    template = f"{exchange.server.vendor}/signing_out.html"
    # A form by GET replaces the query of its URL, so what is there already becomes a field.
    address, _, query = (target or "").partition("?")
    fields = [*parse_qsl(query, keep_blank_values=True), *state]
    page = render_template(
        template, tenant=exchange.tenant, frames=frames, action=address or None, fields=fields
    )
    return Response(page, 200, page_headers(exchange.tenant), mimetype="text/html")


def _back(exchange: Exchange, target: str, state: Parameters) -> Response:
    separator = "&" if "?" in target else "?"
    location = target + (separator + exchange.server.encode(state) if state else "")
    return Response(status=302, headers={"Location": location})


def _hinted(exchange: Exchange, hint: str) -> dict[str, Any]:
    """The claims of the ID token that is the hint, none without one; an expired token will do.

    Raises RefusedError if strict."""
    strict = exchange.server.strict_logout
    if not hint:
        if strict:
            raise RefusedError(Problem.HINT_MISSING)
        return {}
    try:
        return jws.verified_claims(hint, exchange.tenant.published_keys())
    except jws.MalformedTokenError as error:
        if strict:
            raise RefusedError(Problem.HINT_INVALID) from error
        return {}


def _hinted_app(exchange: Exchange, claims: Mapping[str, Any]) -> OidcApp | None:
    """The application whose ID token was the hint. Raises RefusedError if strict."""
    strict = exchange.server.strict_logout
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
