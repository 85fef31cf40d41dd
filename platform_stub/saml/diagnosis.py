"""Why a signature did not hold, told to whoever repairs it. Decides nothing: the login is refused."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from platform_stub.refusals import RefusalError
from platform_stub.saml.document import DS, Document

_NS: Final = {"ds": DS}
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": hashes.SHA256(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": hashes.SHA384(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": hashes.SHA512(),
}


def signature_refusal(
    document: Document, certificates: Sequence[x509.Certificate], library: str
) -> RefusalError:
    """Return `signature-invalid` that tells a foreign key from a message changed after signing.

    The evidence has the SHA-256 fingerprints of the saved certificates and of the certificate in the message.
    """
    saved = [certificate.fingerprint(hashes.SHA256()).hex(":") for certificate in certificates]
    sent = _sent_fingerprint(document)
    evidence = {
        "saved_certificates": saved,
        "certificate_in_message": sent or "none",
        "library": library[:600],
    }
    if all(_signed_by_saved(s, certificates) for s in document.root.iterfind(".//ds:Signature", _NS)):
        return RefusalError(
            "signature-invalid",
            "The saved certificate's key made the signature, but the signed content is not what was signed.",
            sentence="The response was changed after the identity provider signed it.",
            evidence=evidence,
        )
    return RefusalError(
        "signature-invalid",
        "No saved certificate's key made the signature.",
        sentence="The response is signed with a key that does not match the certificate saved on the "
        f"Security tab (saved: SHA-256 {_short(saved[0] if saved else '')}; in the message: {_short(sent)}).",
        evidence=evidence,
    )


def _short(fingerprint: str) -> str:
    return f"{fingerprint[:23]}…" if fingerprint else "none"


def _sent_fingerprint(document: Document) -> str:
    text = document.root.findtext(".//ds:Signature/ds:KeyInfo/ds:X509Data/ds:X509Certificate", "", _NS)
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode("".join(text.split())))
    except ValueError:
        return ""
    return certificate.fingerprint(hashes.SHA256()).hex(":")


def _signed_by_saved(signature: etree._Element, certificates: Sequence[x509.Certificate]) -> bool:
    """Say whether a saved key signed this SignedInfo, whatever became of the content."""
    info = signature.find("ds:SignedInfo", _NS)
    method = None if info is None else info.find("ds:SignatureMethod", _NS)
    algorithm = None if method is None else _HASHES.get(method.get("Algorithm", ""))
    if info is None or algorithm is None:
        return False
    try:
        canonical = etree.tostring(info, method="c14n", exclusive=True, with_comments=False)
        value = base64.b64decode(signature.findtext("ds:SignatureValue", "", _NS))
    except (ValueError, etree.LxmlError):  # no base64, or namespaces that have no canonical form
        return False
    return any(_verifies(certificate, value, canonical, algorithm) for certificate in certificates)


def _verifies(
    certificate: x509.Certificate, value: bytes, signed: bytes, algorithm: hashes.HashAlgorithm
) -> bool:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(value, signed, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True
