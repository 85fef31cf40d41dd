"""The messages of single logout: those of service providers read, the IdP's own written (SAML Core 3.7)."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from lxml import etree

from mock_idp.apps import SamlApp
from mock_idp.armoury import ArmedFault
from mock_idp.clock import instant_ms
from mock_idp.faults.saml.message import LogoutMessage
from mock_idp.keys import SigningKey
from mock_idp.personalities.saml_profile import FORMAT_PERSISTENT
from mock_idp.personas import Persona
from mock_idp.saml.authn_request import issuer
from mock_idp.saml.participants import Participant
from mock_idp.saml.received import instant, message_id
from mock_idp.saml.signing import ALGORITHMS, sign
from mock_idp.saml.xml import NAMES, parse_own, render, spelled
from mock_idp.saml_keys import signing_key
from mock_idp.sessions import login_facts
from mock_idp.tenants import Tenant

Encoder = Callable[[list[tuple[str, str]]], str]


@dataclass(frozen=True)
class LogoutRequest:
    """What a LogoutRequest says. `name_id` None means that it is absent, empty or encrypted."""

    id: str
    issuer: str | None
    name_id: str | None
    session_indexes: tuple[str, ...]
    not_on_or_after: datetime | None


@dataclass(frozen=True)
class LogoutResponse:
    """What a LogoutResponse says."""

    id: str
    issuer: str | None
    in_response_to: str
    status: str


@dataclass(frozen=True)
class Outgoing:
    """A logout message to a service provider: its ID, its parameter's name, its XML, where it goes."""

    id: str
    name: str
    xml: str
    app: SamlApp
    url: str
    relay_state: str | None = None
    signed_with: SigningKey | None = None
    """The key of the query's signature; None for a message that has none there."""
    lower_case_escapes: bool = False
    left_out: frozenset[str] = frozenset()
    """Parameters that a fault takes out of the signed query."""
    decoy: tuple[str, str] | None = None
    """Name and XML of a message that a fault has signed in this one's place, and puts before it."""
    changed: str | None = None
    """What a fault changed in it."""


def read_request(root: etree._Element) -> LogoutRequest:
    """The LogoutRequest in `root`. Raises MalformedMessageError."""
    indexes = [(entry.text or "").strip() for entry in root.findall("samlp:SessionIndex", NAMES)]
    return LogoutRequest(
        id=message_id(root),
        issuer=issuer(root),
        name_id=(root.findtext("saml:NameID", None, NAMES) or "").strip() or None,
        session_indexes=tuple(indexes),
        not_on_or_after=instant(root, "NotOnOrAfter"),
    )


def read_response(root: etree._Element) -> LogoutResponse:
    """The LogoutResponse in `root`. Raises MalformedMessageError."""
    code = root.find("samlp:Status/samlp:StatusCode", NAMES)
    return LogoutResponse(
        id=message_id(root),
        issuer=issuer(root),
        in_response_to=root.get("InResponseTo", ""),
        status="" if code is None else code.get("Value", ""),
    )


def response_to(tenant: Tenant, app: SamlApp, url: str, request_id: str, relay_state: str | None) -> Outgoing:
    """The LogoutResponse that says Success. Both vendors' are documented only; no capture was found."""
    facts = {"request_id": request_id}
    armed = tenant.faults.for_attempt(request_id, "saml", "logout-response")
    return _composed(tenant, app, url, "logout_response", facts=facts, relay_state=relay_state, armed=armed)


def request_for(
    tenant: Tenant, app: SamlApp, url: str, participant: Participant, persona: Persona
) -> Outgoing:
    """The IdP's own LogoutRequest, naming the person as the assertion did, or by a pairwise ID.

    The latter, without a Format, is what Entra was seen to send (azure-docs#29978, #41409)."""
    profile, asserted = tenant.personality.saml, participant.asserted
    name_id, name_id_format = asserted.name_id, asserted.name_id_format
    if (app.logout_name_id or profile.logout_name_id) == "pairwise":
        name_id = profile.name_id(tenant.place, app.name, persona, FORMAT_PERSISTENT)
        name_id_format = ""
    facts = {
        "name_id": name_id,
        "name_id_format": name_id_format,
        "session_index": asserted.session_index,
    }
    armed = tenant.faults.enlist(None, "saml", login_facts(persona, app, "", None), "logout-request")
    return _composed(tenant, app, url, "logout_request", facts=facts, armed=armed)


