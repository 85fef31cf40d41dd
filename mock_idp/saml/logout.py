"""Single logout, started by a service provider or at the IdP (SAML Profiles section 4.4).

Entra tells the other service providers of the session in hidden frames and takes no answer from them
(azure-docs#19955). Okta tells others only when the sign-out starts at the IdP, one after the other: it is an
optional feature there, whose bytes are unconfirmed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from mock_idp import login_pages
from mock_idp.apps import SamlApp
from mock_idp.clock import instant_ms
from mock_idp.login_pages import sign_out_picker
from mock_idp.page_headers import page_headers
from mock_idp.personalities.saml_profile import Problem
from mock_idp.personas import Persona
from mock_idp.saml import logout_messages, lookup, participants
from mock_idp.saml.checks import check_signature
from mock_idp.saml.logout_messages import LogoutRequest, Outgoing
from mock_idp.saml.participants import Participant
from mock_idp.saml.posting import posted
from mock_idp.saml.received import MalformedMessageError, Received
from mock_idp.saml.refusals import RefusedError, error_page
from mock_idp.saml.xml import SAMLP
from mock_idp.sessions import SignIn
from mock_idp.tenants import Tenant

REQUEST, RESPONSE = f"{{{SAMLP}}}LogoutRequest", f"{{{SAMLP}}}LogoutResponse"
KINDS = (REQUEST, RESPONSE)


@dataclass(frozen=True)
class Waiting:
    """Service providers that are still to be told, one after the other. Nobody awaits the end of it."""

    persona: Persona
    rest: tuple[Participant, ...]


def answer(tenant: Tenant, received: Received, app: SamlApp | None = None) -> ResponseReturnValue:
    """Answer a LogoutRequest, or go on after a LogoutResponse; `app` None: the Issuer names it.

    Raises RefusedError."""
    try:
        if received.kind == REQUEST:
            return _answer_request(tenant, received, logout_messages.read_request(received.root), app)
        if received.kind == RESPONSE:
            return _go_on(tenant, received, app)
    except MalformedMessageError as error:
        raise RefusedError(Problem.REQUEST_MALFORMED, reason=str(error)) from error
    raise RefusedError(Problem.REQUEST_MALFORMED, reason=f"{received.kind!r} is no logout message.")


def start(tenant: Tenant) -> ResponseReturnValue:
    """Sign the browser out at the IdP and tell the service providers of its session."""
    signed_in = _leaving(tenant)
    if signed_in is None:
        return sign_out_picker.page(tenant) if login_pages.accounts(tenant) else login_pages.sign_out(tenant)
    told = _to_be_told(tenant, signed_in.session_id)
    tenant.journal.record(
        "saml.logout",
        summary=f"{signed_in.persona.id} signed out at the IdP; {len(told)} service providers are told.",
        persona=signed_in.persona.id,
    )
    if tenant.personality.saml.logout_broadcast == "frames":
        answer = _framed(tenant, told, signed_in.persona, None)
    else:
        answer = _next(tenant, Waiting(signed_in.persona, told))
    return _ended(tenant, signed_in.session_id, answer)


def _answer_request(
    tenant: Tenant, received: Received, asked: LogoutRequest, app: SamlApp | None
) -> ResponseReturnValue:
    tenant.journal.record(
        "saml.logout_request",
        summary=f"{asked.issuer or 'An unnamed service provider'} asked for a logout.",
        attempt=asked.id,
        detail={
            "binding": received.binding,
            "issuer": asked.issuer,
            "name_id": asked.name_id,
            "session_indexes": list(asked.session_indexes),
            "signed": received.is_signed,
            "relay_state": received.relay_state,
            "received": received.xml,
        },
    )
    try:
        app = app or lookup.by_issuer(tenant, asked.issuer)
        name_id = _checked(tenant, app, received, asked)
    except RefusedError as error:
        return error_page(tenant, error, attempt=asked.id, app=app.name if app else None)
    return _signed_out(tenant, app, received, asked, name_id)


def _checked(tenant: Tenant, app: SamlApp, received: Received, asked: LogoutRequest) -> str:
    """The NameID of a request that can be answered. Raises RefusedError."""
    strict = tenant.personality.saml.logout_request_is_signed
    if strict and (app.logout_url is None or app.request_certificate is None):
        reason = "the application needs logout_url and request_certificate."
        raise RefusedError(Problem.LOGOUT_NOT_SET_UP, reason=reason)
    check_signature(app, received, required=strict)
    if asked.name_id is None:
        raise RefusedError(Problem.NAME_ID_MISSING)
    if asked.not_on_or_after is not None and asked.not_on_or_after <= tenant.clock.now():
        raise RefusedError(Problem.LOGOUT_EXPIRED, until=instant_ms(asked.not_on_or_after))
    return asked.name_id


def _signed_out(
    tenant: Tenant, app: SamlApp, received: Received, asked: LogoutRequest, name_id: str
) -> ResponseReturnValue:
    """End the session, tell others where the vendor does, and answer the service provider that asked."""
    signed_in = _leaving(tenant)
    if signed_in is None and login_pages.accounts(tenant):
        return sign_out_picker.page(tenant)
    session_id = (
        signed_in.session_id
        if signed_in
        else participants.session_of(tenant, app.name, name_id, asked.session_indexes)
    )
    persona = _persona_of(tenant, session_id)
    if signed_in and Problem.NOT_A_PARTICIPANT in tenant.personality.saml.words:
        taking_part = {known.app_name for known in participants.of_session(tenant, signed_in.session_id)}
        if taking_part and app.name not in taking_part:
            refusal = RefusedError(Problem.NOT_A_PARTICIPANT)
            return error_page(tenant, refusal, attempt=asked.id, app=app.name, persona=signed_in.persona.id)
    if signed_in and Problem.LOGOUT_SESSION_UNKNOWN in tenant.personality.saml.words:
        known_as = participants.indexes_of(tenant, signed_in.session_id, app.name)
        if known_as and asked.session_indexes and known_as.isdisjoint(asked.session_indexes):
            refusal = RefusedError(Problem.LOGOUT_SESSION_UNKNOWN)
            return error_page(tenant, refusal, attempt=asked.id, app=app.name, persona=signed_in.persona.id)
    reply = None
    if app.logout_url is not None:
        reply = logout_messages.response_to(tenant, app, app.logout_url, asked.id, received.relay_state)
    tenant.journal.record(
        "saml.logout",
        summary=f"{persona.id if persona else 'Nobody'} was signed out for {app.name}.",
        attempt=asked.id,
        app=app.name,
        persona=persona.id if persona else None,
        detail=_sent(reply) if reply else {},
    )
    told: tuple[Participant, ...] = ()
    if persona is not None and tenant.personality.saml.logout_broadcast == "frames":
        told = _to_be_told(tenant, session_id, but=app.name)
    if persona is not None and told:
        page = _framed(tenant, told, persona, reply)
    elif reply is None:
        page = login_pages.sign_out(tenant)
    else:
        page = _delivered(tenant, reply)
    return _ended(tenant, session_id, page)


def _go_on(tenant: Tenant, received: Received, app: SamlApp | None) -> ResponseReturnValue:
    """Take a service provider's LogoutResponse and tell the next one. Raises RefusedError."""
    said = logout_messages.read_response(received.root)
    waiting: Waiting | None = tenant.saml_logouts.pop(said.in_response_to)
    tenant.journal.record(
        "saml.logout_response",
        summary=f"{said.issuer or 'An unnamed service provider'} answered with {said.status or 'no status'}.",
        attempt=said.in_response_to,
        app=app.name if app else None,
        detail={"received": received.xml, "signed": received.is_signed},
    )
    if waiting is None:
        raise RefusedError(Problem.LOGOUT_RESPONSE_UNEXPECTED)
    if app is not None:
        check_signature(app, received, required=False)
    return _next(tenant, waiting)


