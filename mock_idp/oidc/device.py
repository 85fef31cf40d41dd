"""The device grant (RFC 8628): codes for a device, and the page on which a person types one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Authorization

from mock_idp import login_pages
from mock_idp.apps import OidcApp, is_assigned
from mock_idp.oidc import client_auth, refusals
from mock_idp.oidc.device_grants import DEVICE_GRANT, DeviceRequest, is_over
from mock_idp.oidc.exchange import Exchange, Grant, RefusedError, new_trace
from mock_idp.oidc.issuing import login_of
from mock_idp.oidc.tokens import scopes_of
from mock_idp.page_headers import page_headers
from mock_idp.personalities import PERSONALITIES
from mock_idp.personalities.base import Personality
from mock_idp.personalities.device_flow import DeviceAnswer, DeviceFlow
from mock_idp.personalities.oidc_base import Endpoint
from mock_idp.personalities.oidc_problems import Problem
from mock_idp.sessions import PendingLogin, SignIn
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant


def start(exchange: Exchange, form: Mapping[str, str], header: Authorization | None) -> Response:
    """The codes (RFC 8628 section 3.2), for an application that is registered for this grant."""
    try:
        app = _app(exchange, form, header)
        exchange.check_address(app)
        scopes = scopes_of(exchange, app, form)
    except RefusedError as error:
        return refusals.as_json(exchange, error, None)
    flow = exchange.tenant.personality.oidc.device
    if flow is None:
        return refusals.as_json(exchange, _not_enabled(app), None)
    answer = DeviceAnswer(
        secrets.token_urlsafe(64), flow.new_user_code(), exchange.org.base_url + flow.rule, flow.lifetime
    )
    now = exchange.tenant.clock.timestamp()
    # The user code names the attempt, as there is no state: a fault can be armed for it.
    grant = Grant(
        attempt=answer.user_code,
        app=app.name,
        client_id=app.client_id,
        persona_id="",
        server=exchange.server.name,
        scopes=scopes,
        auth_time=now,
        expires=now + flow.lifetime,
    )
    exchange.tenant.grants.put(f"device:{answer.device_code}", DeviceRequest(grant, exchange.org))
    exchange.tenant.grants.put(f"user-code:{answer.user_code}", answer.device_code)
    exchange.tenant.journal.record(
        "oidc.device_request",
        summary=f"A device asked for {app.name}; a person has to type {answer.user_code}.",
        attempt=answer.user_code,
        app=app.name,
        detail={"scope": " ".join(scopes), "verification_uri": answer.verification_uri},
    )
    return exchange.json(flow.body(answer))


def _app(exchange: Exchange, form: Mapping[str, str], header: Authorization | None) -> OidcApp:
    """The application, by its ID alone, as a device keeps no secret. Raises RefusedError."""
    named = form.get("client_id") or (header.username if header else None)
    if not named:
        raise RefusedError(Problem.CLIENT_ID_MISSING, parameter="client_id")
    app = exchange.tenant.oidc_app(named)
    if app is None:
        raise RefusedError(Problem.UNKNOWN_CLIENT, client_id=named)
    if DEVICE_GRANT not in app.grant_types:
        raise _not_enabled(app)
    if header is not None or not {"client_secret", "client_assertion"}.isdisjoint(form):
        client_auth.authenticate(exchange, form, header)
    return app


def _not_enabled(app: OidcApp) -> RefusedError:
    return RefusedError(Problem.GRANT_NOT_ENABLED, grant_type=DEVICE_GRANT, grants=", ".join(app.grant_types))


def pages() -> Blueprint:
    """The page of every vendor that has one."""
    found = Blueprint("device", __name__)
    for personality in PERSONALITIES:
        flow = personality.oidc.device
        if flow is not None:
            found.add_url_rule(
                f"/t/<tenant>{flow.rule}",
                endpoint=personality.name,
                view_func=partial(_page, personality, flow),
                methods=["GET", "POST"],
            )
    return found


def _page(personality: Personality, flow: DeviceFlow, tenant: str) -> ResponseReturnValue:
    """Ask for the code; with the right one the person signs in, and the device is told."""
    found = find_tenant(tenant, personality.name)
    code = request.values.get(flow.field, "").strip().upper()
    device_code = found.grants.get(f"user-code:{code}")
    waiting = found.grants.get(f"device:{device_code}") if device_code else None
    if not isinstance(waiting, DeviceRequest) or waiting.approved or is_over(found, waiting):
        wrong = "The code is not right, or it has expired." if code else None
        return _shown(found, flow, error=wrong)
    if request.method == "GET":
        return _shown(found, flow, code=code)
    app = found.oidc_app(waiting.grant.client_id)
    if app is None:
        return _shown(found, flow, error="The application of this code is gone.")
    return login_pages.begin(found, PendingLogin(app, waiting.grant.attempt, _Asked(str(device_code))))


@dataclass(frozen=True)
class _Asked:
    """A device that waits for its person to sign in."""

    device_code: str

    def answer(self, tenant: Tenant, sign_in: SignIn) -> ResponseReturnValue:
        """Let the device sign in, and say so."""
        flow = tenant.personality.oidc.device
        assert flow is not None  # the page on which the person typed the code is the flow's
        return _approved(tenant, flow, self.device_code, sign_in)


def _approved(tenant: Tenant, flow: DeviceFlow, device_code: str, sign_in: SignIn) -> ResponseReturnValue:
    waiting = tenant.grants.get(f"device:{device_code}")
    if not isinstance(waiting, DeviceRequest) or is_over(tenant, waiting):
        return _shown(tenant, flow, error="The code has expired.")
    grant = replace(
        waiting.grant,
        persona_id=sign_in.persona.id,
        auth_time=int(sign_in.at.timestamp()),
        session_id=sign_in.session_id,
    )
    server = tenant.personality.oidc.server(grant.server).as_set(tenant.settings)
    exchange = Exchange(tenant, server, waiting.org, Endpoint.DEVICE, new_trace(tenant, None))
    try:
        _check_person(exchange, grant, sign_in)
    except RefusedError as error:
        return refusals.as_page(exchange, error, grant.attempt, app=grant.app, persona=grant.persona_id)
    tenant.grants.put(f"device:{device_code}", replace(waiting, grant=grant, approved=True))
    tenant.journal.record(
        "oidc.device_approved",
        summary=f"{grant.persona_id} let a device sign in to {grant.app}.",
        attempt=grant.attempt,
        app=grant.app,
        persona=grant.persona_id,
    )
    return _shown(tenant, flow, done=grant.app)


def _check_person(exchange: Exchange, grant: Grant, sign_in: SignIn) -> None:
    """Raise RefusedError for a person who may not use the application."""
    login = login_of(exchange, grant, sign_in.persona)
    problem = exchange.server.sign_in_problem(exchange.org, login)
    if problem is None and not is_assigned(login.app, sign_in.persona.id):
        problem = Problem.NOT_ASSIGNED
    if problem is not None:
        raise RefusedError(problem, **exchange.problem_details(grant, login.person))


def _shown(
    tenant: Tenant, flow: DeviceFlow, *, code: str = "", error: str | None = None, done: str | None = None
) -> ResponseReturnValue:
    page = render_template(flow.template, tenant=tenant, flow=flow, code=code, error=error, done=done)
    return page, 200, page_headers(tenant)
