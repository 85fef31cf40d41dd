"""Entra ID's SAML: URLs, defaults, identifiers and windows. The exact XML is in `templates/entra/`."""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from mock_idp.personalities.entra.identity import (
    application_id,
    directory_id,
    group_id,
    guest_upn,
    user_id,
)
from mock_idp.personalities.entra.metadata_claims import CLAIM_TYPES
from mock_idp.personalities.entra.saml_authn import (
    METHOD_URIS,
    context_names,
    context_of,
    contexts_met,
    method_names,
)
from mock_idp.personalities.entra.saml_errors import POLICIES, WORDS, status_trace
from mock_idp.personalities.place import Place, stable_guid
from mock_idp.personalities.saml_attributes import groups_listed, stated
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
from mock_idp.saml_app import GroupsAttribute, SamlApp, StatedAttribute

CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
MS_IDENTITY = "http://schemas.microsoft.com/identity/claims"
METHODS = "http://schemas.microsoft.com/claims/authnmethodsreferences"
TEST_BUTTON_REQUEST_ID = "F84D888AA3B44C1B844375A4E8210D9E"
"""The request that the portal's "Test single sign-on" sends; it alone is answered without InResponseTo
(azure-docs#81334)."""
GROUPS_LINK = "http://schemas.microsoft.com/claims/groups.link"
MOST_GROUPS = 150
"""More groups than these are not listed in a SAML token (reference of SAML tokens; S7)."""
GROUPS = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"


def endpoints(place: Place, app: str) -> SamlEndpoints:
    """One SSO URL for the whole tenant: the request's Issuer says which application asks."""
    root = f"{place.base_url}/{place.directory_id}"
    metadata = f"{root}/federationmetadata/2007-06/federationmetadata.xml"
    return SamlEndpoints(
        entity_id=f"https://sts.windows.net/{place.directory_id}/",
        sso_url=f"{root}/saml2",
        metadata_url=f"{metadata}?appid={application_id(place, app)}",
        slo_url=f"{root}/saml2",
        start_url=f"{place.base_url}/signin/{application_id(place, app)}?tenantId={place.directory_id}",
    )


def name_id(place: Place, app: str, persona: Persona, name_id_format: str) -> str:
    """The user principal name, unless a pairwise persistent or a transient identifier is asked for."""
    if name_id_format == FORMAT_PERSISTENT:
        pair = hashlib.sha256(f"{place.directory_id}\0{app}\0{persona.id}".encode()).digest()
        return base64.urlsafe_b64encode(pair).rstrip(b"=").decode("ascii")
    if name_id_format == FORMAT_TRANSIENT:
        return secrets.token_urlsafe(32)
    return _upn(place, persona)


CLAIMS_OF_A_NEW_APP = (
    StatedAttribute(f"{CLAIMS}/givenname", "user.givenname"),
    StatedAttribute(f"{CLAIMS}/surname", "user.surname"),
    StatedAttribute(f"{CLAIMS}/emailaddress", "user.mail"),
    StatedAttribute(f"{CLAIMS}/name", "user.userprincipalname"),
)


def user_values(place: Place, persona: Persona) -> dict[str, str | None]:
    """What the source attributes of Entra's claims editor mean."""
    return {
        "user.userprincipalname": _upn(place, persona),
        "user.mail": persona.email,
        "user.givenname": persona.given_name,
        "user.surname": persona.family_name,
        "user.displayname": persona.shown_name,
        "user.objectid": user_id(place, persona.id),
    }


def attributes(place: Place, app: SamlApp, persona: Persona) -> tuple[Attribute, ...]:
    """The identity claims, then the application's, in the order of captured responses (personalities 4.3)."""
    wanted = CLAIMS_OF_A_NEW_APP if app.attributes is None else app.attributes
    return (
        Attribute(f"{MS_IDENTITY}/tenantid", (place.directory_id,)),
        Attribute(f"{MS_IDENTITY}/objectidentifier", (user_id(place, persona.id),)),
        Attribute(f"{MS_IDENTITY}/displayname", (persona.shown_name,)),
        *_groups(place, app, persona),
        Attribute(f"{MS_IDENTITY}/identityprovider", (_vouching(place, persona),)),
        Attribute(METHODS, tuple(METHOD_URIS[method] for method in app.authn_methods)),
        *stated(wanted, user_values(place, persona)),
    )


def _groups(place: Place, app: SamlApp, persona: Persona) -> tuple[Attribute, ...]:
    """The groups, or past 150 a link to ask the graph for them; the filter counts first."""
    attribute = app.groups_attribute or GroupsAttribute(GROUPS)
    listed = groups_listed(attribute, persona.all_groups)
    if listed and len(listed[0].values) > MOST_GROUPS:
        user = f"{place.directory_id}/users/{user_id(place, persona.id)}"
        return (Attribute(GROUPS_LINK, (f"https://graph.windows.net/{user}/getMemberObjects",)),)
    if attribute.format == "name":
        return listed
    return tuple(
        Attribute(each.name, tuple(group_id(place.directory_id, name) for name in each.values))
        for each in listed
    )


def _upn(place: Place, persona: Persona) -> str:
    """The user principal name; a guest's is made from the address at home (S39)."""
    return guest_upn(persona.login, place.tenant) if persona.guest else persona.login


def _vouching(place: Place, persona: Persona) -> str:
    """Who signed the person in: this directory, or a guest's own. What a guest's says is unconfirmed."""
    if persona.guest and persona.identity_provider != "entra":
        return persona.identity_provider
    home = directory_id(persona.home_tenant) if persona.home_tenant else place.directory_id
    return f"https://sts.windows.net/{home}/"


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
    authn_context=context_of,
    always_sends_relay_state=False,
    finds_app_by_issuer=True,
    checks_request=True,
    name_id_policy_formats=(FORMAT_EMAIL, FORMAT_PERSISTENT, FORMAT_TRANSIENT, FORMAT_UNSPECIFIED),
    authn_contexts_met=contexts_met,
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
    user_values=user_values,
    policies=POLICIES,
    replaces_ended_certificate=True,
    status_trace=status_trace,
    unsolicited_request_ids=(TEST_BUTTON_REQUEST_ID,),
    method_names=method_names,
    context_names=context_names,
    logout_binding="redirect",
    signs_logout=False,
    logout_name_id="pairwise",
    logout_request_is_signed=False,
    logout_broadcast="frames",
    lower_case_escapes=True,  # unconfirmed: pysaml2#957 tells of it, no capture was found
)
