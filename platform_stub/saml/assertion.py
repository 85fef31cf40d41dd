"""The assertion as plain values, read from the canonical bytes whose digest was verified."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from platform_stub.identity import EMAIL_ATTRIBUTES, ROLE_NAMES, SUPERUSER_FLAG, SamlSubject
from platform_stub.policy import Policy
from platform_stub.saml.document import SAML, malformed

BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_FLAG: Final = "saml:AttributeStatement/saml:Attribute[@Name=$name]/saml:AttributeValue[.='true']"
_NS: Final = {"saml": SAML}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One bearer SubjectConfirmationData (SAML profiles 4.1.4.2); absent attributes are "" or None."""

    recipient: str
    in_response_to: str
    not_before: datetime | None
    not_on_or_after: datetime | None


@dataclass(frozen=True, slots=True)
class Assertion:
    """What the checks and the e-mail rule look at. `audiences` is None without any AudienceRestriction."""

    id: str
    issuer: str
    subject: SamlSubject
    session_index: str
    confirmations: tuple[Confirmation, ...]
    has_conditions: bool
    not_before: datetime | None
    not_on_or_after: datetime | None
    audiences: tuple[tuple[str, ...], ...] | None
    authn_statements: int
    session_ends: datetime | None


def read(element: etree._Element, policy: Policy) -> Assertion:
    """Return the values of one saml:Assertion element.

    Raises RefusalError `malformed` for text with elements inside and for times that are not xs:dateTime.
    """
    if not element.get("ID"):
        raise malformed("The Assertion has no ID.")
    conditions = element.find("saml:Conditions", _NS)
    statement = element.find("saml:AuthnStatement", _NS)
    return Assertion(
        id=element.get("ID", ""),
        issuer=text_of(element.find("saml:Issuer", _NS)),
        subject=_subject(element, policy),
        session_index="" if statement is None else statement.get("SessionIndex", ""),
        confirmations=_confirmations(element),
        has_conditions=conditions is not None,
        not_before=_time(conditions, "NotBefore"),
        not_on_or_after=_time(conditions, "NotOnOrAfter"),
        audiences=_audiences(conditions),
        authn_statements=len(element.findall("saml:AuthnStatement", _NS)),
        session_ends=_time(statement, "SessionNotOnOrAfter"),
    )


def text_of(element: etree._Element | None) -> str:
    """Return the element's text, "" for none; raises RefusalError `malformed` when it holds other nodes."""
    if element is None:
        return ""
    if len(element):
        raise malformed(f"{etree.QName(element).localname} holds elements, expected text.")
    return element.text or ""


def _subject(element: etree._Element, policy: Policy) -> SamlSubject:
    name_id = element.find("saml:Subject/saml:NameID", _NS)
    if name_id is not None and not text_of(name_id).strip() and "name-id-present" in policy.saml_checks:
        raise malformed("The NameID is empty.")
    values = [
        text_of(value)
        for attribute in element.iterfind("saml:AttributeStatement/saml:Attribute", _NS)
        if attribute.get("Name") in EMAIL_ATTRIBUTES
        for value in attribute.findall("saml:AttributeValue", _NS)
    ]
    roles = [
        text_of(value)
        for attribute in element.iterfind("saml:AttributeStatement/saml:Attribute", _NS)
        if policy.role_from_assertion and attribute.get("Name", "").rpartition("/")[2] in ROLE_NAMES
        for value in attribute.findall("saml:AttributeValue", _NS)
    ]
    if policy.role_from_assertion and element.xpath(_FLAG, namespaces=_NS, name=SUPERUSER_FLAG):
        roles.append("Superuser")
    has_attribute = any(
        attribute.get("Name") in EMAIL_ATTRIBUTES
        for attribute in element.iterfind("saml:AttributeStatement/saml:Attribute", _NS)
    )
    return SamlSubject(
        name_id=text_of(name_id),
        name_id_format="" if name_id is None else name_id.get("Format", ""),
        email_values=tuple(values) if has_attribute else None,
        roles=tuple(roles),
    )


def _confirmations(element: etree._Element) -> tuple[Confirmation, ...]:
    found = []
    for confirmation in element.iterfind("saml:Subject/saml:SubjectConfirmation", _NS):
        data = confirmation.find("saml:SubjectConfirmationData", _NS)
        if confirmation.get("Method") != BEARER or data is None:
            continue
        found.append(
            Confirmation(
                recipient=data.get("Recipient", ""),
                in_response_to=data.get("InResponseTo", ""),
                not_before=_time(data, "NotBefore"),
                not_on_or_after=_time(data, "NotOnOrAfter"),
            )
        )
    return tuple(found)


def _audiences(conditions: etree._Element | None) -> tuple[tuple[str, ...], ...] | None:
    if conditions is None:
        return None
    restrictions = conditions.findall("saml:AudienceRestriction", _NS)
    if not restrictions:
        return None
    return tuple(
        tuple(text_of(audience) for audience in restriction.findall("saml:Audience", _NS))
        for restriction in restrictions
    )


def _time(element: etree._Element | None, attribute: str) -> datetime | None:
    value = None if element is None else element.get(attribute)
    if value is None:
        return None
    if not _DATE_TIME.fullmatch(value):
        raise malformed(f"{attribute} is {value!r}, expected a time such as 2026-01-31T12:00:00Z.")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise malformed(f"{attribute} is {value!r}: {error}.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
