"""Single sign-on behind every vendor's URLs: from a request, or from the IdP's own link, to a Response."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import redirect, request
from flask.typing import ResponseReturnValue

from mock_idp import login_pages
from mock_idp.apps import SamlApp, is_assigned
from mock_idp.clock import instant_ms
from mock_idp.personalities.saml_profile import Problem
from mock_idp.saml import authn_request, lookup
from mock_idp.saml.authn_request import AuthnRequest
from mock_idp.saml.checks import check_consent, check_signature, granted
from mock_idp.saml.issuing import issue
from mock_idp.saml.received import MalformedMessageError, NoMessageError, Received, receive
from mock_idp.saml.refusals import RefusedError, StatusRefusedError, error_page, error_response
from mock_idp.saml.response import Login
from mock_idp.saml.xml import render
from mock_idp.saml_app import AuthnMethod
from mock_idp.sessions import PendingLogin, SignIn
from mock_idp.tenants import Tenant


def receive_or_refuse() -> Received:
    """The SAML message of the HTTP request under way. Raises RefusedError."""
    try:
        return receive()
    except NoMessageError as error:
        raise RefusedError(Problem.REQUEST_MISSING) from error
    except MalformedMessageError as error:
        raise RefusedError(Problem.REQUEST_MALFORMED, reason=str(error)) from error


def answer(tenant: Tenant, received: Received, app: SamlApp | None = None) -> ResponseReturnValue:
    """Answer an AuthnRequest; `app` None means that its Issuer has to name the application."""
    attempt = None
    try:
        asked = _read(received)
        attempt = asked.id
        _note(tenant, asked, received)
        app = app or lookup.by_issuer(tenant, asked.issuer)
        check_signature(app, received, required=app.require_signed_requests)
        login = granted(tenant, app, asked, received.relay_state)
        return _sign_in(tenant, login, received.relay_state, asked)
    except RefusedError as error:
        return error_page(tenant, error, attempt=attempt, app=app.name if app else None)
    except StatusRefusedError as error:
        return error_response(tenant, error)


def start(tenant: Tenant, app: SamlApp) -> ResponseReturnValue:
    """Start a login at the IdP, without a request (S46). Raises RefusedError."""
    check_consent(tenant, app)
    return _sign_in(tenant, Login(app, app.acs_urls[0]), request.args.get("RelayState"))


def test_button(tenant: Tenant, app: SamlApp) -> ResponseReturnValue:
    """Send the portal's own request, whose fixed ID makes the answer one without InResponseTo (S46)."""
    profile = tenant.personality.saml
    xml = render(
        f"{profile.templates}/authn_request.xml",
        id=profile.unsolicited_request_ids[0],
        issue_instant=instant_ms(tenant.clock.now()),
        issuer=app.audience,
    )
    deflater = zlib.compressobj(wbits=-15)
    deflated = deflater.compress(xml.encode("utf-8")) + deflater.flush()
    query = urlencode({"SAMLRequest": base64.b64encode(deflated).decode("ascii")})
    return redirect(f"{profile.endpoints(tenant.place, app.name).sso_url}?{query}", 302)


def _sign_in(
    tenant: Tenant, login: Login, relay_state: str | None, asked: AuthnRequest | None = None
) -> ResponseReturnValue:
    """Sign the person in, if need be, and send the Response. Raises StatusRefusedError."""
    hint = request.args.get("login_hint", "")

    force = asked is not None and asked.force_authn and login.app.honor_force_authn
    passive = asked is not None and asked.is_passive and tenant.personality.saml.honours_is_passive
    if passive and (force or login_pages.current(tenant) is None):
        raise StatusRefusedError(
            login,
            relay_state,
            "Responder",
            "NoPassive",
            "The user has to sign in, which a passive request forbids.",
        )
    pending = PendingLogin(
        login.app, login.request_id, _Asked(login, relay_state, hint), force=force, login_hint=hint
    )
    return login_pages.begin(tenant, pending)


@dataclass(frozen=True)
class _Asked:
    """A login that waits for its person, and what the service provider gets back with the Response."""

    login: Login
    relay_state: str | None
    login_hint: str

    def answer(self, tenant: Tenant, sign_in: SignIn) -> ResponseReturnValue:
        """Send the Response, if the application is the person's to use."""
        login, persona = self.login, sign_in.persona
        problem = tenant.personality.saml.policies.get(tenant.settings.access_policy)
        if problem is None and not is_assigned(login.app, persona.id):
            problem = Problem.NOT_ASSIGNED
        if sign_in.second_factor and login.app.authn_methods == SamlApp.authn_methods:
            methods: tuple[AuthnMethod, ...] = ("password", "multipleauthn")
            login = replace(login, app=replace(login.app, authn_methods=methods))
        if problem is None:
            return issue(tenant, login, sign_in, self.relay_state, self.login_hint)
        app_id = tenant.personality.application_id(tenant.place, login.app.name)
        error = RefusedError(problem, app_id=app_id, user=persona.login)
        return error_page(tenant, error, attempt=login.request_id, app=login.app.name, persona=persona.id)


def _read(received: Received) -> AuthnRequest:
    try:
        return authn_request.read(received.root)
    except MalformedMessageError as error:
        raise RefusedError(Problem.REQUEST_MALFORMED, reason=str(error)) from error


def _note(tenant: Tenant, asked: AuthnRequest, received: Received) -> None:
    tenant.journal.record(
        "saml.authn_request",
        summary=f"{asked.issuer or 'An unnamed service provider'} asked for a login.",
        attempt=asked.id,
        detail={
            "binding": received.binding,
            "issuer": asked.issuer,
            "acs_url": asked.acs_url,
            "force_authn": asked.force_authn,
            "is_passive": asked.is_passive,
            "signed": received.is_signed,
            "relay_state": received.relay_state,
            "received": received.xml,
        },
    )
