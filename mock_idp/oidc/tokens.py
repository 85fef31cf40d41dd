"""The token endpoint: which grant is redeemed, and for whom (RFC 6749 sections 4 to 6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Response
from werkzeug.datastructures import Authorization

from mock_idp.apps import OidcApp, is_assigned
from mock_idp.clock import instant_ms
from mock_idp.compact import compact_ascii
from mock_idp.faults.oidc.drafts import TokenAnswerDraft
from mock_idp.oidc import client_auth, device_grants, refusals
from mock_idp.oidc.device_grants import DEVICE_GRANT
from mock_idp.oidc.exchange import CodeGrant, Exchange, Grant, RefusedError
from mock_idp.oidc.grants import Grants
from mock_idp.oidc.issuing import REFRESH_TOKEN_LIFETIME, check_login, login_of, token_response
from mock_idp.oidc.received import NOT_SHOWN, SECRETS, received
from mock_idp.oidc.trouble import slow
from mock_idp.personalities.oidc_base import UnknownResourceError
from mock_idp.personalities.oidc_problems import Problem
from mock_idp.personas import Persona, find_by_login

Form = Mapping[str, str]
NOT_ACTIVE = {
    "suspended": Problem.ACCOUNT_SUSPENDED,
    "locked": Problem.ACCOUNT_LOCKED,
    "password_expired": Problem.PASSWORD_EXPIRED,
}
WITH_A_PERSON = ("authorization_code", DEVICE_GRANT)
"""Grants that come from somebody who has just signed in."""
VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
"""RFC 7636 section 4.1."""


def token(exchange: Exchange, form: Form, header: Authorization | None) -> Response:
    """Redeem what the form presents; every refusal is the vendor's JSON error."""
    attempt = _attempt(exchange, form)
    _note_request(exchange, form, header, attempt)
    try:
        app = client_auth.authenticate(exchange, form, header)
        exchange.check_address(app)
        redeem = _redeemer(form, app)
        grant, persona, refresh_token = redeem(exchange, app, form)
        login = login_of(exchange, grant, persona)
        check_login(exchange, grant, login, interactive=form["grant_type"] in WITH_A_PERSON)
        draft = _wanted_otherwise(exchange, grant)
        if draft.status != HTTPStatus.OK:
            return _refused_on_purpose(exchange, draft)
        answer = token_response(exchange, grant, persona, login, form, refresh_token=refresh_token)
        return _as_wanted(answer, draft)
    except RefusedError as error:
        return refusals.as_json(exchange, error, attempt)


def _wanted_otherwise(exchange: Exchange, grant: Grant) -> TokenAnswerDraft:
    """How a fault wants the answer to be; the journal is told. The usual draft where there is none."""
    draft = TokenAnswerDraft()
    armed = exchange.fault(grant.attempt, "exchange")
    if armed is None:
        return draft
    changed = armed.apply(draft, at=instant_ms(exchange.tenant.clock.now()))
    exchange.tenant.journal.record(
        "oidc.token_response",
        summary="The token endpoint answers otherwise on purpose.",
        attempt=grant.attempt,
        app=grant.app,
        persona=grant.persona_id,
        detail={
            "sent": json.dumps({"token_response": draft.as_json()}, indent=2),
            "control": json.dumps({"token_response": TokenAnswerDraft().as_json()}, indent=2),
            "fault": armed.fault.name,
            "changed": changed,
        },
    )
    return draft


def _refused_on_purpose(exchange: Exchange, draft: TokenAnswerDraft) -> Response:
    """The error in place of the tokens; it leaves no trace in what was redeemed."""
    if draft.error is not None:
        body = {"error": draft.error, "error_description": draft.description}
        return exchange.json(body, draft.status)
    page = f"<html><body><h1>{draft.status}</h1>This endpoint fails on purpose.</body></html>"
    answer = Response(page, draft.status, mimetype="text/html")
    if draft.retry_after:
        answer.headers["Retry-After"] = draft.retry_after
    return answer


def _as_wanted(answer: Response, draft: TokenAnswerDraft) -> Response:
    """The answer with tokens, without the members that a fault removed, and as late as it wants."""
    if draft.removed:
        kept = {
            name: value for name, value in json.loads(answer.get_data()).items() if name not in draft.removed
        }
        answer.set_data(compact_ascii(kept))
    return slow(answer, hangs=draft.slow == "hang") if draft.slow else answer


