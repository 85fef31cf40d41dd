"""What a vendor decides about SAML, as data and a few functions. The vendors' values are in their folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from mock_idp.personalities.place import Place
from mock_idp.personas import Persona
from mock_idp.saml_app import AuthnMethod, LogoutBinding, LogoutNameId, SamlApp, SignedParts
from mock_idp.tenant_settings import AccessPolicy

LogoutBroadcast = Literal["none", "chain", "frames"]

FORMAT_UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
FORMAT_EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
FORMAT_X509_SUBJECT = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
FORMAT_PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
FORMAT_TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
NAME_ID_FORMATS = {
    "unspecified": FORMAT_UNSPECIFIED,
    "emailAddress": FORMAT_EMAIL,
    "x509SubjectName": FORMAT_X509_SUBJECT,
    "persistent": FORMAT_PERSISTENT,
    "transient": FORMAT_TRANSIENT,
}


@dataclass(frozen=True)
class SamlEndpoints:
    """Where an application finds the IdP, and the name that the IdP bears. `slo_url` takes logout messages,
    `start_url` is the link by which the IdP starts a login by itself; empty where the IdP has none."""

    entity_id: str
    sso_url: str
    metadata_url: str
    slo_url: str = ""
    start_url: str = ""


@dataclass(frozen=True)
class Attribute:
    """One attribute with its values, in the order in which they are written."""

    name: str
    values: tuple[str, ...]
    name_format: str = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"


@dataclass(frozen=True)
class Validity:
    """The windows around the instant of issue. `lag` is how far they are behind IssueInstant."""

    before: timedelta
    conditions: timedelta
    confirmation: timedelta
    lag: timedelta = timedelta(0)


class Problem(StrEnum):
    """Every reason to refuse a SAML request; each vendor has its own words for it."""

    REQUEST_MISSING = "request-missing"
    REQUEST_MALFORMED = "request-malformed"
    REQUEST_ID_INVALID = "request-id-invalid"
    DESTINATION_UNEXPECTED = "destination-unexpected"
    REQUEST_EXPIRED = "request-expired"
    RESPONSE_UNSUPPORTED = "response-unsupported"
    NOT_A_PARTICIPANT = "not-a-participant"
    SUBJECT_NOT_SUPPORTED = "subject-not-supported"
    NAME_ID_POLICY_NOT_SUPPORTED = "name-id-policy-not-supported"
    AUTHN_COMPARISON_NOT_SUPPORTED = "authn-comparison-not-supported"
    AUTHN_CONTEXT_NOT_MET = "authn-context-not-met"
    UNKNOWN_TENANT = "unknown-tenant"
    INVALID_TENANT_NAME = "invalid-tenant-name"
    UNKNOWN_APP = "unknown-app"
    ACS_UNREGISTERED = "acs-unregistered"
    NOT_ASSIGNED = "not-assigned"
    POLICY_DENIED = "policy-denied"
    DEVICE_AUTHENTICATION = "device-authentication"
    DEVICE_NOT_COMPLIANT = "device-not-compliant"
    DEVICE_NOT_JOINED = "device-not-joined"
    APP_NOT_APPROVED = "app-not-approved"
    NOT_CONSENTED = "not-consented"
    REQUEST_UNSIGNED = "request-unsigned"
    REQUEST_SIGNATURE_INVALID = "request-signature-invalid"
    NAME_ID_MISSING = "name-id-missing"
    LOGOUT_NOT_SET_UP = "logout-not-set-up"
    LOGOUT_SESSION_UNKNOWN = "logout-session-unknown"
    LOGOUT_EXPIRED = "logout-expired"
    LOGOUT_RESPONSE_UNEXPECTED = "logout-response-unexpected"


@dataclass(frozen=True)
class ErrorWords:
    """A vendor's error page for one problem: HTTP status, code, and a `str.format` text."""

    status: int
    code: str
    text: str


def user_fields(place: Place, persona: Persona) -> Mapping[str, str | None]:
    """What `user.…` means where a vendor has no words of its own; None is what this user does not have."""
    del place
    return {
        "user.login": persona.login,
        "user.email": persona.email,
        "user.firstName": persona.given_name,
        "user.lastName": persona.family_name,
        "user.displayName": persona.shown_name,
    }


@dataclass(frozen=True)
class SamlProfile:
    """One vendor's SAML: URLs, defaults, identifiers, windows and the templates that hold its exact shape.

    `name_id(place, app, persona, format)` gives the NameID's text. `session_index(request_id, assertion_id,
    now)` gets the request_id None if the IdP starts the login. `templates` is the templates' folder.
    `metadata_facts(place)` are the values of the metadata template that only this vendor has.
    `authn_context(methods)` is the class sent when none was asked for, `authn_contexts_met(methods)` those
    that a request may ask for; `method_names` and `context_names` word the two for an error text.
    `unsolicited_request_ids` are IDs of requests that are answered as if the IdP had started the login.
    `logout_request_is_signed` says that an unsigned LogoutRequest is refused; `logout_broadcast` how other
    service providers of a session are told: not at all, one after the other, or in hidden frames at once."""

    templates: str
    endpoints: Callable[[Place, str], SamlEndpoints]
    words: Mapping[Problem, ErrorWords]
    # what is sent
    default_sign: SignedParts
    default_name_id_format: str
    name_id: Callable[[Place, str, Persona, str], str]
    attributes: Callable[[Place, SamlApp, Persona], tuple[Attribute, ...]]
    response_id: Callable[[], str]
    assertion_id: Callable[[], str]
    session_index: Callable[[str | None, str, datetime], str]
    validity: Validity
    authn_context: Callable[[tuple[AuthnMethod, ...]], str]
    always_sends_relay_state: bool
    # what is heeded of a request
    finds_app_by_issuer: bool
    checks_request: bool
    name_id_policy_formats: tuple[str, ...]
    authn_contexts_met: Callable[[tuple[AuthnMethod, ...]], tuple[str, ...]]
    honours_is_passive: bool
    # how it is written
    sort_attributes: bool
    xml_declaration: str
    wraps_certificates: bool
    typed_attribute_prefix: str | None
    # metadata
    metadata_lists_all_keys: bool
    metadata_is_signed: bool
    metadata_declaration: str
    metadata_blank_before_slash: bool
    metadata_facts: Callable[[Place], Mapping[str, object]]
    name_id_formats_until_2020: tuple[str, ...] = ()
    # what an administrator's `user.…` expressions mean
    user_values: Callable[[Place, Persona], Mapping[str, str | None]] = user_fields
    # which access policies of a tenant keep everybody out, whatever the request says
    policies: Mapping[AccessPolicy, Problem] = field(default_factory=dict)
    # keys: whether a certificate that has ended gives way to the next one by itself, once that is published
    replaces_ended_certificate: bool = False
    # what ends the message of a Response that refuses, by the instant of issue
    status_trace: Callable[[datetime], str] = lambda _now: ""
    # encryption: whether canonical XML is encrypted, or the message's own spelling
    encrypts_canonical: bool = False
    # login
    unsolicited_request_ids: tuple[str, ...] = ()
    method_names: Callable[[tuple[AuthnMethod, ...]], str] = ", ".join
    context_names: Callable[[tuple[str, ...]], str] = ", ".join
    # logout
    logout_binding: LogoutBinding = "redirect"
    signs_logout: bool = True
    logout_name_id: LogoutNameId = "asserted"
    logout_request_is_signed: bool = False
    logout_broadcast: LogoutBroadcast = "chain"
    # whether the query of HTTP-Redirect is percent-encoded in lower case
    lower_case_escapes: bool = False
