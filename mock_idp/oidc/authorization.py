"""The authorization endpoint: which requests are accepted, and the code after sign-in (OIDC Core 3.1.2).

How the answer travels back is in `responses`; the pages that ask for a password are in `login_pages`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import make_response
from flask.typing import ResponseReturnValue

from mock_idp import login_pages
from mock_idp.apps import OidcApp, is_assigned
from mock_idp.oidc import refusals, responses
from mock_idp.oidc.authorization_request import Request
from mock_idp.oidc.exchange import CodeGrant, Exchange, RefusedError
from mock_idp.oidc.grants import Grants
from mock_idp.oidc.issuing import check_login, front_channel, login_of
from mock_idp.oidc.pushed import pulled
from mock_idp.oidc.tokens import scopes_of
from mock_idp.personalities.oidc_base import Endpoint, Login, Org, Trace
from mock_idp.personalities.oidc_problems import Problem
from mock_idp.personas import Persona
from mock_idp.sessions import PendingLogin, SignIn, login_facts
from mock_idp.tenants import Tenant


def authorize(exchange: Exchange, parameters: Mapping[str, str]) -> ResponseReturnValue:
    """Answer an authorization request: a page, a redirect with an error, or the login pages and a code."""
    state = parameters.get("state")
    app = exchange.tenant.oidc_app(parameters.get("client_id", ""))
    _note_request(exchange, parameters, app)
    try:
        parameters = pulled(exchange, parameters)
        state = parameters.get("state")
        request = _trusted(exchange, parameters, app)
    except RefusedError as error:
        return refusals.as_page(exchange, error, state)
    try:
        scopes = _checked(exchange, request)
        asked = _Asked(exchange.server.name, exchange.org, exchange.trace, request, scopes)
        pending = PendingLogin(
            app=request.app,
            attempt=state,
            asked=asked,
            force="login" in request.prompts or _is_too_old(exchange, request),
            login_hint=parameters.get("login_hint", ""),
            pick="select_account" in request.prompts,
            consent=asked,
            idp=parameters.get("idp") or parameters.get("domain_hint", ""),
        )
        if "sessionToken" in parameters and (opened := _opened(exchange, parameters["sessionToken"])):
            answer = make_response(_finish(exchange, request, scopes, opened))
            login_pages.set_cookie(exchange.tenant, opened, answer)
            return answer
        if "none" in request.prompts:
            return _finish(exchange, request, scopes, _silent_sign_in(exchange, request, pending))
    except RefusedError as error:
        return responses.refuse(exchange, request, error)
    return login_pages.begin(exchange.tenant, pending)


@dataclass(frozen=True)
class _Asked:
    """An authorization request in order that waits for its person, and where and when it came."""

    server: str
    org: Org
    trace: Trace
    request: Request
    scopes: tuple[str, ...]

    @property
    def asks_consent(self) -> bool:
        """Whether the request says so."""
        return "consent" in self.request.prompts

    def answer(self, tenant: Tenant, sign_in: SignIn) -> ResponseReturnValue:
        """Send the code, or what else was asked for."""
        return _finish(self._exchange(tenant), self.request, self.scopes, sign_in)

    def decline(self, tenant: Tenant, sign_in: SignIn) -> ResponseReturnValue:
        """Send the browser back without what the person does not give."""
        refusal = RefusedError(Problem.CONSENT_DECLINED)
        return responses.refuse(self._exchange(tenant), self.request, refusal, persona=sign_in.persona.id)

    def _exchange(self, tenant: Tenant) -> Exchange:
        server = tenant.personality.oidc.server(self.server).as_set(self.org.settings)
        return Exchange(tenant, server, self.org, Endpoint.AUTHORIZE, self.trace)


def _trusted(exchange: Exchange, parameters: Mapping[str, str], app: OidcApp | None) -> Request:
    """The request, if application and redirect URI are known; before that nothing may be redirected."""
    client_id = parameters.get("client_id", "")
    if app is None:
        raise RefusedError(Problem.UNKNOWN_CLIENT, client_id=client_id)
    exchange.check_address(app)
    redirect_uri = parameters.get("redirect_uri", "")
    if redirect_uri not in app.redirect_uris:
        raise RefusedError(
            Problem.REDIRECT_URI_UNREGISTERED, client_id=client_id, redirect_uri=redirect_uri, app=app.name
        )
    return Request.read(app, redirect_uri, parameters, exchange.server.response_modes)


def _checked(exchange: Exchange, request: Request) -> tuple[str, ...]:
    """The granted scopes of a request that is in order. Raises RefusedError for what is not."""
    parameters, server = request.parameters, exchange.server
    if server.requires_state and not request.state:
        raise RefusedError(Problem.STATE_MISSING)
    if not request.app.allows(request.response_type):
        allowed = ", ".join(request.app.response_types)
        raise RefusedError(
            Problem.RESPONSE_TYPE_UNSUPPORTED, response_type=request.response_type, response_types=allowed
        )
    if not request.mode_is_allowed:
        raise RefusedError(Problem.RESPONSE_MODE_UNSUPPORTED)
    if "id_token" in request.wanted and not parameters.get("nonce"):
        raise RefusedError(Problem.NONCE_MISSING)  # OIDC Core sections 3.2.2.1 and 3.3.2.11
    alone = "none" not in request.prompts or len(request.prompts) == 1
    if not alone or not server.prompts.issuperset(request.prompts):
        raise RefusedError(Problem.PROMPT_INVALID)
    _check_pkce(exchange, request)
    return scopes_of(exchange, request.app, parameters)


def _check_pkce(exchange: Exchange, request: Request) -> None:
    """RFC 7636 section 4.4.1, where the request asks for a code."""
    if "code" not in request.wanted:
        return
    method = request.parameters.get("code_challenge_method", "plain")
    if "code_challenge" in request.parameters:
        if method not in exchange.server.pkce_methods:
            raise RefusedError(Problem.PKCE_METHOD_UNSUPPORTED, method=method)
    elif request.app.pkce_required or request.app.is_public:
        raise RefusedError(Problem.PKCE_REQUIRED)


def _opened(exchange: Exchange, token: str) -> SignIn | None:
    """The session that Okta's one-time `sessionToken` opens, with a second factor where that is wanted."""
    sign_in = login_pages.redeemed(exchange.tenant, token)
    wanted = exchange.tenant.settings.access_policy == "mfa"
    return None if sign_in is None or (wanted and not sign_in.second_factor) else sign_in


