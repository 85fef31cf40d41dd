"""What a careless reader of SAML does, step by step; each step defaults to what is right.

A reader takes some Signature of the document, finds what it covers, compares digests and the value, and then
reads one assertion. The strict platform (`document`, `signature`) refuses most of what gets this far.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from platform_stub.refusals import RefusalError
from platform_stub.saml.document import ASSERTION, DS, SIGNATURE, malformed, parse_safely

NS: Final = {"ds": DS, "ec": "http://www.w3.org/2001/10/xml-exc-c14n#"}
_RSA: Final[dict[str, hashes.HashAlgorithm]] = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": hashes.SHA256(),
    f"{DS}rsa-sha1": hashes.SHA1(),  # noqa: S303 - a careless reader takes what comes
}
_DIGESTS: Final = {"http://www.w3.org/2001/04/xmlenc#sha256": "sha256", f"{DS}sha1": "sha1"}
Element = etree._Element
Certificates = Sequence[x509.Certificate]


def first_signature(root: Element) -> list[Element]:
    """The first Signature of the document: the one that counts."""
    return list(root.iter(SIGNATURE))[:1]


def signed_infos(signature: Element) -> tuple[list[Element], list[Element]]:
    """The SignedInfos whose value is verified, and those whose References are followed."""
    found = signature.findall("ds:SignedInfo", NS)
    return found, found


def references(info: Element) -> list[Element]:
    """All References of a SignedInfo; there must be one."""
    found = info.findall("ds:Reference", NS)
    if not found:
        raise invalid("SignedInfo has no Reference.")
    return found


def target(root: Element, signature: Element, uri: str) -> Element | None:
    """The element whose ID the Reference names: the one around the Signature, else the first other."""
    around = signature.getparent()
    if around is not None and f"#{around.get('ID')}" == uri:
        return around
    return next((element for element in root.iter(etree.Element) if f"#{element.get('ID')}" == uri), None)


def octets(element: Element, signature: Element, reference: Element) -> bytes:
    """What is digested. Raises RefusalError where the library cannot canonicalise it."""
    try:
        return digested(element, signature, reference)
    except etree.LxmlError as error:
        raise malformed(f"What is signed cannot be canonicalised: {error}.") from error


def digested(element: Element, signature: Element, reference: Element) -> bytes:
    """Exclusive C14N of the element without this Signature, if that is inside. Raises lxml's C14NError."""
    listed = reference.find(".//ec:InclusiveNamespaces", NS)
    prefixes = None if listed is None else listed.get("PrefixList", "").split() or None
    parent = signature.getparent()
    if parent is None or element not in signature.iterancestors():
        return _exclusive(element, prefixes)
    place = parent.index(signature)
    parent.remove(signature)
    try:
        return _exclusive(element, prefixes)
    finally:
        parent.insert(place, signature)


def canonical(element: Element) -> bytes:
    """Exclusive C14N without comments. Raises RefusalError where the library gives up."""
    try:
        return _exclusive(element)
    except etree.LxmlError as error:
        raise malformed(f"What is signed cannot be canonicalised: {error}.") from error


def _exclusive(element: Element, prefixes: list[str] | None = None) -> bytes:
    return etree.tostring(
        element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes
    )


def digest_value(reference: Element) -> str:
    """The text of the Reference's DigestValue."""
    value = reference.find("ds:DigestValue", NS)
    return "" if value is None else "".join(value.itertext(etree.Element)).strip()


def digest_holds(stated: str, algorithm: str, content: bytes) -> bool:
    """Whether the content has the stated digest."""
    made = hashlib.new(_DIGESTS.get(algorithm, "sha256"), content).digest()
    return stated == base64.b64encode(made).decode("ascii")


def value_holds(signature: Element, info: Element, certificates: Certificates, content: bytes) -> bool:
    """Whether one of the keys made the SignatureValue over the SignedInfo's octets."""
    del signature
    method, value = info.find("ds:SignatureMethod", NS), info.getparent()
    algorithm = _RSA.get("" if method is None else method.get("Algorithm", ""))
    text = "" if value is None else value.findtext("ds:SignatureValue", "", NS)
    return algorithm is not None and any(
        rsa_holds(entry.public_key(), text, content, algorithm) for entry in certificates
    )


def rsa_holds(key: object, text: str, content: bytes, algorithm: hashes.HashAlgorithm) -> bool:
    """Whether this RSA key made the signature, which is base64."""
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(base64.b64decode(text), content, padding.PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError):
        return False
    return True


def covered_assertion(root: Element, covered: Sequence[Element]) -> Element | None:
    """The assertion that is covered, or stands in what is covered."""
    for element in covered:
        if element.tag == ASSERTION:
            return element
        inside = element.find(f"./{ASSERTION}")
        if inside is not None:
            return inside
    return None


def as_it_stands(element: Element) -> Element:
    """The assertion with all its text."""
    return parse_safely(canonical(element))


def invalid(detail: str) -> RefusalError:
    """Return the refusal of a signature that does not hold."""
    return RefusalError("signature-invalid", detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """One careless reader: what it does instead of the right thing is what differs from the defaults.

    `reads` parses the text once more for reading; None reads the tree that was verified. `certificates` are
    those whose keys count, by those that were saved.
    """

    parses: Callable[[bytes], Element] = parse_safely
    reads: Callable[[bytes], Element] | None = None
    signatures: Callable[[Element], Sequence[Element]] = first_signature
    infos: Callable[[Element], tuple[Sequence[Element], Sequence[Element]]] = signed_infos
    references: Callable[[Element], Sequence[Element]] = references
    target: Callable[[Element, Element, str], Element | None] = target
    octets: Callable[[Element, Element, Element], bytes] = octets
    canonical: Callable[[Element], bytes] = canonical
    digest_value: Callable[[Element], str] = digest_value
    digest_holds: Callable[[str, str, bytes], bool] = digest_holds
    value_holds: Callable[[Element, Element, Certificates, bytes], bool] = value_holds
    dangling_holds: bool = False
    some_suffice: bool = False
    assertion: Callable[[Element, Sequence[Element]], Element | None] = covered_assertion
    text: Callable[[Element], Element] = as_it_stands
