"""From a sign-in to the form that posts the Response: compose, apply the armed fault, sign, journal."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from flask.typing import ResponseReturnValue
from lxml import etree

from mock_idp.apps import SamlApp
from mock_idp.armoury import ArmedFault
from mock_idp.clock import instant_ms
from mock_idp.faults.saml.form import SamlForm
from mock_idp.faults.saml.message import SamlMessage
from mock_idp.indented import indented
from mock_idp.personalities.saml_profile import SamlProfile
from mock_idp.saml import metadata, participants, ready
from mock_idp.saml.encryption import sealed, with_encrypted_assertions
from mock_idp.saml.posting import form_fields, form_page
from mock_idp.saml.response import Facts, Login, composed, rendered
from mock_idp.saml.signing import KeySigner, Signer, sign
from mock_idp.saml.xml import SAML, parse_own, spelled
from mock_idp.saml_keys import signing_key
from mock_idp.sessions import SignIn, login_facts
from mock_idp.tenants import Tenant
from mock_idp.web import tenant_store


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
    message = _composed(tenant, app, unsigned, signer)
    stage = armed.fault.stage if armed else ""
    changed = None
    if armed is not None and stage in ("content", "signature"):
        changed = armed.apply(message, at=instant_ms(message.now))
    if message.sign_assertion:
        message.sign(message.assertion)
    if armed is not None and stage == "after-signing":
        _sign_response(message)
        changed = armed.apply(message, at=instant_ms(message.now))
        _encrypt(message, profile, app)
    else:
        _encrypt(message, profile, app)
        _sign_response(message)
    message.text = profile.xml_declaration + message.spell(message.response)
    if armed is not None and stage == "serialised":
        changed = armed.apply(message, at=instant_ms(message.now))
    return Finished(message.text, changed)


def _composed(tenant: Tenant, app: SamlApp, unsigned: str, signer: Signer | None) -> SamlMessage:
    """The message before it is signed, and what a fault may need to make another one of it."""
    profile = tenant.personality.saml
    parts = app.sign or profile.default_sign

    def signed(element: etree._Element) -> None:
        has_issuer = len(element) > 0 and element[0].tag == f"{{{SAML}}}Issuer"
        sign(
            element,
            after=1 if has_issuer else 0,  # without the Issuer only where a fault took it away
            key=message.key,
            profile=profile,
            algorithm=app.signature_algorithm,
            signer=signer,
        )
        message.reshape(element)

    message = SamlMessage(
        response=parse_own(unsigned),
        now=tenant.clock.now(),
        sign_response=parts in ("response", "both"),
        sign_assertion=parts in ("assertion", "both"),
        key=signing_key(tenant),
        foreign_key=lambda: tenant.keys.foreign,
        retired_key=lambda: tenant.keys.retired,
        cloned_key=lambda: tenant.keys.cloned,
        key_of=lambda url: tenant_store().keys_of(url).active,
        sign=signed,
        spell=partial(spelled, sort_attributes=profile.sort_attributes),
        signed_metadata=lambda: metadata.signed(tenant, app),
        seal=lambda assertion, certificate: sealed(assertion, certificate, profile),
    )
    return message


def _sign_response(message: SamlMessage) -> None:
    """A signature over the Response covers the assertion as it is at that moment, encrypted or in clear.

    A fault that changes the signed message changes it in clear, and breaks this signature in any case."""
    if message.sign_response:
        message.sign(message.response)


def _encrypt(message: SamlMessage, profile: SamlProfile, app: SamlApp) -> None:
    if app.encrypt is not None:
        message.response = with_encrypted_assertions(message.response, app.encrypt, profile)


def _told(armed: ArmedFault, changed: str, sent: str, control: str) -> dict[str, str]:
    """What the journal shows of a lie: what was sent, and what would have been."""
    return {"sent": sent, "control": control, "fault": armed.fault.name, "changed": changed}


def _as_text(fields: Sequence[tuple[str, str]]) -> str:
    """The form for a reader, in order: a field that comes twice is there twice."""
    return indented({"form": [{name: value} for name, value in fields]})
