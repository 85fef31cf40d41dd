"""Enveloped XML signatures in a vendor's shape (XML-DSig, exclusive C14N, rsa-sha256), made in process."""

from __future__ import annotations

import base64
import hashlib

from lxml import etree

from mock_idp.keys import Certificate, SigningKey
from mock_idp.personalities.saml_profile import SamlProfile
from mock_idp.saml.xml import canonical, parse_own, render


def sign(element: etree._Element, *, after: int, key: SigningKey, profile: SamlProfile) -> None:
    """Sign `element` by its ID and put the Signature behind its first `after` children.

    The PrefixList is there only where the vendor's typed attribute values are inside, as Okta does it."""
    prefix = profile.typed_attribute_prefix
    prefixes = prefix if prefix in element.nsmap else None
    signature = parse_own(
        render(
            f"{profile.templates}/signature.xml",
            id=element.get("ID"),
            prefixes=prefixes,
            digest=_base64(hashlib.sha256(canonical(element, prefixes)).digest()),
            certificate=_written(key.saml_certificate, profile),
        )
    )
    signed_info, value = signature[0], signature[1]
    value.text = _base64(key.sign(canonical(signed_info)))
    element.insert(after, signature)


def _written(certificate: Certificate, profile: SamlProfile) -> str:
    return certificate.wrapped if profile.wraps_certificates else certificate.one_line


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