Redeemed = tuple[Grant, Persona, str | bool]
"""A grant, its person, and the refresh token to hand out: a kept one, True for a new one, False for none."""


def _redeemer(form: Form, app: OidcApp) -> Callable[[Exchange, OidcApp, Form], Redeemed]:
    grant_type = _required(form, "grant_type")
    redeemers = {
        "authorization_code": _redeem_code,
        "refresh_token": _redeem_refresh_token,
        "password": _redeem_password,
        DEVICE_GRANT: _redeem_device_code,
    }
    if grant_type not in redeemers:
        raise RefusedError(Problem.GRANT_UNSUPPORTED, grant_type=grant_type)
    if grant_type not in app.grant_types:
        grants = ", ".join(app.grant_types)
        raise RefusedError(Problem.GRANT_NOT_ENABLED, grant_type=grant_type, grants=grants)
    return redeemers[grant_type]


def _redeem_code(exchange: Exchange, app: OidcApp, form: Form) -> Redeemed:
    code = _required(form, "code")
    grants = Grants(exchange.tenant)
    grant = grants.peek_code(code)
    if grant is None or grant.server != exchange.server.name:
        raise RefusedError(Problem.CODE_UNKNOWN)
    if grant.client_id != app.client_id:
        raise RefusedError(Problem.CODE_OF_ANOTHER_APP)
    _check_redirect_uri(app, grant, form)
    _check_verifier(grant, form)
    if grants.redeem_code(code) is None:
        grants.revoke_family(grant)  # somebody else has the tokens of this code
        raise RefusedError(Problem.CODE_REDEEMED)
    if grant.expires <= exchange.tenant.clock.timestamp():
        raise RefusedError(Problem.CODE_EXPIRED)
    persona = exchange.tenant.personas.get(grant.persona_id)
    if persona is None:
        raise RefusedError(Problem.CODE_UNKNOWN)
    if form.get("resource"):  # Entra's v1.0 takes it here as well as at the authorization endpoint
        grant = replace(grant, scopes=scopes_of(exchange, app, {**form, "scope": " ".join(grant.scopes)}))
    return grant, persona, _wants_refresh_token(app, grant)


def _check_redirect_uri(app: OidcApp, grant: CodeGrant, form: Form) -> None:
    """RFC 6749 section 4.1.3: identical to the one of the authorization request."""
    given = _required(form, "redirect_uri")
    details = {"redirect_uri": given, "client_id": app.client_id, "expected": grant.redirect_uri}
    if given not in app.redirect_uris:
        raise RefusedError(Problem.REDIRECT_URI_NOT_OF_APP, **details)
    if given != grant.redirect_uri:
        raise RefusedError(Problem.REDIRECT_URI_DIFFERS, **details)


def _check_verifier(grant: CodeGrant, form: Form) -> None:
    """RFC 7636 section 4.6; a verifier without a challenge is refused too (RFC 9700 section 2.1.1)."""
    verifier = form.get("code_verifier", "")
    if grant.code_challenge is None and not verifier:
        return
    computed = verifier
    if grant.code_challenge_method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        computed = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
    challenge = grant.code_challenge or ""
    if not VERIFIER.fullmatch(verifier) or not hmac.compare_digest(computed.encode(), challenge.encode()):
        raise RefusedError(Problem.PKCE_MISMATCH)


def _redeem_refresh_token(exchange: Exchange, app: OidcApp, form: Form) -> Redeemed:
    presented = _required(form, "refresh_token")
    grant = Grants(exchange.tenant).refresh_token(presented)
    if grant is None or grant.client_id != app.client_id or grant.server != exchange.server.name:
        raise RefusedError(Problem.REFRESH_TOKEN_UNKNOWN)
    persona = exchange.tenant.personas.get(grant.persona_id)
    if persona is None:
        raise RefusedError(Problem.REFRESH_TOKEN_UNKNOWN)
    if grant.expires <= exchange.tenant.clock.timestamp():
        issued = datetime.fromtimestamp(grant.expires - REFRESH_TOKEN_LIFETIME, UTC)
        raise RefusedError(Problem.REFRESH_TOKEN_EXPIRED, issued=f"{issued:%Y-%m-%dT%H:%M:%S.%f}0Z")
    if not persona.may_stay:
        raise RefusedError(Problem.ACCOUNT_SUSPENDED)
    if "scope" in form:
        narrowed = scopes_of(exchange, app, form)
        if not set(narrowed) <= set(grant.scopes):  # RFC 6749 section 6
            raise RefusedError(Problem.SCOPE_UNKNOWN, scope=form["scope"])
        grant = replace(grant, scopes=narrowed)
    # OIDC Core section 12.2: a refreshed ID token should not carry the nonce of the login.
    return replace(grant, nonce=None), persona, True if exchange.server.rotates_refresh_tokens else presented


