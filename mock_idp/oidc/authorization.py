"""The authorization endpoint: which requests are accepted, and the code after sign-in (OIDC Core 3.1.2).

How the answer travels back is in `responses`; the pages that ask for a password are in `login_pages`.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask.typing import ResponseReturnValue

from mock_idp import login_pages
from mock_idp.apps import is_assigned
from mock_idp.oidc import refusals, responses
from mock_idp.oidc.authorization_request import RESPONSE_MODES, Request
from mock_idp.oidc.exchange import CodeGrant, Exchange, RefusedError
from mock_idp.oidc.grants import Grants
from mock_idp.oidc.tokens import scopes_of
from mock_idp.personalities.oidc_base import Problem
from mock_idp.sessions import PendingLogin, SignIn


def authorize(exchange: Exchange, parameters: Mapping[str, str]) -> ResponseReturnValue:
    """Answer an authorization request: a page, a redirect with an error, or the login pages and a code."""
    state = parameters.get("state")
    _note_request(exchange, parameters, state)
    try:
        request = _trusted(exchange, parameters)
    except RefusedError as error:
        return refusals.as_page(exchange, error, state)
    try:
        scopes = _checked(exchange, request)
        if "none" in request.prompts:
            return _finish(exchange, request, scopes, _silent_sign_in(exchange, request))
    except RefusedError as error:
        return responses.refuse(exchange, request, error)
    return login_pages.begin(
        exchange.tenant,
        PendingLogin(
            app=request.app,
            attempt=state,
            resume=lambda sign_in: _finish(exchange, request, scopes, sign_in),
            force="login" in request.prompts or _is_too_old(exchange, request),
            login_hint=parameters.get("login_hint", ""),
        ),
    )


def _trusted(exchange: Exchange, parameters: Mapping[str, str]) -> Request:
    """The request, if application and redirect URI are known; before that nothing may be redirected."""
    client_id = parameters.get("client_id", "")
    app = exchange.tenant.oidc_app(client_id)
    if app is None:
        raise RefusedError(Problem.UNKNOWN_CLIENT, client_id=client_id)
    exchange.check_address(app)
    redirect_uri = parameters.get("redirect_uri", "")
    if redirect_uri not in app.redirect_uris:
        raise RefusedError(
            Problem.REDIRECT_URI_UNREGISTERED, client_id=client_id, redirect_uri=redirect_uri, app=app.name
        )
    return Request(app, redirect_uri, parameters.get("state"), parameters)


def _checked(exchange: Exchange, request: Request) -> tuple[str, ...]:
    """The granted scopes of a request that is in order. Raises RefusedError for what is not."""
    parameters, server = request.parameters, exchange.server
    if server.requires_state and not request.state:
        raise RefusedError(Problem.STATE_MISSING)
    response_type = parameters.get("response_type", "")
    if response_type != "code":
        raise RefusedError(Problem.RESPONSE_TYPE_UNSUPPORTED, response_type=response_type)
    if parameters.get("response_mode", "query") not in RESPONSE_MODES:
        raise RefusedError(Problem.RESPONSE_MODE_UNSUPPORTED)
    method = parameters.get("code_challenge_method", "plain")
    if "code_challenge" in parameters:
        if method not in server.pkce_methods:
            raise RefusedError(Problem.PKCE_METHOD_UNSUPPORTED, method=method)
    elif request.app.pkce_required or not request.app.client_secret:
        raise RefusedError(Problem.PKCE_REQUIRED)
    return scopes_of(exchange, parameters)


def _silent_sign_in(exchange: Exchange, request: Request) -> SignIn:
    """The browser's session, young enough for `max_age`. Raises RefusedError (OIDC Core section 3.1.2.6)."""
    sign_in = login_pages.current(exchange.tenant)
    if sign_in is None or _is_too_old(exchange, request):
        raise RefusedError(Problem.LOGIN_REQUIRED)
    return sign_in


def _is_too_old(exchange: Exchange, request: Request) -> bool:
    """Whether the browser's session, if any, is older than `max_age` allows."""
    sign_in = login_pages.current(exchange.tenant)
    if sign_in is None or request.max_age is None:
        return False
    return (exchange.tenant.clock.now() - sign_in.at).total_seconds() > request.max_age


def _finish(
    exchange: Exchange, request: Request, scopes: tuple[str, ...], sign_in: SignIn
) -> ResponseReturnValue:
    """Answer with a code for the person who signed in, if the application is theirs to use."""
    app, persona = request.app, sign_in.persona
    if not is_assigned(app, persona.id):
        error = RefusedError(Problem.NOT_ASSIGNED, app=app.name, client_id=app.client_id, user=persona.login)
        if exchange.server.not_assigned_is_a_page:
            return refusals.as_page(exchange, error, request.state, app=app.name, persona=persona.id)
        return responses.refuse(exchange, request, error, persona=persona.id)
    code = exchange.server.new_code(exchange.org, app.client_id)
    parameters = request.parameters
    grant = CodeGrant(
        attempt=request.state,
        app=app.name,
        client_id=app.client_id,
        persona_id=persona.id,
        server=exchange.server.name,
        scopes=scopes,
        auth_time=int(sign_in.at.timestamp()),
        expires=exchange.tenant.clock.timestamp() + exchange.server.code_lifetime,
        nonce=parameters.get("nonce"),
        redirect_uri=request.redirect_uri,
        code_challenge=parameters.get("code_challenge"),
        code_challenge_method=parameters.get("code_challenge_method", "plain"),
    )
    Grants(exchange.tenant).keep_code(code, grant)
    return responses.grant(exchange, request, code, sign_in)


def _note_request(exchange: Exchange, parameters: Mapping[str, str], state: str | None) -> None:
    app = exchange.tenant.oidc_app(parameters.get("client_id", ""))
    exchange.tenant.journal.record(
        "oidc.authorization_request",
        summary=f"{app.name if app else 'An unknown application'} asked for a login.",
        attempt=state,
        app=app.name if app else None,
        detail={"parameters": dict(parameters), "server": exchange.server.name},
    )
