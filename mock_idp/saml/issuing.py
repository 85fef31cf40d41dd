"""From a sign-in to the form that posts the Response: compose, apply the armed fault, sign, journal."""

from __future__ import annotations

import base64
from typing import NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue

from mock_idp.clock import instant_ms
from mock_idp.faults.model import ArmedFault
from mock_idp.faults.saml_message import SamlMessage
from mock_idp.saml.response import Login, compose
from mock_idp.saml.signing import sign
from mock_idp.saml.xml import parse_own, spelled
from mock_idp.sessions import SignIn
from mock_idp.tenants import Tenant

NO_STORE = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"}


class Finished(NamedTuple):
    """A Response as it is sent, and what the fault changed in it, if there was one."""

    xml: str
    changed: str | None


def issue(tenant: Tenant, login: Login, sign_in: SignIn, relay_state: str | None) -> ResponseReturnValue:
    """The page that posts the Response to the service provider. Raises FaultCannotApplyError."""
    unsigned = compose(tenant, login, sign_in)
    honest = sent = finished(tenant, login, unsigned).xml
    faulty: dict[str, str | None] = {}
    armed = tenant.faults.for_attempt(login.request_id, "saml")
    if armed is not None:
        sent, changed = finished(tenant, login, unsigned, armed)
        faulty = {"control": honest, "fault": armed.fault.name, "changed": changed}
    persona = sign_in.persona.id
    tenant.journal.record(
        "saml.response",
        summary=f"A Response for {persona} was sent to {login.app.name}{' with a fault' if armed else ''}.",
        attempt=login.request_id,
        app=login.app.name,
        persona=persona,
        detail={"sent": sent, "acs_url": login.acs_url, "relay_state": relay_state, **faulty},
    )
    return posted(tenant, login.acs_url, sent, relay_state)


def finished(tenant: Tenant, login: Login, unsigned: str, armed: ArmedFault | None = None) -> Finished:
    """The Response with the fault if one is armed, signed, and spelled the vendor's way.

    Raises FaultCannotApplyError."""
    profile = tenant.personality.saml
    parts = login.app.sign or profile.default_sign
    message = SamlMessage(
        response=parse_own(unsigned),
        now=tenant.clock.now(),
        sign_response=parts in ("response", "both"),
        sign_assertion=parts in ("assertion", "both"),
        key=tenant.keys.active,
        foreign_key=lambda: tenant.keys.foreign,
    )
    changed = None
    if armed is not None and armed.fault.stage in ("content", "signature"):
        changed = armed.apply(message, at=instant_ms(message.now))
    if message.sign_assertion:
        sign(message.assertion, after=1, key=message.key, profile=profile)
    if message.sign_response:
        sign(message.response, after=1, key=message.key, profile=profile)
    if armed is not None and armed.fault.stage == "after-signing":
        changed = armed.apply(message, at=instant_ms(message.now))
    xml = spelled(
        message.response, sort_attributes=profile.sort_attributes, declaration=profile.xml_declaration
    )
    return Finished(xml, changed)


def posted(tenant: Tenant, acs_url: str, xml: str, relay_state: str | None) -> ResponseReturnValue:
    """The vendor's page that posts `xml` to `acs_url` (SAML Bindings section 3.5)."""
    fields = [("SAMLResponse", base64.b64encode(xml.encode("utf-8")).decode("ascii"))]
    if relay_state is not None or tenant.personality.saml.always_sends_relay_state:
        fields.append(("RelayState", relay_state or ""))
    template = f"{tenant.personality.saml.templates}/form_post.html"
    return render_template(template, action=acs_url, fields=fields), 200, NO_STORE
