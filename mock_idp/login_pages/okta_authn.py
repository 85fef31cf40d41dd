"""Okta's Authentication API, by which a program signs a person in and gets a `sessionToken` (documented).

A session token becomes a session once: as a parameter of /authorize, or at /login/sessionCookieRedirect. The
members are the documented ones; links beside those that callers follow are left out.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request
from flask.typing import ResponseReturnValue

from mock_idp.clock import instant_ms
from mock_idp.compact import compact_ascii
from mock_idp.error_pages import okta_error
from mock_idp.login_pages.accounts import new_session, set_cookie
from mock_idp.login_pages.okta_steps import authenticator_id
from mock_idp.one_time_codes import SECONDS, code_of, is_code_of
from mock_idp.personalities.okta.http_answers import api_error
from mock_idp.personas import Factor, Persona, find_by_login
from mock_idp.sessions import SignIn
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant, json_object

pages = Blueprint("okta_authn", __name__)

LIFETIME = 300  # seconds of a state or session token (documented)
FACTORS: dict[Factor, tuple[str, str]] = {
    "app": ("token:software:totp", "GOOGLE"),
    "sms": ("sms", "OKTA"),
    "email": ("email", "OKTA"),
}
"""factorType and provider."""
WRONG = api_error("E0000004", "Authentication failed")
WRONG_CODE = api_error(
    "E0000068",
    "Invalid Passcode/Answer",
    "Your passcode doesn't match our records. Please try again.",
)
EXPIRED = api_error("E0000011", "Invalid token provided")


@dataclass(frozen=True)
class _Kept:
    """Whom a state token or a session token stands for."""

    persona_id: str
    expires: int
    second_factor: bool = False


@pages.post("/t/<tenant>/api/v1/authn")
def authn(tenant: str) -> ResponseReturnValue:
    """Take name and password: a session token, or what is still to be done for one."""
    found, asked = find_tenant(tenant, "okta"), json_object()
    persona = find_by_login(found.personas, str(asked.get("username", "")))
    password = str(asked.get("password", ""))
    right = persona is not None and secrets.compare_digest(password.encode(), persona.password.encode())
    if persona is None or not right or persona.status in ("suspended", "locked"):
        _note(found, "A login at the API failed.", persona)
        return _json(WRONG, 401)
    if persona.status == "password_expired":
        return _transaction(found, persona, "PASSWORD_EXPIRED")
    if found.settings.access_policy == "mfa":
        return _transaction(found, persona, "MFA_REQUIRED")
    return _success(found, persona, second_factor=False)


@pages.post("/t/<tenant>/api/v1/authn/factors/<factor_id>/verify")
def verify(tenant: str, factor_id: str) -> ResponseReturnValue:
    """Take the code of a factor; without one, send it."""
    found, asked = find_tenant(tenant, "okta"), json_object()
    token = f"authn:{asked.get('stateToken', '')}"
    persona = _whose(found, found.grants.get(token))
    if persona is None:
        _note(found, "No login at the API is under way by this stateToken.", None)
        return _json(EXPIRED, 401)
    factor = next((each for each in persona.factors if authenticator_id(found, each) == factor_id), None)
    if factor is None:
        missing = f"Not found: Resource not found: {factor_id[:40]} (FactorEntity)"
        _note(found, f"{persona.id} has no such factor.", persona)
        return _json(api_error("E0000007", missing), 404)
    now = found.clock.timestamp()
    if "passCode" not in asked:
        detail = {"factor": factor, "code": code_of(persona, now)}
        found.journal.record(
            "login.code_sent", summary=f"A code was sent to {persona.id}.", persona=persona.id, detail=detail
        )
        return _transaction(found, persona, "MFA_CHALLENGE", str(asked["stateToken"]))
    good_for = SECONDS if factor == "app" else LIFETIME
    if not is_code_of(persona, str(asked["passCode"]), now, good_for=good_for):
        _note(found, f"A wrong code for {persona.id}.", persona)
        return _json(WRONG_CODE, 403)
    if found.grants.pop(token) is None:
        return _json(EXPIRED, 401)
    return _success(found, persona, second_factor=True)


@pages.get("/t/<tenant>/login/sessionCookieRedirect")
def session_cookie_redirect(tenant: str) -> ResponseReturnValue:
    """Turn a session token into the cookie, and go on to an address of this org."""
    found, target = find_tenant(tenant, "okta"), request.args.get("redirectUrl", "")
    if not target.startswith(f"{found.base_url}/"):
        text = "The redirectUrl is no address of this org."
        _note(found, text, None)
        return okta_error(found, status=400, title="Bad Request", code="invalid_request", description=text)
    answer = make_response(redirect(target, 302))
    signed_in = redeemed(found, request.args.get("token", ""))
    if signed_in is not None:
        set_cookie(found, signed_in, answer)
    return answer


def redeemed(tenant: Tenant, token: str) -> SignIn | None:
    """The session that a session token opens; None for any other text, and the second time."""
    kept: _Kept | None = tenant.grants.pop(f"session-token:{token}")
    persona = _whose(tenant, kept)
    if kept is None or persona is None:
        return None
    return new_session(tenant, persona, second_factor=kept.second_factor)


def _whose(tenant: Tenant, kept: _Kept | None) -> Persona | None:
    if kept is None or kept.expires < tenant.clock.timestamp():
        return None
    persona = tenant.personas.get(kept.persona_id)
    return persona if persona is not None and persona.may_stay else None


def _success(tenant: Tenant, persona: Persona, *, second_factor: bool) -> Response:
    token = _keep(tenant, persona, "session-token", second_factor=second_factor)
    _note(tenant, f"{persona.id} got a session token.", persona, kind="login.session_token")
    body = {"expiresAt": _expiry(tenant), "status": "SUCCESS", "sessionToken": token}
    return _json({**body, "_embedded": _user(tenant, persona)})


def _transaction(tenant: Tenant, persona: Persona, status: str, token: str = "") -> Response:
    """What is still to be done, under a state token."""
    token = token or _keep(tenant, persona, "authn")
    body = {"stateToken": token, "expiresAt": _expiry(tenant), "status": status}
    embedded = _user(tenant, persona)
    if status == "MFA_REQUIRED":
        embedded["factors"] = [_factor(tenant, factor) for factor in persona.factors]
    return _json({**body, "_embedded": embedded})


def _json(body: Mapping[str, object], status: int = 200) -> Response:
    """The members in their own order."""
    return Response(compact_ascii(body), status, mimetype="application/json")


def _keep(tenant: Tenant, persona: Persona, kind: str, *, second_factor: bool = False) -> str:
    token = ("20111" if kind == "session-token" else "00") + secrets.token_urlsafe(30)
    kept = _Kept(persona.id, tenant.clock.timestamp() + LIFETIME, second_factor)
    tenant.grants.put(f"{kind}:{token}", kept)
    return token


def _expiry(tenant: Tenant) -> str:
    return instant_ms(tenant.clock.now() + timedelta(seconds=LIFETIME))


def _user(tenant: Tenant, persona: Persona) -> dict[str, Any]:
    profile = {
        "login": persona.login,
        "firstName": persona.given_name,
        "lastName": persona.family_name,
        "locale": "en_US",
        "timeZone": "America/Los_Angeles",
    }
    return {"user": {"id": tenant.personality.user_id(tenant.place, persona.id), "profile": profile}}


def _factor(tenant: Tenant, factor: Factor) -> dict[str, Any]:
    kind, provider = FACTORS[factor]
    factor_id = authenticator_id(tenant, factor)
    href = f"{tenant.base_url}/api/v1/authn/factors/{factor_id}/verify"
    link = {"href": href, "hints": {"allow": ["POST"]}}
    return {
        "id": factor_id,
        "factorType": kind,
        "provider": provider,
        "vendorName": provider,
        "_links": {"verify": link},
    }


def _note(tenant: Tenant, summary: str, persona: Persona | None, kind: str = "login.failed") -> None:
    tenant.journal.record(kind, summary=summary, persona=persona.id if persona else None)