def _next(tenant: Tenant, waiting: Waiting) -> Response:
    """Send the LogoutRequest for the next service provider, or show that all is done."""
    for number, participant in enumerate(waiting.rest):
        message = _request_to(tenant, participant, waiting.persona)
        if message is not None:
            rest = Waiting(waiting.persona, waiting.rest[number + 1 :])
            tenant.saml_logouts.put(message.id, rest)
            return _delivered(tenant, message)
    return login_pages.sign_out(tenant)


def _framed(
    tenant: Tenant, told: tuple[Participant, ...], persona: Persona, reply: Outgoing | None
) -> Response:
    """The page that loads every LogoutRequest in a frame, and then goes back to who asked."""
    messages = [_request_to(tenant, participant, persona) for participant in told]
    frames = [logout_messages.redirect_url(tenant, message) for message in messages if message]
    return make_response(
        render_template(
            f"{tenant.personality.saml.templates}/signing_out.html",
            tenant=tenant,
            frames=frames,
            action=reply.url if reply else None,
            fields=logout_messages.redirect_fields(tenant, reply) if reply else [],
        ),
        200,
        page_headers(tenant),
    )


def _delivered(tenant: Tenant, message: Outgoing) -> Response:
    if logout_messages.binding_of(tenant, message.app) == "redirect":
        return make_response(redirect(logout_messages.redirect_url(tenant, message), 302))
    return make_response(posted(tenant, message.url, message.xml, message.relay_state, name=message.name))


def _request_to(tenant: Tenant, participant: Participant, persona: Persona) -> Outgoing | None:
    """The LogoutRequest to a participant that still takes part in logout; it is journalled."""
    app = next((app for app in tenant.saml_apps if app.name == participant.app_name), None)
    if app is None or app.logout_url is None:
        return None
    message = logout_messages.request_for(tenant, app, app.logout_url, participant, persona)
    tenant.journal.record(
        "saml.logout_request_sent",
        summary=f"{app.name} was told that {persona.id} signs out.",
        attempt=message.id,
        app=app.name,
        persona=persona.id,
        detail=_sent(message),
    )
    return message


def _sent(message: Outgoing) -> dict[str, str]:
    """The message for the journal, with what a fault changed in it."""
    changed = {"changed": message.changed} if message.changed else {}
    return {"sent": message.xml, "url": message.url, **changed}


def _to_be_told(tenant: Tenant, session_id: str | None, *, but: str | None = None) -> tuple[Participant, ...]:
    taking_part = {app.name for app in tenant.saml_apps if app.logout_url is not None} - {but}
    known = participants.of_session(tenant, session_id or "")
    return tuple(participant for participant in known if participant.app_name in taking_part)


def _persona_of(tenant: Tenant, session_id: str | None) -> Persona | None:
    session = tenant.sessions.get(session_id or "")
    return tenant.personas.get(session.persona_id) if session else None


def _ended(tenant: Tenant, session_id: str | None, page: Response) -> Response:
    """End the session, in the browser too, and answer with `page`."""
    if session_id is not None:
        tenant.sessions.pop(session_id)
        tenant.saml_participants.pop(session_id)
    return login_pages.sign_out(tenant, page, session_id=session_id)


def _leaving(tenant: Tenant) -> SignIn | None:
    """The account that signs out; None without one, or where it has to be picked (by link, for a GET)."""
    if request.method != "GET":
        return login_pages.current(tenant)
    return sign_out_picker.leaving(tenant, request.args.get("logout_hint", ""))
