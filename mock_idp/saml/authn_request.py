"""What an AuthnRequest asks for. Whether it is granted is `checks`'s matter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from mock_idp.saml.received import MalformedMessageError, flag, instant, message_id
from mock_idp.saml.xml import NAMES, SAMLP

AUTHN_REQUEST = f"{{{SAMLP}}}AuthnRequest"


@dataclass(frozen=True)
class AuthnRequest:
    """What an AuthnRequest asks for (SAML Core section 3.4.1). Absent attributes are None."""

    id: str
    issuer: str | None
    acs_url: str | None
    acs_index: int | None
    force_authn: bool
    is_passive: bool
    name_id_format: str | None
    sp_name_qualifier: str | None
    authn_contexts: tuple[str, ...]
    authn_comparison: str
    has_subject: bool
    destination: str | None
    issued: datetime | None


def read(root: etree._Element) -> AuthnRequest:
    """The request in `root`. Raises MalformedMessageError."""
    if root.tag != AUTHN_REQUEST:
        raise MalformedMessageError(f"The SAMLRequest is no AuthnRequest but {root.tag!r}.")
    policy = root.find("samlp:NameIDPolicy", NAMES)
    context = root.find("samlp:RequestedAuthnContext", NAMES)
    contexts = [] if context is None else context.findall("saml:AuthnContextClassRef", NAMES)
    return AuthnRequest(
        id=message_id(root),
        issuer=issuer(root),
        acs_url=root.get("AssertionConsumerServiceURL"),
        acs_index=_index(root),
        force_authn=flag(root, "ForceAuthn"),
        is_passive=flag(root, "IsPassive"),
        name_id_format=None if policy is None else policy.get("Format"),
        sp_name_qualifier=None if policy is None else policy.get("SPNameQualifier"),
        authn_contexts=tuple((entry.text or "").strip() for entry in contexts),
        authn_comparison="exact" if context is None else context.get("Comparison", "exact"),
        has_subject=root.find("saml:Subject", NAMES) is not None,
        destination=root.get("Destination"),
        issued=instant(root, "IssueInstant"),
    )


def issuer(root: etree._Element) -> str | None:
    """The message's Issuer without blanks around it, None when it is absent or empty."""
    return (root.findtext("saml:Issuer", None, NAMES) or "").strip() or None


def _index(root: etree._Element) -> int | None:
    value = root.get("AssertionConsumerServiceIndex")
    if value is None:
        return None
    if not re.fullmatch(r"\d{1,5}", value):
        raise MalformedMessageError(f"AssertionConsumerServiceIndex is {value!r}, not a small number.")
    return int(value)
