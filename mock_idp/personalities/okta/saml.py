"""Okta's SAML: URLs, defaults, identifiers and windows. The exact XML is in `templates/okta/`."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

from mock_idp.personalities.okta.identity import saml_key_id, user_id
from mock_idp.personalities.place import Place
from mock_idp.personalities.saml_profile import (
    FORMAT_EMAIL,
    FORMAT_PERSISTENT,
    FORMAT_TRANSIENT,
    Attribute,
    ErrorWords,
    Problem,
    SamlEndpoints,
    SamlProfile,
    Validity,
)
from mock_idp.personas import Persona


def endpoints(place: Place, app: str) -> SamlEndpoints:
    """The entity ID is an http URL at www.okta.com, although everything else is at the org."""
    key = saml_key_id(place, app)
    label = f"{_squeezed(place.tenant)}_{_squeezed(app)}_1"
    return SamlEndpoints(
        entity_id=f"http://www.okta.com/{key}",
        sso_url=f"{place.base_url}/app/{label}/{key}/sso/saml",
        metadata_url=f"{place.base_url}/app/{key}/sso/saml/metadata",
    )


def name_id(place: Place, app: str, persona: Persona, name_id_format: str) -> str:
    """The application username: the e-mail for the e-mail format, else the Okta username."""
    del app  # Okta's persistent and transient NameIDs are not told apart by application here
    if name_id_format == FORMAT_EMAIL:
        return persona.email or persona.login
    if name_id_format == FORMAT_PERSISTENT:
        return user_id(place, persona.id)
    if name_id_format == FORMAT_TRANSIENT:
        return _digits("id")
    return persona.login


def attributes(place: Place, persona: Persona) -> tuple[Attribute, ...]:
    """One attribute, `email`, which is omitted for a user without e-mail."""
    del place  # Okta's attributes name no directory
    return (Attribute("email", (persona.email,)),) if persona.email else ()


def session_index(request_id: str | None, assertion_id: str, now: datetime) -> str:
    """The request's ID, or `id{epoch ms}.{digits}` when the IdP starts the login."""
    del assertion_id  # Okta does not use it here, Entra does
    return request_id or f"id{int(now.timestamp() * 1000)}.{secrets.randbelow(10**10)}"


def _digits(prefix: str) -> str:
    return prefix + str(secrets.randbelow(9 * 10**25) + 10**25)


def _squeezed(name: str) -> str:
    return re.sub(r"[^0-9a-z-]", "", name.lower()) or "app"


def new_id() -> str:
    """`id` and 26 digits, for responses and assertions alike."""
    return _digits("id")


WORDS = {
    Problem.REQUEST_MALFORMED: ErrorWords(
        400, "invalid_request", "The SAML request cannot be read. {reason}"
    ),
    Problem.UNKNOWN_APP: ErrorWords(404, "not_found", "Page Not Found"),
    Problem.ACS_UNREGISTERED: ErrorWords(
        400,
        "invalid_request",
        "The assertion consumer service {acs} is not among the Single sign on URLs of {app}.",
    ),
    Problem.NOT_ASSIGNED: ErrorWords(
        403,
        "access_denied",
        "Sorry, you can't access {app} because you are not assigned this app in Okta.",
    ),
}
"""Okta's exact wording of these pages is not captured."""

PROFILE = SamlProfile(
    templates="okta",
    endpoints=endpoints,
    words=WORDS,
    default_sign="both",
    default_name_id_format=FORMAT_EMAIL,
    name_id=name_id,
    attributes=attributes,
    response_id=new_id,
    assertion_id=new_id,
    session_index=session_index,
    validity=Validity(timedelta(minutes=5), timedelta(minutes=5), timedelta(minutes=5)),
    authn_context="urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    always_sends_relay_state=True,
    finds_app_by_issuer=False,
    checks_request=False,
    name_id_policy_formats=(),
    authn_contexts_met=(),
    honours_is_passive=False,
    sort_attributes=True,
    xml_declaration='<?xml version="1.0" encoding="UTF-8"?>',
    wraps_certificates=True,
    typed_attribute_prefix="xs",
    metadata_lists_all_keys=False,
    metadata_is_signed=False,
    metadata_declaration='<?xml version="1.0" encoding="UTF-8"?>',
    metadata_blank_before_slash=False,
    metadata_facts=lambda _place: {},
)