def _silent_sign_in(exchange: Exchange, request: Request, pending: PendingLogin) -> SignIn:
    """The browser's session, young enough for `max_age`. Raises RefusedError (OIDC Core section 3.1.2.6)."""
    pending, sign_in = login_pages.recognised(exchange.tenant, pending)
    problem = Problem.LOGIN_REQUIRED
    if sign_in is not None:
        found = login_pages.silent_problem(exchange.tenant, pending)
        if found is None:
            return sign_in
        problem = found
    raise RefusedError(problem, client_id=request.app.client_id, app=request.app.name)


def _is_too_old(exchange: Exchange, request: Request) -> bool:
    """Whether the browser's session, if any, is older than `max_age` allows."""
    sign_in = None if request.max_age is None else login_pages.current(exchange.tenant)
    if sign_in is None or request.max_age is None:
        return False
    return (exchange.tenant.clock.now() - sign_in.at).total_seconds() > request.max_age


def _finish(
    exchange: Exchange, request: Request, scopes: tuple[str, ...], sign_in: SignIn
) -> ResponseReturnValue:
    """Answer for the person who signed in, if the application is theirs to use."""
    grant = _code_grant(exchange, request, scopes, sign_in)
    try:
        login = login_of(exchange, grant, sign_in.persona)
        _check_person(exchange, request, grant, login, sign_in.persona)
    except RefusedError as error:
        persona = sign_in.persona.id
        if error.problem in exchange.server.page_problems:
            return refusals.as_page(exchange, error, request.state, app=grant.app, persona=persona)
        return responses.refuse(exchange, request, error, persona=persona)
    hint = request.parameters.get("login_hint", "")
    exchange.tenant.faults.enlist(request.state, "oidc", login_facts(sign_in.persona, request.app, hint))
    code = None
    if "code" in request.wanted:
        code = exchange.server.new_code(exchange.org, grant.client_id)
        Grants(exchange.tenant).keep_code(code, grant)
    _join_session(exchange, sign_in, grant)
    issued, detail = front_channel(exchange, grant, sign_in.persona, login, wanted=request.wanted, code=code)
    return responses.grant(exchange, request, issued, sign_in, detail)


def _join_session(exchange: Exchange, sign_in: SignIn, grant: CodeGrant) -> None:
    """The application takes part in the session, so that logout can tell it."""
    participants = exchange.tenant.oidc_participants
    if grant.app in (participants.get(sign_in.session_id) or ()):
        return
    with exchange.tenant.atomic():
        known: frozenset[str] = participants.get(sign_in.session_id) or frozenset()
        participants.put(sign_in.session_id, known | {grant.app})


def _check_person(
    exchange: Exchange, request: Request, grant: CodeGrant, login: Login, persona: Persona
) -> None:
    """Raise RefusedError for a person who may not use the application, or about whom no token can tell."""
    problem = exchange.server.sign_in_problem(exchange.org, login)
    if problem is None and not is_assigned(request.app, persona.id):
        problem = Problem.NOT_ASSIGNED
    if problem is not None:
        raise RefusedError(problem, **exchange.problem_details(grant, login.person))
    if request.wanted != ("code",):
        check_login(exchange, grant, login, interactive=True)


def _code_grant(exchange: Exchange, request: Request, scopes: tuple[str, ...], sign_in: SignIn) -> CodeGrant:
    parameters = request.parameters
    return CodeGrant(
        attempt=request.state,
        app=request.app.name,
        client_id=request.app.client_id,
        persona_id=sign_in.persona.id,
        server=exchange.server.name,
        scopes=scopes,
        auth_time=int(sign_in.at.timestamp()),
        expires=exchange.tenant.clock.timestamp() + exchange.server.code_lifetime,
        nonce=parameters.get("nonce"),
        session_id=sign_in.session_id,
        second_factor=sign_in.second_factor,
        idp=sign_in.idp,
        redirect_uri=request.redirect_uri,
        code_challenge=parameters.get("code_challenge"),
        code_challenge_method=parameters.get("code_challenge_method", "plain"),
    )


def _note_request(exchange: Exchange, parameters: Mapping[str, str], app: OidcApp | None) -> None:
    exchange.tenant.journal.record(
        "oidc.authorization_request",
        summary=f"{app.name if app else 'An unknown application'} asked for a login.",
        attempt=parameters.get("state"),
        app=app.name if app else None,
        detail={"parameters": parameters, "server": exchange.server.name},
    )
