"""Who signed the message, and the one assertion that the signature covers.

pysaml2 verifies (structure, schema, signature) on the backend of `crypto`; the rules about algorithms that it
leaves open, and the choice of the assertion that may be read, are here. Import it lazily: pysaml2 is slow.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from saml2 import class_name, saml, samlp
from saml2.sigver import MissingKey, SecurityContext, SignatureError
from saml2.xml.schema import XMLSchemaError

from platform_stub.policy import Policy
from platform_stub.refusals import RefusalError
from platform_stub.saml import careless, diagnosis, schema
from platform_stub.saml.crypto import (
    EXC_C14N,
    BelievedCertificates,
    InProcessXmlsec,
    TrustedCertificate,
    canonical_without_signature,
)
from platform_stub.saml.document import (
    ASSERTION,
    DS,
    LOGOUT_REQUEST,
    LOGOUT_RESPONSE,
    RESPONSE,
    SIGNATURE,
    Document,
    malformed,
    only_assertion,
    parse_safely,
)

ENVELOPED: Final = f"{DS}enveloped-signature"
_NS: Final = {"ds": DS}
_READERS: Final = {
    RESPONSE: samlp.response_from_string,
    LOGOUT_REQUEST: samlp.logout_request_from_string,
    LOGOUT_RESPONSE: samlp.logout_response_from_string,
    ASSERTION: saml.assertion_from_string,  # that was encrypted
}
_SIGNATURE_METHODS: Final = frozenset(
    f"http://www.w3.org/2001/04/xmldsig-more#rsa-sha{bits}" for bits in (256, 384, 512)
)
_DIGEST_METHODS: Final = frozenset(
    (
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    )
)
_PARTS: Final = tuple(f"{{{DS}}}{name}" for name in ("SignedInfo", "SignatureValue", "KeyInfo"))

schema.use_libxml2()


@dataclass(frozen=True, slots=True)
class SignedContent:
    """The root of a samlp:Response and the saml:Assertion to read.

    Either is parsed from verified canonical bytes when a signature covers it. `response_signed` says whether
    the envelope's own values (Destination, Status ...) are covered too, `assertion_signed` whether the
    assertion bears a signature of its own that holds.
    """

    response: etree._Element
    assertion: etree._Element
    response_signed: bool
    assertion_signed: bool = False


def signed_content(
    document: Document, certificates: Sequence[x509.Certificate], policy: Policy
) -> SignedContent:
    """Verify every signature of the message and return what it covers.

    Raises RefusalError `signature-missing`, `signature-invalid`, `certificate-unusable`, `assertion-count`,
    `malformed`.
    """
    if policy.saml_reader != "strict":
        read = careless.assertion(document, careless.READERS[policy.saml_reader], certificates)
        return SignedContent(document.root, read, response_signed=False)
    assertion = only_assertion(document)
    if policy.saml_signature == "ignored" or _needs_no_key(certificates, policy):
        return SignedContent(document.root, _unverified(assertion), response_signed=False)
    verified = verify_all(document, certificates, policy)
    response_id, assertion_id = document.root.get("ID", ""), assertion.get("ID", "")
    if response_id in verified:
        # The assertion is read out of the response's verified bytes, not out of the document that arrived.
        response = parse_safely(verified[response_id])
        inside = next(e for e in response.iter(ASSERTION) if e.get("ID") == assertion_id)
        return SignedContent(response, inside, True, assertion_signed=assertion_id in verified)
    if assertion_id in verified:
        inside = parse_safely(verified[assertion_id])
        return SignedContent(document.root, inside, False, assertion_signed=True)
    if policy.saml_signature == "required":
        raise RefusalError("signature-missing", "Neither the Response nor its Assertion is signed.")
    return SignedContent(document.root, _unverified(assertion), response_signed=False)


def _needs_no_key(certificates: Sequence[x509.Certificate], policy: Policy) -> bool:
    """Whether nothing is verified because there is nothing to verify with: only a weakened policy does so."""
    return policy.saml_without_certificate == "unverified" and not certificates


def signed_root(
    document: Document, certificates: Sequence[x509.Certificate], policy: Policy
) -> etree._Element | None:
    """Verify the message's own signature and return its root from the signed bytes; None without one.

    Raises RefusalError `signature-invalid`, `certificate-unusable`, `malformed`.
    """
    if document.root.find(SIGNATURE) is None:
        return None
    if "signature" not in policy.slo_checks:
        return document.root
    return parse_safely(verify_all(document, certificates, policy)[document.root.get("ID", "")])


@lru_cache(maxsize=256)
def trusted(certificate: x509.Certificate) -> TrustedCertificate:
    """Return the parsed key of a saved certificate; raises RefusalError `certificate-unusable`."""
    if not isinstance(certificate.public_key(), rsa.RSAPublicKey):
        raise RefusalError(
            "certificate-unusable",
            "The key in the saved certificate is not an RSA key.",
            sentence="The certificate in the field Certificate X.509 of the Security tab holds no RSA key.",
        )
    try:
        return TrustedCertificate.of(certificate)
    except xmlsec.Error as error:
        raise RefusalError(
            "certificate-unusable",
            f"The saved certificate cannot be used for verification: {error}",
            evidence={"saved_certificate": certificate.fingerprint(hashes.SHA256()).hex(":")},
        ) from error


def _unverified(assertion: etree._Element) -> etree._Element:
    """The assertion as it would be digested; nobody vouches for it."""
    return parse_safely(canonical_without_signature(assertion))


def verify_all(
    document: Document, certificates: Sequence[x509.Certificate], policy: Policy
) -> dict[str, bytes]:
    """Verify every signature of the message; return the canonical bytes of what each covers, by its ID.

    Raises RefusalError `signature-invalid`, `certificate-unusable`, `malformed`.
    """
    signed = [signature.getparent() for signature in document.root.iter(SIGNATURE)]
    for element in signed:
        if element is not None:
            _require_strict_signature(element, policy)
    believed = _certificates_inside(document) if policy.saml_keys == "key-info" else certificates
    keys = [trusted(certificate) for certificate in believed]
    backend = InProcessXmlsec(keys)
    context = SecurityContext(backend, metadata=BelievedCertificates(keys), only_use_keys_in_metadata=True)
    # pysaml2 parses again: it gets the tree that passed `document.parse`, not the bytes that arrived.
    text = etree.tostring(document.root, encoding="unicode")
    response = _as_pysaml2(str(document.root.tag), text) if signed else None
    try:
        for item in _signed_items(response):
            if "schema" in policy.saml_checks:
                context.check_signature(item, class_name(item), text)
            else:  # what pysaml2 does, but for the schema
                context.verify_signature(text, keys[0].name, node_name=class_name(item), node_id=item.id)
    except (SignatureError, MissingKey) as error:
        raise _refusal(error, document, certificates) from error
    return backend.verified


def _certificates_inside(document: Document) -> list[x509.Certificate]:
    """Return the certificates that the message itself shows, which only a weakened policy believes."""
    texts = [
        element.text or "" for element in document.root.iterfind(".//ds:Signature//ds:X509Certificate", _NS)
    ]
    try:
        return [x509.load_der_x509_certificate(base64.b64decode(text)) for text in texts]
    except ValueError as error:
        raise malformed(f"A certificate in the message cannot be read: {error}.") from error


def _as_pysaml2(tag: str, text: str) -> Any:  # noqa: ANN401 - pysaml2 ships no types
    response = _READERS[tag](text)
    if response is None:
        raise malformed(f"The message cannot be read as {tag}.")
    return response


def _refusal(error: Exception, document: Document, certificates: Sequence[x509.Certificate]) -> RefusalError:
    cause = error.__cause__
    if isinstance(cause, XMLSchemaError):
        reason = cause.args[0]["error"] if cause.args else cause
        return malformed(f"The signed content does not follow the SAML schema: {str(reason)[:600]}")
    return diagnosis.signature_refusal(document, certificates, str(error))


def _signed_items(response: Any) -> list[Any]:  # noqa: ANN401 - pysaml2 ships no types
    if response is None:
        return []
    return [item for item in (response, *getattr(response, "assertion", ())) if item.signature]


def _require_strict_signature(element: etree._Element, policy: Policy) -> None:
    """Raise unless the Signature has the one shape of SAML core 5.4, with RSA and SHA-256 or better."""
    signature = element.find(SIGNATURE)
    info = None if signature is None else signature.find("ds:SignedInfo", _NS)
    if signature is None or info is None:
        raise malformed("A Signature has no SignedInfo.")
    if any(not isinstance(node.tag, str) for node in signature.iter()):
        raise malformed("A Signature holds a comment.")
    if [child.tag for child in signature] not in ([*_PARTS], [*_PARTS[:2]]):
        raise malformed("A Signature holds other elements than SignedInfo, SignatureValue and KeyInfo.")
    references = info.findall("ds:Reference", _NS)
    if len(references) != 1:
        raise malformed(f"SignedInfo has {len(references)} References, expected one.")
    if not element.get("ID") or references[0].get("URI") != f"#{element.get('ID')}":
        raise _invalid("The signature's Reference does not name the element it stands in.")
    _require_algorithm(info, "CanonicalizationMethod", frozenset((EXC_C14N,)))
    old = policy.saml_hashes == "any"
    _require_algorithm(info, "SignatureMethod", _SIGNATURE_METHODS | ({f"{DS}rsa-sha1"} if old else set()))
    _require_algorithm(references[0], "DigestMethod", _DIGEST_METHODS | ({f"{DS}sha1"} if old else set()))
    transforms = [t.get("Algorithm") for t in references[0].iterfind("ds:Transforms/ds:Transform", _NS)]
    if transforms != [ENVELOPED, EXC_C14N]:
        raise _invalid(
            f"The signature uses the transforms {transforms}, expected enveloped and exclusive C14N."
        )


def _require_algorithm(parent: etree._Element, name: str, allowed: frozenset[str]) -> None:
    methods = [method.get("Algorithm", "") for method in parent.findall(f"ds:{name}", _NS)]
    if len(methods) != 1 or methods[0] not in allowed:
        named = methods[0] if methods else "nothing"
        raise RefusalError(
            "signature-invalid",
            f"{name} is {named}; allowed: {', '.join(sorted(allowed))}.",
            sentence=f"The response is signed with a method that this platform does not accept ({named}).",
        )


def _invalid(detail: str) -> RefusalError:
    return RefusalError("signature-invalid", detail)
