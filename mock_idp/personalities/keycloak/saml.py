"""Keycloak's SAML: one URL of the realm for everything, `ID_` before IDs, roles as the usual attribute.

The client's setting "SAML signature key name" is taken to be NONE, so there is no KeyName. Windows and the
SessionIndex's form are MEM.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from mock_idp.personalities.generic import saml as generic
from mock_idp.personalities.place import Place, stable_guid
from mock_idp.personalities.saml_attributes import groups_listed, stated
from mock_idp.personalities.saml_profile import (
    FORMAT_UNSPECIFIED,
    Attribute,
    Problem,
    SamlEndpoints,
    Validity,
    user_fields,
)
from mock_idp.personas import Persona
from mock_idp.saml_app import SamlApp

BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
UNSPECIFIED_CLASS = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"
TEXTS: Mapping[Problem, str] = {
    Problem.REQUEST_MISSING: "Invalid Request",
    Problem.REQUEST_MALFORMED: "Invalid Request",
    Problem.UNKNOWN_TENANT: "Realm does not exist",
    Problem.UNKNOWN_APP: "Client not found.",
    Problem.ACS_UNREGISTERED: "Invalid redirect uri",
    Problem.REQUEST_UNSIGNED: "Invalid requester",
    Problem.REQUEST_SIGNATURE_INVALID: "Invalid requester",
}


def endpoints(place: Place, app: str) -> SamlEndpoints:
    """The realm's URL is the entity ID as well."""
    realm = f"{place.base_url}/realms/{place.tenant}"
    return SamlEndpoints(
        entity_id=realm,
        sso_url=f"{realm}/protocol/saml",
        metadata_url=f"{realm}/protocol/saml/descriptor",
        slo_url=f"{realm}/protocol/saml",
        start_url=f"{realm}/protocol/saml/clients/{app}",
    )


def attributes(place: Place, app: SamlApp, persona: Persona) -> tuple[Attribute, ...]:
    """The attributes of the application, then `Role`, which the usual client scope adds."""
    own = stated(app.attributes or (), user_fields(place, persona))
    if app.groups_attribute:
        return own + groups_listed(app.groups_attribute, persona.all_groups)
    roles = (f"default-roles-{place.tenant}", "offline_access", "uma_authorization", *persona.all_groups)
    return (*own, Attribute("Role", roles, BASIC))


def session_index(request_id: str | None, assertion_id: str, now: datetime) -> str:
    """The session and the client, two GUIDs with two colons between them."""
    del assertion_id, now
    return f"{uuid.uuid4()}::{stable_guid(request_id or 'client')}"


def new_id() -> str:
    """`ID_` and a GUID."""
    return f"ID_{uuid.uuid4()}"


PROFILE = replace(
    generic.PROFILE,
    templates="keycloak",
    endpoints=endpoints,
    words=generic.words(
        lambda problem: TEXTS.get(problem, "Unexpected error when handling authentication request")
    ),
    default_name_id_format=FORMAT_UNSPECIFIED,
    attributes=attributes,
    response_id=new_id,
    assertion_id=new_id,
    session_index=session_index,
    validity=Validity(timedelta(seconds=2), timedelta(seconds=58), timedelta(seconds=298)),
    authn_context=lambda _methods: UNSPECIFIED_CLASS,
    typed_attribute_prefix=None,
    metadata_declaration="",
)
