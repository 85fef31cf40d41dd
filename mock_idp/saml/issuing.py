"""From a sign-in to the form that posts the Response: compose, apply the armed fault, sign, journal."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue
from lxml import etree

from mock_idp.apps import SamlApp
from mock_idp.armoury import ArmedFault
from mock_idp.clock import instant_ms
from mock_idp.faults.saml_form import SamlForm
from mock_idp.faults.saml_message import SamlMessage
from mock_idp.indented import indented
from mock_idp.page_headers import page_headers
from mock_idp.personalities.saml_profile import SamlProfile
from mock_idp.saml import participants, ready
from mock_idp.saml.encryption import with_encrypted_assertions
from mock_idp.saml.response import Facts, Login, composed, rendered
from mock_idp.saml.signing import KeySigner, Signer, sign
from mock_idp.saml.xml import parse_own, spelled
from mock_idp.saml_keys import signing_key
from mock_idp.sessions import SignIn, login_facts
from mock_idp.tenants import Tenant


class Finished(NamedTuple):
    """A Response as it is sent, and what the fault changed in it, if there was one."""

    xml: str
    changed: str | None


def issue(
    tenant: Tenant, login: Login, sign_in: SignIn, relay_state: str | None, login_hint: str = ""
) -> ResponseReturnValue:
    """The page that posts the Response to the service provider. Raises FaultCannotApplyError."""
    facts, asserted = composed(tenant, login, sign_in)
    honest = written(tenant, login, facts)
    persona, returned = sign_in.persona.id, returned_relay_state(login.app, relay_state)
    fields, told = form_fields(tenant, honest, returned), {"sent": honest}
    armed = tenant.faults.enlist(
        login.request_id, "saml", login_facts(sign_in.persona, login.app, login_hint, relay_state)
    )
    if armed is not None and armed.fault.stage == "envelope":
        form = SamlForm(list(fields))
        changed = armed.apply(form, at=instant_ms(tenant.clock.now()))
        told = _told(armed, changed, _as_text(form.fields), _as_text(fields))
        fields = form.fields
    elif armed is not None:
        sent, said = finished(tenant, login, rendered(tenant, facts), armed)
        told = _told(armed, said or "", sent, honest)
        fields = form_fields(tenant, sent, returned)
    lie = " with a fault" if armed else ""
    with tenant.atomic():  # one step is cheaper than two where processes share the state
        participants.note(tenant, sign_in.session_id, login.app.name, asserted)
        tenant.journal.record(
            "saml.response",
            summary=f"A Response for {persona} was sent to {login.app.name}{lie}.",
            attempt=login.request_id,
            app=login.app.name,
            persona=persona,
            detail={**told, "acs_url": login.acs_url, "relay_state": returned},
        )
    return form_page(tenant, login.acs_url, fields)


def returned_relay_state(app: SamlApp, received: str | None) -> str | None:
    """The RelayState that goes back to the service provider, as its registration says."""
    if app.relay_state == "drop":
        return None
    if app.relay_state != "echo":
        return app.relay_state
    return app.default_relay_state if received is None else received


def written(tenant: Tenant, login: Login, facts: Facts) -> str:
    """The honest Response as it is sent, filled in where a ready-made text holds for it (`ready`).

    Nothing else decides between the two ways, which write the same bytes."""
    if not ready.holds(login.app, facts):
        return finished(tenant, login, rendered(tenant, facts)).xml
    profile, app, key = tenant.personality.saml, login.app, signing_key(tenant)
    made = ready.text(
        (
            profile.templates,
            app.sign or profile.default_sign,
            app.signature_algorithm,
            ready.structure(facts),
        ),
        lambda marked, signer: finished(tenant, login, rendered(tenant, marked), signer=signer).xml,
        facts,
    )
    return made.filled(facts, KeySigner(key, profile, app.signature_algorithm))


def finished(
    tenant: Tenant,
    login: Login,
    unsigned: str,
    armed: ArmedFault | None = None,
    signer: Signer | None = None,
) -> Finished:
    """The Response with the fault if one is armed, signed, encrypted, and spelled the vendor's way.

    `signer` may stand in for the one that signs. Raises FaultCannotApplyError."""
    profile, app = tenant.personality.saml, login.app
    parts = app.sign or profile.default_sign
    message = SamlMessage(
        response=parse_own(unsigned),
        now=tenant.clock.now(),
        sign_response=parts in ("response", "both"),
        sign_assertion=parts in ("assertion", "both"),
        key=signing_key(tenant),
        foreign_key=lambda: tenant.keys.foreign,
        retired_key=lambda: tenant.keys.retired,
    )
    changed = None
    if armed is not None and armed.fault.stage in ("content", "signature"):
        changed = armed.apply(message, at=instant_ms(message.now))
    if message.sign_assertion:
        _sign(message.assertion, message, profile, app, signer)
    if armed is not None and armed.fault.stage == "after-signing":
        _sign_response(message, profile, app, signer)
        changed = armed.apply(message, at=instant_ms(message.now))
        _encrypt(message, profile, app)
    else:
        _encrypt(message, profile, app)
        _sign_response(message, profile, app, signer)
    xml = spelled(
        message.response, sort_attributes=profile.sort_attributes, declaration=profile.xml_declaration
    )
    return Finished(xml, changed)


def _sign_response(message: SamlMessage, profile: SamlProfile, app: SamlApp, signer: Signer | None) -> None:
    """A signature over the Response covers the assertion as it is at that moment, encrypted or in clear.

    A fault that changes the signed message changes it in clear, and breaks this signature in any case."""
    if message.sign_response:
        _sign(message.response, message, profile, app, signer)


def _sign(
    element: etree._Element,
    message: SamlMessage,
    profile: SamlProfile,
    app: SamlApp,
    signer: Signer | None,
) -> None:
    sign(
        element,
        after=1,
        key=message.key,
        profile=profile,
        algorithm=app.signature_algorithm,
        signer=signer,
    )


def _encrypt(message: SamlMessage, profile: SamlProfile, app: SamlApp) -> None:
    if app.encrypt is not None:
        message.response = with_encrypted_assertions(message.response, app.encrypt, profile)


def posted(
    tenant: Tenant, url: str, xml: str, relay_state: str | None, *, name: str = "SAMLResponse"
) -> ResponseReturnValue:
    """The vendor's page that posts `xml` to `url` (SAML Bindings section 3.5)."""
    return form_page(tenant, url, form_fields(tenant, xml, relay_state, name=name))


def form_fields(
    tenant: Tenant, xml: str, relay_state: str | None, *, name: str = "SAMLResponse"
) -> list[tuple[str, str]]:
    """The fields of that form, in order: the message in base64, and RelayState if there is to be one."""
    fields = [(name, base64.b64encode(xml.encode("utf-8")).decode("ascii"))]
    if relay_state is not None or tenant.personality.saml.always_sends_relay_state:
        fields.append(("RelayState", relay_state or ""))
    return fields


def form_page(tenant: Tenant, url: str, fields: Sequence[tuple[str, str]]) -> ResponseReturnValue:
    """The vendor's page whose form posts these fields to `url` by itself."""
    template = f"{tenant.personality.saml.templates}/form_post.html"
    return render_template(template, action=url, fields=fields), 200, page_headers(tenant)


def _told(armed: ArmedFault, changed: str, sent: str, control: str) -> dict[str, str]:
    """What the journal shows of a lie: what was sent, and what would have been."""
    return {"sent": sent, "control": control, "fault": armed.fault.name, "changed": changed}


def _as_text(fields: Sequence[tuple[str, str]]) -> str:
    """The form for a reader, in order: a field that comes twice is there twice."""
    return indented({"form": [{name: value} for name, value in fields]})
