"""Okta's SAML: URLs, defaults, identifiers and windows. The exact XML is in `templates/okta/`."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

from mock_idp.personalities.okta.identity import application_id, saml_key_id, user_id
from mock_idp.personalities.place import Place
from mock_idp.personalities.saml_attributes import of_application
from mock_idp.personalities.saml_profile import (
    FORMAT_EMAIL,
    FORMAT_PERSISTENT,
    FORMAT_TRANSIENT,
    FORMAT_UNSPECIFIED,
    Attribute,
    ErrorWords,
    Problem,
    SamlEndpoints,
    SamlProfile,
    Validity,
    user_fields,
)
from mock_idp.personas import Persona
from mock_idp.saml_app import SamlApp, StatedAttribute

EMAIL_ALONE = (StatedAttribute("email", "user.email"),)


def endpoints(place: Place, app: str) -> SamlEndpoints:
    """The entity ID is an http URL at www.okta.com, although everything else is at the org."""
    key = saml_key_id(place, app)
    label = f"{_squeezed(place.tenant)}_{_squeezed(app)}_1"
    return SamlEndpoints(
        entity_id=f"http://www.okta.com/{key}",
        sso_url=f"{place.base_url}/app/{label}/{key}/sso/saml",
        metadata_url=f"{place.base_url}/app/{key}/sso/saml/metadata",
        slo_url=f"{place.base_url}/app/{label}/{key}/slo/saml",
        start_url=f"{place.base_url}/home/{label}/{application_id(place, app)}/aln{key[3:]}",
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


def attributes(place: Place, app: SamlApp, persona: Persona) -> tuple[Attribute, ...]:
    """The attribute statements of the application, by default the e-mail alone, then its group statement."""
    return of_application(app, EMAIL_ALONE, user_fields(place, persona), persona.all_groups)


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
    Problem.REQUEST_MISSING: ErrorWords(400, "invalid_request", "There is no SAML message in the request."),
    Problem.REQUEST_MALFORMED: ErrorWords(
        400, "invalid_request", "The SAML request cannot be read. {reason}"
    ),
    Problem.UNKNOWN_APP: ErrorWords(404, "not_found", "Page Not Found"),
    Problem.ACS_UNREGISTERED: ErrorWords(
        400,
        "invalid_request",
        "The assertion consumer service {acs} is not among the Single sign on URLs of {app}.",
    ),
    Problem.REQUEST_UNSIGNED: ErrorWords(
        400, "invalid_request", "The SAML request of {app} has to be signed, and it carries no signature."
    ),
    Problem.REQUEST_SIGNATURE_INVALID: ErrorWords(
        400, "invalid_request", "The signature of the SAML request is not valid. {reason}"
    ),
    Problem.NAME_ID_MISSING: ErrorWords(400, "invalid_request", "The logout request names nobody."),
    Problem.LOGOUT_NOT_SET_UP: ErrorWords(
        400, "invalid_request", "Single Logout is not set up for {app}: {reason}"
    ),
    Problem.LOGOUT_EXPIRED: ErrorWords(400, "invalid_request", "The logout request expired at {until}."),
    Problem.LOGOUT_RESPONSE_UNEXPECTED: ErrorWords(
        400, "invalid_request", "The logout response answers no request of this sign-out."
    ),
    Problem.POLICY_DENIED: ErrorWords(
        403, "access_denied", "You do not have permission to perform the requested action."
    ),
    Problem.NOT_ASSIGNED: ErrorWords(
        403,
        "access_denied",
        "Sorry, you can't access {app} because you are not assigned this app in Okta.",
    ),
}
"""Okta's exact wording of these pages is not captured: all of them are unconfirmed."""

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
    authn_context=lambda _methods: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    always_sends_relay_state=True,
    finds_app_by_issuer=False,
    checks_request=False,
    name_id_policy_formats=(),
    authn_contexts_met=lambda _methods: (),
    honours_is_passive=False,
    sort_attributes=True,
    xml_declaration='<?xml version="1.0" encoding="UTF-8"?>',
    wraps_certificates=True,
    typed_attribute_prefix="xs",
    metadata_lists_all_keys=False,
    metadata_is_signed=False,
    metadata_declaration='<?xml version="1.0" encoding="UTF-8"?>',
    name_id_formats_until_2020=(FORMAT_UNSPECIFIED, FORMAT_EMAIL),
    metadata_blank_before_slash=False,
    metadata_facts=lambda _place: {},
    encrypts_canonical=True,
    policies={"block": Problem.POLICY_DENIED},
    logout_binding="post",
    signs_logout=True,
    logout_request_is_signed=True,
    logout_broadcast="chain",
)
