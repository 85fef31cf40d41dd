"""Signatures in a vendor's shape, made in process: enveloped in XML (XML-DSig) and of bare bytes."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Protocol

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


class Signer(Protocol):
    """What in a Signature depends on the key and on what is signed; each is text as XML holds it."""

    @property
    def certificate(self) -> str:
        """The X509Certificate."""

    def digest(self, octets: bytes) -> str:
        """The DigestValue over canonical XML."""

    def value(self, octets: bytes) -> str:
        """The SignatureValue over a canonical SignedInfo."""


@dataclass(frozen=True)
class KeySigner:
    """The signer that signs."""

    key: SigningKey
    profile: SamlProfile
    algorithm: SignatureAlgorithm = "rsa-sha256"

    @property
    def certificate(self) -> str:
        """The certificate with the vendor's line breaks."""
        return written(self.key.saml_certificate, self.profile)

    def digest(self, octets: bytes) -> str:
        """The hash that goes with the algorithm."""
        digest = hashlib.new(ALGORITHMS[self.algorithm].hash.name, octets).digest()
        return _base64(digest)

    def value(self, octets: bytes) -> str:
        """The RSA signature."""
        return _base64(self.key.sign(octets, ALGORITHMS[self.algorithm].hash))


def sign(
    element: etree._Element,
    *,
    after: int,
    key: SigningKey,
    profile: SamlProfile,
    algorithm: SignatureAlgorithm = "rsa-sha256",
    signer: Signer | None = None,
) -> None:
    """Sign `element` by its ID and put the Signature behind its first `after` children.

    The PrefixList is there only where the vendor's typed attribute values are inside, as Okta does it.
    `signer` may stand in for the one that signs with `key`."""
    signer = signer or KeySigner(key, profile, algorithm)
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
            digest=signer.digest(canonical(element, prefixes)),
            certificate=signer.certificate,
        )
    )
    signed_info, value = signature[0], signature[1]
    value.text = signer.value(canonical(signed_info))
    element.insert(after, signature)


def written(certificate: Certificate, profile: SamlProfile) -> str:
    """The certificate's base64 with the vendor's line breaks."""
    return certificate.wrapped if profile.wraps_certificates else certificate.one_line


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
