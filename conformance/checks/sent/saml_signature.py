"""Signatures on the platform's SAML messages, verified with the keys of its metadata. No check is here."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote_plus, urlsplit

import xmlsec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from conformance.checks.sent.messages import Message

MD: Final = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
_SIGNED: Final = ("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg")
_ALGORITHMS: Final[dict[str, hashes.HashAlgorithm]] = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": hashes.SHA256(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": hashes.SHA384(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": hashes.SHA512(),
}


def raw_query(message: Message) -> list[tuple[str, str]]:
    """Return names and values of the query in order, as they travelled."""
    pairs = (pair.partition("=") for pair in urlsplit(message.url).query.split("&") if pair)
    return [(name, value) for name, _, value in pairs]


def signing_certificates(metadata: etree._Element) -> list[x509.Certificate]:
    """Return the certificates of the keys for signing. Raises ValueError for one that cannot be read."""
    found = []
    for key in metadata.iter(f"{MD}KeyDescriptor"):
        if key.get("use", "signing") == "signing":
            for text in key.iterfind(f"{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate"):
                found.append(x509.load_der_x509_certificate(base64.b64decode(text.text or "")))
    return found


def is_signed(message: Message) -> bool:
    """Whether there is a signature in the place that the binding has for it (SAML bindings 3.4.4.1, 3.5)."""
    root = message.saml()
    by_form = root is not None and root.find(f"{DS}Signature") is not None
    return by_form if message.form else bool(message.values("Signature"))


def flaw_of_signature(message: Message, certificates: Sequence[x509.Certificate]) -> str:
    """Return why the signature does not hold with any of these certificates, "" when it does with one."""
    if not certificates:
        return "there is a signature, and the metadata shows no key for signing"
    if message.form:
        return _flaw_of_form(message, certificates)
    raw = dict(raw_query(message))
    named = unquote_plus(raw.get("SigAlg", ""))
    if named not in _ALGORITHMS:
        return f"SigAlg is {named or 'missing'}; expected RSA with SHA-256 or better"
    octets = "&".join(f"{name}={raw[name]}" for name in _SIGNED if name in raw).encode()
    try:
        value = base64.b64decode(unquote_plus(raw["Signature"]), validate=True)
    except binascii.Error:
        return "the parameter Signature is not base64"
    if any(_made(certificate, value, octets, _ALGORITHMS[named]) for certificate in certificates):
        return ""
    return "no key of the metadata made the signature of the query"


def _made(entry: x509.Certificate, value: bytes, octets: bytes, algorithm: hashes.HashAlgorithm) -> bool:
    key = entry.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(value, octets, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True


def _flaw_of_form(message: Message, certificates: Sequence[x509.Certificate]) -> str:
    root = message.saml()
    signature = None if root is None else root.find(f"{DS}Signature")
    if root is None or signature is None:
        return "the message has no Signature"
    referred = [found.get("URI") for found in signature.iterfind(f"{DS}SignedInfo/{DS}Reference")]
    if referred != [f"#{root.get('ID')}"]:
        return "the Signature does not refer to the whole message"
    if any(_verifies(root, signature, entry) for entry in certificates):
        return ""
    return "no key of the metadata made the Signature of the message"


def _verifies(root: etree._Element, signature: etree._Element, entry: x509.Certificate) -> bool:
    context = xmlsec.SignatureContext()
    context.register_id(root, "ID")
    context.key = xmlsec.Key.from_memory(
        entry.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem
    )
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True
