"""Mistakes in comparing digests and values, in following References, and in whose key counts."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from platform_stub.saml.careless import habits
from platform_stub.saml.careless.habits import NS, Certificates, Element
from platform_stub.saml.document import DS, SIGNATURE

_HMACS: Final = {
    f"{DS}hmac-sha1": "sha1",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256": "sha256",
}

_SECRET: Final = secrets.token_bytes(32)


def value_ignored(_signature: Element, _info: Element, _certificates: Certificates, _content: bytes) -> bool:
    """The SignatureValue is not verified; only digests are compared."""
    return True


def missing_digest_holds(stated: str, algorithm: str, content: bytes) -> bool:
    """Without a DigestValue there is nothing to compare."""
    return not stated or habits.digest_holds(stated, algorithm, content)


def first_node_of_digest(reference: Element) -> str:
    """The first child node of DigestValue, be it text or a comment."""
    value = reference.find("ds:DigestValue", NS)
    if value is None:
        return ""
    first = value.text or ("" if len(value) == 0 else value[0].text)
    return (first or "").strip()


def first_digest_of_document(reference: Element) -> str:
    """The first DigestValue of the document, as an absolute path finds it."""
    root = reference.getroottree().getroot()
    return (root.findtext(".//ds:DigestValue", "", NS) or "").strip()


def first_info_judged(signature: Element) -> tuple[Sequence[Element], Sequence[Element]]:
    """The value is verified over the first SignedInfo, and the References of all are followed."""
    found = signature.findall("ds:SignedInfo", NS)
    return found[:1], found


def any_number_of_references(info: Element) -> list[Element]:
    """The References that there are: none is fine too."""
    return info.findall("ds:Reference", NS)


def first_reference(info: Element) -> list[Element]:
    """The first Reference alone."""
    return habits.references(info)[:1]


def around_signature(root: Element, _covered: Sequence[Element]) -> Element | None:
    """The assertion in or around the element that bears the first Signature, whatever its Reference names."""
    signature = next(root.iter(SIGNATURE), None)
    parent = None if signature is None else signature.getparent()
    return None if parent is None else habits.covered_assertion(root, [parent])


def hmac_by_certificate(
    signature: Element, info: Element, certificates: Certificates, content: bytes
) -> bool:
    """The saved certificate serves as whatever key the SignatureMethod wants: for HMAC, as the secret."""
    method = info.find("ds:SignatureMethod", NS)
    name = _HMACS.get("" if method is None else method.get("Algorithm", ""))
    if name is None:
        return habits.value_holds(signature, info, certificates, content)
    stated = base64.b64decode(signature.findtext("ds:SignatureValue", "", NS))
    return any(
        hmac.compare_digest(stated, hmac.new(secret, content, name).digest())
        for certificate in certificates
        for secret in _renderings(certificate)
    )


def hmac_of_any_length(signature: Element, info: Element, certificates: Certificates, content: bytes) -> bool:
    """An HMAC under a good secret of this platform, of which HMACOutputLength says how many bits count."""
    method = info.find("ds:SignatureMethod", NS)
    name = _HMACS.get("" if method is None else method.get("Algorithm", ""))
    if method is None or name is None:
        return habits.value_holds(signature, info, certificates, content)
    made = hmac.new(_SECRET, content, name).digest()
    stated = base64.b64decode(signature.findtext("ds:SignatureValue", "", NS))
    length = int(method.findtext("ds:HMACOutputLength", str(8 * len(made)), NS)) // 8
    return hmac.compare_digest(stated[:length], made[:length])


def failure_holds(signature: Element, info: Element, certificates: Certificates, content: bytes) -> bool:
    """The verifier answers yes, no or -1 for an algorithm that its key is not for, and -1 is not no."""
    method = info.find("ds:SignatureMethod", NS)
    if method is None or "rsa" in method.get("Algorithm", ""):
        return habits.value_holds(signature, info, certificates, content)
    return True


def _renderings(certificate: x509.Certificate) -> tuple[bytes, ...]:
    pem, der = certificate.public_bytes(Encoding.PEM), certificate.public_bytes(Encoding.DER)
    key = certificate.public_key()
    modulus = key.public_numbers().n.to_bytes(256, "big") if isinstance(key, rsa.RSAPublicKey) else b""
    spki = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem, pem.strip(), base64.b64encode(der), der, spki, modulus


def certificate_known_by_name(
    signature: Element, info: Element, certificates: Certificates, content: bytes
) -> bool:
    """A shown certificate counts when subject, issuer and serial are those of a saved one."""
    known = {(entry.subject, entry.issuer, entry.serial_number) for entry in certificates}
    shown = [
        x509.load_der_x509_certificate(base64.b64decode(element.text or ""))
        for element in signature.iterfind(".//ds:X509Certificate", NS)
    ]
    named = [entry for entry in shown if (entry.subject, entry.issuer, entry.serial_number) in known]
    return habits.value_holds(signature, info, named, content)


def shown_key_value(signature: Element, info: Element, certificates: Certificates, content: bytes) -> bool:
    """The RSAKeyValue that the message shows counts, where it shows one."""
    modulus = signature.findtext(".//ds:RSAKeyValue/ds:Modulus", "", NS)
    exponent = signature.findtext(".//ds:RSAKeyValue/ds:Exponent", "", NS)
    if not modulus or not exponent:
        return habits.value_holds(signature, info, certificates, content)
    numbers = rsa.RSAPublicNumbers(_number(exponent), _number(modulus))
    text = signature.findtext("ds:SignatureValue", "", NS)
    return habits.rsa_holds(numbers.public_key(), text, content, hashes.SHA256())


def _number(text: str) -> int:
    return int.from_bytes(base64.b64decode(text), "big")
