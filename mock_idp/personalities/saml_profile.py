"""What a vendor decides about SAML, as data and a few functions. The vendors' values are in their folders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mock_idp.apps import SignedParts
from mock_idp.personalities.place import Place
from mock_idp.personas import Persona

FORMAT_UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
FORMAT_EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
FORMAT_PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
FORMAT_TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
NAME_ID_FORMATS = {
    "unspecified": FORMAT_UNSPECIFIED,
    "emailAddress": FORMAT_EMAIL,
    "persistent": FORMAT_PERSISTENT,
    "transient": FORMAT_TRANSIENT,
}


@dataclass(frozen=True)
class SamlEndpoints:
    """Where an application finds the IdP, and the name that the IdP bears."""

    entity_id: str
    sso_url: str
    metadata_url: str


@dataclass(frozen=True)
class Attribute:
    """One attribute with its values, in the order in which they are written."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Validity:
    """The windows around the instant of issue. `lag` is how far behind IssueInstant the windows are reckoned."""

    before: timedelta
    conditions: timedelta
    confirmation: timedelta
    lag: timedelta = timedelta(0)


@dataclass(frozen=True)
class SamlProfile:
    """One vendor's SAML: URLs, defaults, identifiers, windows and the templates that hold its exact shape.

    `name_id(place, app, persona, format)` gives the NameID's text; `session_index(request_id, assertion_id, now)`
    has request_id None in an IdP-initiated login. `templates` is the folder under `mock_idp/templates/`."""

    templates: str
    endpoints: Callable[[Place, str], SamlEndpoints]
    default_sign: SignedParts
    default_name_id_format: str
    honours_name_id_policy: bool
    name_id: Callable[[Place, str, Persona, str], str]
    attributes: Callable[[Place, Persona], tuple[Attribute, ...]]
    response_id: Callable[[], str]
    assertion_id: Callable[[], str]
    session_index: Callable[[str | None, str, datetime], str]
    validity: Validity
    typed_attribute_prefix: str | None
    authn_context: str
    echoes_authn_context: bool
    metadata_lists_all_keys: bool
    metadata_is_signed: bool
    metadata_preamble: bytes
