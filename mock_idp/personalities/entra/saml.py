"""Entra ID's SAML: URLs, defaults, identifiers and windows. The exact XML is in `templates/entra/`."""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from mock_idp.personalities.entra.identity import application_id, user_id
from mock_idp.personalities.entra.metadata_claims import CLAIM_TYPES
from mock_idp.personalities.entra.saml_errors import WORDS
from mock_idp.personalities.place import Place, stable_guid
from mock_idp.personalities.saml_profile import (
    FORMAT_EMAIL,
    FORMAT_PERSISTENT,
    FORMAT_TRANSIENT,
    FORMAT_UNSPECIFIED,
    Attribute,
    SamlEndpoints,
    SamlProfile,
    Validity,
)
from mock_idp.personas import Persona

CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
MS_IDENTITY = "http://schemas.microsoft.com/identity/claims"
METHODS = "http://schemas.microsoft.com/claims/authnmethodsreferences"
PASSWORD_METHOD = "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password"  # noqa: S105 - a URI
GROUPS = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"


def endpoints(place: Place, app: str) -> SamlEndpoints:
    """One SSO URL for the whole tenant: the request's Issuer says which application asks."""
    root = f"{place.base_url}/{place.directory_id}"
    metadata = f"{root}/federationmetadata/2007-06/federationmetadata.xml"
    return SamlEndpoints(
        entity_id=f"https://sts.windows.net/{place.directory_id}/",
        sso_url=f"{root}/saml2",
        metadata_url=f"{metadata}?appid={application_id(place, app)}",
    )


def name_id(place: Place, app: str, persona: Persona, name_id_format: str) -> str:
    """The user principal name, unless a pairwise persistent or a transient identifier is asked for."""
    if name_id_format == FORMAT_PERSISTENT:
        pair = hashlib.sha256(f"{place.directory_id}\0{app}\0{persona.id}".encode()).digest()
        return base64.urlsafe_b64encode(pair).rstrip(b"=").decode("ascii")
    if name_id_format == FORMAT_TRANSIENT:
        return secrets.token_urlsafe(32)
    return persona.login


def attributes(place: Place, persona: Persona) -> tuple[Attribute, ...]:
    """The default claims in the order of captured responses; what the user does not have is left out."""
    claims = (
        (f"{MS_IDENTITY}/tenantid", (place.directory_id,)),
        (f"{MS_IDENTITY}/objectidentifier", (user_id(place, persona.id),)),
        (f"{MS_IDENTITY}/displayname", (persona.shown_name,)),
        (GROUPS, persona.groups),
        (f"{MS_IDENTITY}/identityprovider", (f"https://sts.windows.net/{place.directory_id}/",)),
        (METHODS, (PASSWORD_METHOD,)),
        (f"{CLAIMS}/givenname", (persona.given_name,)),
        (f"{CLAIMS}/surname", (persona.family_name,)),
        (f"{CLAIMS}/emailaddress", (persona.email,)),
        (f"{CLAIMS}/name", (persona.login,)),
    )
    stated = ((name, tuple(value for value in values if value)) for name, values in claims)
    return tuple(Attribute(name, values) for name, values in stated if values)


def session_index(request_id: str | None, assertion_id: str, now: datetime) -> str:
    """The assertion's own ID."""
    del request_id, now  # Okta uses them, Entra does not
    return assertion_id


def response_id() -> str:
    """An underscore and a GUID."""
    return f"_{uuid.uuid4()}"


def assertion_id() -> str:
    """An underscore and a GUID whose last group ends like a request ID of Entra's token service."""
    head = str(uuid.uuid4()).rpartition("-")[0]
    return f"_{head}-{secrets.token_hex(4)}0100"


def metadata_facts(place: Place) -> dict[str, object]:
    """What only Entra's federation metadata holds: its ID, the WS-Federation address and the claim types."""
    return {
        "metadata_id": "_" + stable_guid(place.directory_id, "metadata"),
        "wsfed_url": f"{place.base_url}/{place.directory_id}/wsfed",
        "claim_types": CLAIM_TYPES,
    }


PROFILE = SamlProfile(
    templates="entra",
    endpoints=endpoints,
    words=WORDS,
    default_sign="assertion",
    default_name_id_format=FORMAT_EMAIL,
    name_id=name_id,
    attributes=attributes,
    response_id=response_id,
    assertion_id=assertion_id,
    session_index=session_index,
    validity=Validity(
        timedelta(minutes=5), timedelta(minutes=60), timedelta(minutes=60), lag=timedelta(milliseconds=125)
    ),
    authn_context="urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
    always_sends_relay_state=False,
    finds_app_by_issuer=True,
    checks_request=True,
    name_id_policy_formats=(FORMAT_EMAIL, FORMAT_PERSISTENT, FORMAT_TRANSIENT, FORMAT_UNSPECIFIED),
    authn_contexts_met=(
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    ),
    honours_is_passive=True,
    sort_attributes=False,
    xml_declaration="",
    wraps_certificates=False,
    typed_attribute_prefix=None,
    metadata_lists_all_keys=True,
    metadata_is_signed=True,
    metadata_declaration='\ufeff<?xml version="1.0" encoding="utf-8"?>',
    metadata_blank_before_slash=True,
    metadata_facts=metadata_facts,
)
