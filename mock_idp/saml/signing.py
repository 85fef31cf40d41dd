"""Signatures in a vendor's shape, made in process: enveloped in XML (XML-DSig) and of bare bytes."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from lxml import etree

from mock_idp.keys import Certificate, SigningKey
from mock_idp.personalities.saml_profile import SamlProfile
from mock_idp.saml.xml import canonical, parse_own, render
from mock_idp.saml_app import SignatureAlgorithm


@dataclass(frozen=True)
class Algorithm:
    """The URIs of a signature algorithm and of the digest that goes with it (RFC 6931)."""

    signature_uri: str
    digest_uri: str
    hash: hashes.HashAlgorithm


ALGORITHMS: dict[SignatureAlgorithm, Algorithm] = {
    "rsa-sha256": Algorithm(
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2001/04/xmlenc#sha256",
        hashes.SHA256(),
    ),
    "rsa-sha1": Algorithm(
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#sha1",
        hashes.SHA1(),  # noqa: S303 - a setting that both vendors still offer
    ),
}
"""With rsa-sha1 Okta's digest is SHA-1 too (personalities 2.3); that Entra's is, is unconfirmed."""


def sign(
    element: etree._Element,
    *,
    after: int,
    key: SigningKey,
    profile: SamlProfile,
    algorithm: SignatureAlgorithm = "rsa-sha256",
) -> None:
    """Sign `element` by its ID and put the Signature behind its first `after` children.

    The PrefixList is there only where the vendor's typed attribute values are inside, as Okta does it."""
    prefix = profile.typed_attribute_prefix
    prefixes = prefix if prefix in element.nsmap else None
    used = ALGORITHMS[algorithm]
    signature = parse_own(
        render(
            f"{profile.templates}/signature.xml",
            id=element.get("ID"),
            prefixes=prefixes,
            signature_method=used.signature_uri,
            digest_method=used.digest_uri,
            digest=_base64(_hashed(canonical(element, prefixes), used.hash)),
            certificate=written(key.saml_certificate, profile),
        )
    )
    signed_info, value = signature[0], signature[1]
    value.text = _base64(key.sign(canonical(signed_info), used.hash))
    element.insert(after, signature)


def written(certificate: Certificate, profile: SamlProfile) -> str:
    """The certificate's base64 with the vendor's line breaks."""
    return certificate.wrapped if profile.wraps_certificates else certificate.one_line


def _hashed(data: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
