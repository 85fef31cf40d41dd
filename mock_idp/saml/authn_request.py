"""Reading an AuthnRequest from either binding, safely. Whether it is granted is `routes` and `acs`."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from dataclasses import dataclass

from lxml import etree

from mock_idp.saml.xml import NAMES, SAMLP, MalformedXmlError, parse_foreign

MOST_ENCODED = 100_000  # characters of the SAMLRequest parameter
MOST_INFLATED = 200_000  # bytes of XML that a deflated request may become


class MalformedRequestError(ValueError):
    """The SAMLRequest cannot be read; the message says at which step and why."""


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
    is_signed: bool
    xml: str


def from_redirect(parameter: str) -> AuthnRequest:
    """HTTP-Redirect: base64 of raw DEFLATE (SAML Bindings 3.4.4.1). Raises MalformedRequestError."""
    inflater = zlib.decompressobj(-15)
    try:
        data = inflater.decompress(_decoded(parameter), MOST_INFLATED)
    except zlib.error as error:
        raise MalformedRequestError(f"The SAMLRequest is not DEFLATE-compressed: {error}.") from error
    if inflater.unconsumed_tail:
        raise MalformedRequestError(f"The SAMLRequest inflates to more than {MOST_INFLATED} bytes.")
    if not inflater.eof:
        raise MalformedRequestError("The DEFLATE stream of the SAMLRequest ends too early.")
    return _read(data)


def from_post(parameter: str) -> AuthnRequest:
    """HTTP-POST: base64 of the XML (SAML Bindings section 3.5.4). Raises MalformedRequestError."""
    return _read(_decoded(parameter))


def _decoded(parameter: str) -> bytes:
    if len(parameter) > MOST_ENCODED:
        raise MalformedRequestError(f"The SAMLRequest has more than {MOST_ENCODED} characters.")
    try:
        return base64.b64decode(re.sub(r"\s", "", parameter), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedRequestError(f"The SAMLRequest is not base64: {error}.") from error


def _read(data: bytes) -> AuthnRequest:
    try:
        root = parse_foreign(data)
    except MalformedXmlError as error:
        raise MalformedRequestError(f"The SAMLRequest cannot be read: {error}.") from error
    if root.tag != f"{{{SAMLP}}}AuthnRequest":
        raise MalformedRequestError(f"The SAMLRequest is no AuthnRequest but {root.tag!r}.")
    request_id = root.get("ID")
    if not request_id or root.get("Version") != "2.0":
        raise MalformedRequestError("The AuthnRequest lacks its ID, or its Version is not 2.0.")
    policy = root.find("samlp:NameIDPolicy", NAMES)
    context = root.find("samlp:RequestedAuthnContext", NAMES)
    contexts = [] if context is None else context.findall("saml:AuthnContextClassRef", NAMES)
    return AuthnRequest(
        id=request_id,
        issuer=(root.findtext("saml:Issuer", None, NAMES) or "").strip() or None,
        acs_url=root.get("AssertionConsumerServiceURL"),
        acs_index=_index(root),
        force_authn=_flag(root, "ForceAuthn"),
        is_passive=_flag(root, "IsPassive"),
        name_id_format=None if policy is None else policy.get("Format"),
        sp_name_qualifier=None if policy is None else policy.get("SPNameQualifier"),
        authn_contexts=tuple((entry.text or "").strip() for entry in contexts),
        authn_comparison="exact" if context is None else context.get("Comparison", "exact"),
        has_subject=root.find("saml:Subject", NAMES) is not None,
        is_signed=root.find("ds:Signature", NAMES) is not None,
        xml=data.decode("utf-8-sig"),
    )


def _flag(root: etree._Element, name: str) -> bool:
    value = root.get(name, "false")
    if value not in ("true", "1", "false", "0"):
        raise MalformedRequestError(f"{name} is {value!r}, not a boolean.")
    return value in ("true", "1")


def _index(root: etree._Element) -> int | None:
    value = root.get("AssertionConsumerServiceIndex")
    if value is None:
        return None
    if not re.fullmatch(r"\d{1,5}", value):
        raise MalformedRequestError(f"AssertionConsumerServiceIndex is {value!r}, not a small number.")
    return int(value)
