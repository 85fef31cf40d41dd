"""A SAML IdP as SAML Core, Profiles and Metadata 2.0 describe it. The XML is in this folder."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from mock_idp.personalities.generic.identity import user_id
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
from mock_idp.saml_app import AuthnMethod, SamlApp, StatedAttribute

PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"  # noqa: S105 - a URI
USUAL = (
    StatedAttribute("email", "user.email", "basic"),
    StatedAttribute("givenName", "user.firstName", "basic"),
    StatedAttribute("surname", "user.lastName", "basic"),
)


def endpoints(place: Place, app: str) -> SamlEndpoints:
    """One URL for logins and logouts of all applications; the request's Issuer says which one asks."""
    root = f"{place.base_url}/saml"
    return SamlEndpoints(
        entity_id=f"{root}/metadata",
        sso_url=root,
        metadata_url=f"{root}/metadata",
        slo_url=root,
        start_url=f"{root}/start/{app}",
    )


def name_id(place: Place, app: str, persona: Persona, name_id_format: str) -> str:
    """The login name unless another format is asked for; a persistent one is pairwise (SAML Core 8.3.7)."""
    if name_id_format == FORMAT_EMAIL:
        return persona.email or persona.login
    if name_id_format == FORMAT_PERSISTENT:
        return user_id(place, f"{persona.id}\0{app}")
    if name_id_format == FORMAT_TRANSIENT:
        return new_id()
    return persona.login


def attributes(place: Place, app: SamlApp, persona: Persona) -> tuple[Attribute, ...]:
    """The attributes of the application, by default e-mail and names, then its groups."""
    return of_application(app, USUAL, user_fields(place, persona), persona.all_groups)


def session_index(request_id: str | None, assertion_id: str, now: datetime) -> str:
    """An ID of its own, which tells nothing."""
    del request_id, assertion_id, now
    return new_id()


def new_id() -> str:
    """An underscore and a GUID."""
    return f"_{uuid.uuid4()}"


def authn_contexts(methods: tuple[AuthnMethod, ...]) -> tuple[str, ...]:
    """What a request may ask for: passwords only."""
    del methods
    return (PASSWORD, "urn:oasis:names:tc:SAML:2.0:ac:classes:Password")


def words(say: Callable[[Problem], str]) -> dict[Problem, ErrorWords]:
    """An error page for every problem, with what `say` gives as its text."""
    missing = (Problem.UNKNOWN_APP, Problem.UNKNOWN_TENANT)
    return {
        problem: ErrorWords(
            404 if problem in missing else 403 if problem is Problem.NOT_ASSIGNED else 400,
            "not_found" if problem in missing else "invalid_request",
            say(problem),
        )
        for problem in Problem
    }


PROFILE = SamlProfile(
    templates="generic",
    endpoints=endpoints,
    words=words(lambda problem: f"{problem.value.replace('-', ' ').capitalize()}."),
    default_sign="both",
    default_name_id_format=FORMAT_EMAIL,
    name_id=name_id,
    attributes=attributes,
    response_id=new_id,
    assertion_id=new_id,
    session_index=session_index,
    validity=Validity(timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=5)),
    authn_context=lambda _methods: PASSWORD,
    always_sends_relay_state=False,
    finds_app_by_issuer=True,
    checks_request=False,
    name_id_policy_formats=(FORMAT_EMAIL, FORMAT_PERSISTENT, FORMAT_TRANSIENT, FORMAT_UNSPECIFIED),
    authn_contexts_met=authn_contexts,
    honours_is_passive=True,
    sort_attributes=False,
    xml_declaration="",
    wraps_certificates=False,
    typed_attribute_prefix=None,
    metadata_lists_all_keys=True,
    metadata_is_signed=False,
    metadata_declaration='<?xml version="1.0" encoding="UTF-8"?>\n',
    metadata_blank_before_slash=False,
    metadata_facts=lambda _place: {},
)