def redirect_fields(tenant: Tenant, message: Outgoing) -> list[tuple[str, str]]:
    """The parameters of HTTP-Redirect in order, signed as a browser's form will encode them."""
    return _signed(tenant, message, urlencode)


def redirect_url(tenant: Tenant, message: Outgoing) -> str:
    """The URL that carries the message by HTTP-Redirect."""
    encode = _in_lower_case if message.lower_case_escapes else urlencode
    separator = "&" if "?" in message.url else "?"
    return f"{message.url}{separator}{encode(_signed(tenant, message, encode))}"


def _signed(tenant: Tenant, message: Outgoing, encode: Encoder) -> list[tuple[str, str]]:
    """The parameters in order, signed over their encoding where that is wanted (SAML Bindings 3.4.4.1)."""
    own = (message.name, _deflated(message.xml))
    fields = [own if message.decoy is None else (message.decoy[0], _deflated(message.decoy[1]))]
    if message.relay_state is not None:
        fields.append(("RelayState", message.relay_state))
    if message.signed_with is not None:
        algorithm = ALGORITHMS[message.app.signature_algorithm]
        fields.append(("SigAlg", algorithm.signature_uri))
        signature = message.signed_with.sign(encode(fields).encode("ascii"), algorithm.hash)
        fields.append(("Signature", base64.b64encode(signature).decode("ascii")))
    fields = [field for field in fields if field[0] not in message.left_out]
    return fields if message.decoy is None else [*fields, own]


def _deflated(xml: str) -> str:
    deflater = zlib.compressobj(wbits=-15)
    return base64.b64encode(deflater.compress(xml.encode("utf-8")) + deflater.flush()).decode("ascii")


def _in_lower_case(fields: Sequence[tuple[str, str]]) -> str:
    """The query as .NET's UrlEncode writes it; Entra was seen to sign it so (pysaml2#957)."""
    return re.sub(r"%[0-9A-F]{2}", lambda escape: escape[0].lower(), urlencode(fields))


def signs(tenant: Tenant, app: SamlApp) -> bool:
    """Whether logout messages to the service provider are signed (S51)."""
    return tenant.personality.saml.signs_logout if app.sign_logout is None else app.sign_logout


def binding_of(tenant: Tenant, app: SamlApp) -> str:
    """By which binding the service provider gets logout messages: `redirect` or `post`."""
    return app.logout_binding or tenant.personality.saml.logout_binding


def _composed(
    tenant: Tenant,
    app: SamlApp,
    url: str,
    template: str,
    *,
    facts: dict[str, str],
    relay_state: str | None = None,
    armed: ArmedFault | None = None,
) -> Outgoing:
    profile = tenant.personality.saml
    new_id = profile.response_id()
    root = parse_own(
        render(
            f"{profile.templates}/{template}.xml",
            id=new_id,
            destination=url,
            issue_instant=instant_ms(tenant.clock.now()),
            issuer=profile.endpoints(tenant.place, app.name).entity_id,
            **facts,
        )
    )
    message = LogoutMessage(
        root,
        signs(tenant, app),
        signing_key(tenant),
        lambda: tenant.keys.foreign,
        relay_state,
        by_redirect=binding_of(tenant, app) == "redirect",
        lower_case_escapes=profile.lower_case_escapes,
    )
    changed = armed.apply(message, at=instant_ms(tenant.clock.now())) if armed else None
    in_query = message.key if message.is_signed else None
    if message.is_signed and not message.by_redirect:  # HTTP-Redirect signs its query instead
        sign(root, after=1, key=message.key, profile=profile, algorithm=app.signature_algorithm)
        in_query = None
    spell = partial(spelled, sort_attributes=profile.sort_attributes, declaration=profile.xml_declaration)
    name = "SAMLRequest" if template == "logout_request" else "SAMLResponse"
    decoy = message.decoy and (message.decoy[0], spell(message.decoy[1]))
    return Outgoing(
        new_id,
        name,
        spell(root),
        app,
        url,
        message.relay_state,
        in_query,
        message.lower_case_escapes,
        frozenset(message.left_out),
        decoy,
        changed,
    )
