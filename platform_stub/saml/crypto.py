"""pysaml2's signature verification on python-xmlsec, inside this process: no xmlsec1 child, no key files.

Imports pysaml2 (about a second), so only `saml.signature` imports this module, and only lazily.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from saml2.sigver import CryptoBackend

from platform_stub.saml.document import DS, SIGNATURE, parse_safely

EXC_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_NS: Final = {"ds": DS, "ec": EXC_C14N}
_HASHES: Final = {
    "http://www.w3.org/2001/04/xmlenc#sha256": hashlib.sha256,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashlib.sha384,
    "http://www.w3.org/2001/04/xmlenc#sha512": hashlib.sha512,
    f"{DS}sha1": hashlib.sha1,  # which digests are allowed, `signature` has decided before
}


@dataclass(frozen=True, slots=True)
class TrustedCertificate:
    """A saved certificate as pysaml2 wants it: something with a `name`. The key is parsed once."""

    name: str
    key: xmlsec.Key

    @classmethod
    def of(cls, certificate: x509.Certificate) -> TrustedCertificate:
        """Parse the certificate's key; raises xmlsec.Error when it has none that xmlsec can use."""
        pem = certificate.public_bytes(Encoding.PEM)
        key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem)
        return cls(name=f"saved:{hashlib.sha256(pem).hexdigest()}", key=key)


class BelievedCertificates:
    """Stands where pysaml2 expects metadata: whoever the message names, only these certificates count.

    The Issuer is compared in `checks`, so that a wrong issuer and a wrong key stay two causes.
    """

    def __init__(self, certificates: Iterable[TrustedCertificate]) -> None:
        self._certificates = tuple(certificates)

    def certs(
        self, _issuer: str, _descriptor: str, _use: str = "signing"
    ) -> list[tuple[None, TrustedCertificate]]:
        """Return pysaml2's pairs of key name and certificate."""
        return [(None, certificate) for certificate in self._certificates]


class InProcessXmlsec(CryptoBackend):  # type: ignore[misc]  # pysaml2 ships no types
    """Verifies for one message, and keeps the canonical bytes of every element whose signature held."""

    def __init__(self, trusted: Iterable[TrustedCertificate]) -> None:
        super().__init__()
        self._keys = {certificate.name: certificate.key for certificate in trusted}
        self.verified: dict[str, bytes] = {}

    @property
    def version(self) -> str:
        """The version of python-xmlsec."""
        return version("xmlsec")

    def validate_signature(
        self, signedtext: bytes | str, cert_file: str, cert_type: str, node_name: str, node_id: str
    ) -> bool:
        """Verify the enveloped signature of the element with this ID against one certificate.

        `cert_file` is a TrustedCertificate's name. The ID is registered for this element only, so that a
        Reference cannot resolve anywhere else.
        """
        root = parse_safely(signedtext.encode() if isinstance(signedtext, str) else signedtext)
        element = next((e for e in root.iter(etree.Element) if e.get("ID") == node_id), None)
        signature = None if element is None else element.find(SIGNATURE)
        if element is None or signature is None:
            return False
        context = xmlsec.SignatureContext()
        context.register_id(element, "ID")
        try:
            context.key = self._keys[cert_file]
            context.verify(signature)
        except xmlsec.Error:
            return False
        canonical = canonical_without_signature(element)
        if not _digest_holds(signature, canonical):
            return False
        self.verified[node_id] = canonical
        return True


def canonical_without_signature(element: etree._Element) -> bytes:
    """Return what is digested: exclusive C14N, no comments, of the element without its own Signature.

    Changes the tree that it is given.
    """
    prefixes: list[str] = []
    signature = element.find(SIGNATURE)
    if signature is not None:
        for listed in signature.iterfind("ds:SignedInfo/ds:Reference//ec:InclusiveNamespaces", _NS):
            prefixes.extend(listed.get("PrefixList", "").split())
        _remove_keeping_tail(signature)
    return etree.tostring(
        element,
        method="c14n",
        exclusive=True,
        with_comments=False,
        inclusive_ns_prefixes=prefixes or None,
    )


def _digest_holds(signature: etree._Element, canonical: bytes) -> bool:
    # xmlsec said yes to what it resolved; this makes sure that it is these very bytes that are read later.
    reference = signature.find("ds:SignedInfo/ds:Reference", _NS)
    method = None if reference is None else reference.find("ds:DigestMethod", _NS)
    value = None if reference is None else reference.findtext("ds:DigestValue", namespaces=_NS)
    algorithm = None if method is None else _HASHES.get(method.get("Algorithm", ""))
    if algorithm is None or value is None:
        return False
    try:
        return base64.b64decode(value) == algorithm(canonical).digest()
    except ValueError:
        return False


def _remove_keeping_tail(signature: etree._Element) -> None:
    parent = signature.getparent()
    if parent is None:
        return
    previous = signature.getprevious()
    if signature.tail and previous is not None:
        previous.tail = (previous.tail or "") + signature.tail
    elif signature.tail:
        parent.text = (parent.text or "") + signature.tail
    parent.remove(signature)
