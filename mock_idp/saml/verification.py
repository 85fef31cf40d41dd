"""Signatures on messages that came in: of the query (SAML Bindings 3.4.4.1) or enveloped (XML-DSig)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_plus

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from mock_idp.provider_certificates import ProviderCertificate, provider_certificate
from mock_idp.saml.received import Received
from mock_idp.saml.xml import NAMES

QUERY_ALGORITHMS: dict[str, hashes.HashAlgorithm] = {
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1": hashes.SHA1(),  # noqa: S303 - both vendors still take it
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": hashes.SHA256(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": hashes.SHA384(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": hashes.SHA512(),
}
SIGNED_PARAMETERS = ("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg")


class BadSignatureError(ValueError):
    """The signature does not verify; the message says what is wrong with it."""


def verify(received: Received, certificate_pem: str) -> None:
    """Verify the message's signature in the place of its binding. Raises BadSignatureError."""
    certificate = provider_certificate(certificate_pem)
    if received.binding == "HTTP-Redirect":
        _verify_query(received.query, certificate)
    else:
        verify_enveloped(received.root, certificate.certificate.pem)


def verify_enveloped(element: etree._Element, certificate_pem: str) -> None:
    """Verify the Signature that is a child of `element` and covers it, with the certificate's key only.

    Raises BadSignatureError."""
    signature = element.find("ds:Signature", NAMES)
    if signature is None:
        raise BadSignatureError("The message carries no Signature.")
    references = signature.findall("ds:SignedInfo/ds:Reference", NAMES)
    if [reference.get("URI") for reference in references] != [f"#{element.get('ID')}"]:
        raise BadSignatureError(
            "The Signature does not refer to the message that carries it, and to it alone."
        )
    import xmlsec  # noqa: PLC0415 - a thirtieth of a second at the start, which most runs never need

    context = xmlsec.SignatureContext()
    context.register_id(element, "ID")
    context.key = xmlsec.Key.from_memory(certificate_pem.encode(), xmlsec.constants.KeyDataFormatCertPem)
    try:
        context.verify(signature)
    except xmlsec.Error as error:
        raise BadSignatureError(
            "The Signature was not made with the registered certificate's key."
        ) from error


def _verify_query(query: str, certificate: ProviderCertificate) -> None:
    """Verify over the parameters as they were encoded, in the order that the binding prescribes."""
    raw = dict(pair.partition("=")[::2] for pair in query.split("&"))
    name = unquote_plus(raw.get("SigAlg", ""))
    algorithm = QUERY_ALGORITHMS.get(name)
    if algorithm is None:
        raise BadSignatureError(f"SigAlg is {name!r}; expected one of {', '.join(QUERY_ALGORITHMS)}.")
    signed = "&".join(f"{part}={raw[part]}" for part in SIGNED_PARAMETERS if part in raw)
    try:
        signature = base64.b64decode(unquote_plus(raw["Signature"]), validate=True)
        certificate.public_key.verify(signature, signed.encode("latin-1"), padding.PKCS1v15(), algorithm)
    except binascii.Error as error:
        raise BadSignatureError(f"The parameter Signature is not base64: {error}.") from error
    except InvalidSignature as error:
        raise BadSignatureError(
            "The parameter Signature was not made with the registered certificate's key."
        ) from error