def _redeem_device_code(exchange: Exchange, app: OidcApp, form: Form) -> Redeemed:
    grant = device_grants.redeem(exchange, app.client_id, _required(form, "device_code"))
    persona = exchange.tenant.personas.get(grant.persona_id)
    if persona is None:
        raise RefusedError(Problem.DEVICE_CODE_UNKNOWN)
    return grant, persona, _wants_refresh_token(app, grant)


def _redeem_password(exchange: Exchange, app: OidcApp, form: Form) -> Redeemed:
    """RFC 6749 section 4.3. There is no browser and no `state`, so the grant belongs to no attempt."""
    login, password = _required(form, "username"), _required(form, "password")
    scopes = scopes_of(exchange, app, form)
    persona = find_by_login(exchange.tenant.personas, login)
    if persona is not None and persona.status == "locked":  # whatever the password is
        raise RefusedError(Problem.ACCOUNT_LOCKED, user=login)
    if persona is None or not hmac.compare_digest(password.encode(), persona.password.encode()):
        raise RefusedError(Problem.PASSWORD_WRONG, user=login)
    if persona.status != "active":
        raise RefusedError(NOT_ACTIVE[persona.status], user=login)
    denied = exchange.server.password_problem(exchange.org)
    if denied is not None:
        raise RefusedError(denied, user=login)
    if not is_assigned(app, persona.id):
        raise RefusedError(Problem.NOT_ASSIGNED, app=app.name, client_id=app.client_id, user=login)
    now = exchange.tenant.clock.timestamp()
    grant = Grant(
        attempt=None,
        app=app.name,
        client_id=app.client_id,
        persona_id=persona.id,
        server=exchange.server.name,
        scopes=scopes,
        auth_time=now,
        expires=now,
    )
    return grant, persona, _wants_refresh_token(app, grant)


def scopes_of(exchange: Exchange, app: OidcApp, form: Form) -> tuple[str, ...]:
    """The scopes asked for, in the vendor's order. Raises RefusedError."""
    asked = [*form.get("scope", "").split(), *exchange.server.scopes_of_resource(form.get("resource", ""))]
    try:
        granted = exchange.server.granted_scopes(asked, app)
    except UnknownResourceError as error:
        raise RefusedError(Problem.RESOURCE_UNKNOWN, resource=error.resource) from error
    except LookupError as error:
        raise RefusedError(Problem.SCOPE_UNKNOWN, scope=str(error.args[0])) from error
    if not granted:
        raise RefusedError(Problem.SCOPE_MISSING, parameter="scope")
    return granted


def _wants_refresh_token(app: OidcApp, grant: Grant) -> bool:
    return "offline_access" in grant.scopes and "refresh_token" in app.grant_types


def _required(form: Form, name: str) -> str:
    if not form.get(name):
        raise RefusedError(Problem.PARAMETER_MISSING, parameter=name)
    return form[name]


def _attempt(exchange: Exchange, form: Form) -> str | None:
    """The login attempt that the presented code or refresh token descends from."""
    grants = Grants(exchange.tenant)
    grant = grants.peek_code(form.get("code", "")) or grants.refresh_token(form.get("refresh_token", ""))
    return grant.attempt if grant else None


def _note_request(exchange: Exchange, form: Form, header: Authorization | None, attempt: str | None) -> None:
    shown = {name: NOT_SHOWN if name in SECRETS else value for name, value in form.items()}
    authentication = "client_secret_basic" if header and header.type == "basic" else "in the form"
    authentication = "client_assertion" if "client_assertion" in form else authentication
    client_id = form.get("client_id") or (header.username if header else None) or ""
    app = exchange.tenant.oidc_app(client_id)
    sender = app.name if app else "An unknown application"
    exchange.tenant.journal.record(
        "oidc.token_request",
        summary=f"{sender} presented {form.get('grant_type') or 'no grant'}.",
        attempt=attempt,
        app=app.name if app else None,
        detail={
            "form": shown,
            "client_authentication": authentication,
            "server": exchange.server.name,
            "received": received(),
        },
    )
