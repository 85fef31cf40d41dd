"""From a parameter to one parsed document of the only shapes this platform reads.

Nothing here is trusted yet: signatures are verified in `signature`, contents judged in `checks`.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from platform_stub.policy import Policy
from platform_stub.refusals import RefusalError

SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"

RESPONSE: Final = f"{{{SAMLP}}}Response"
LOGOUT_REQUEST: Final = f"{{{SAMLP}}}LogoutRequest"
LOGOUT_RESPONSE: Final = f"{{{SAMLP}}}LogoutResponse"
ASSERTION: Final = f"{{{SAML}}}Assertion"
ENCRYPTED: Final = f"{{{SAML}}}EncryptedAssertion"
SIGNATURE: Final = f"{{{DS}}}Signature"

MAX_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """A well-formed SAML message as it arrived, and its assertions in document order."""

    root: etree._Element
    assertions: tuple[etree._Element, ...]
    xml: bytes

    @property
    def encrypted(self) -> tuple[etree._Element, ...]:
        """The assertions that are encrypted, wherever they stand."""
        return tuple(self.root.iter(ENCRYPTED))

    @property
    def in_response_to(self) -> str:
        """The request that the envelope says it answers, "" when it names none; not verified."""
        return self.root.get("InResponseTo", "")


def decode(field: str, name: str = "SAMLResponse") -> bytes:
    """Return the bytes of the base64 field `name` (line breaks allowed, SAML bindings 3.5.4).

    Raises RefusalError `malformed`.
    """
    if not field.strip():
        raise malformed(f"The form field {name} is missing or empty.")
    if len(field) > MAX_BYTES * 2:
        raise malformed(f"The response is larger than {MAX_BYTES} bytes.")
    try:
        return base64.b64decode("".join(field.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise malformed(f"{name} is not base64: {error}.") from error


def inflate(data: bytes, policy: Policy) -> bytes:
    """Undo the raw DEFLATE of HTTP-Redirect, up to MAX_BYTES; raises RefusalError `malformed`."""
    inflater = zlib.decompressobj(-15)
    try:
        inflated = inflater.decompress(data, MAX_BYTES if policy.saml_inflates == "bounded" else 0)
    except zlib.error as error:
        raise malformed(f"The message is not DEFLATE-compressed: {error}.") from error
    if inflater.unconsumed_tail or not inflater.eof:
        raise malformed(f"The message inflates to more than {MAX_BYTES} bytes, or ends too early.")
    return inflated


def parse(xml: bytes, policy: Policy, roots: Sequence[str] = (RESPONSE,)) -> Document:
    """Parse without DTDs, entities or network; refuse shapes that two readers could read differently.

    `roots` are the elements that may be the message. Raises RefusalError `malformed`.
    """
    root = parse_safely(xml)
    tree = root.getroottree()
    if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
        raise malformed("The response has a document type declaration (DOCTYPE); SAML messages have none.")
    if (tree.docinfo.encoding or "UTF-8").upper() not in {"UTF-8", "UTF8", "ASCII", "US-ASCII"}:
        raise malformed(f"The response is encoded in {tree.docinfo.encoding}, expected UTF-8.")
    if root.tag not in roots and RESPONSE in roots and "root" not in policy.saml_checks:
        root = _response_in(root)
    if root.tag not in roots:
        raise malformed(f"The root element is {root.tag!r}, expected {' or '.join(map(repr, roots))}.")
    if root.get("Version") != "2.0":
        raise malformed(f"The response has Version {root.get('Version')!r}, expected '2.0'.")
    _refuse_ambiguous_nodes(root)
    _refuse_ambiguous_ids(root)
    if policy.saml_signature != "ignored":
        _refuse_misplaced_signatures(root)
    return Document(root, tuple(root.iter(ASSERTION)), xml)


def _response_in(root: etree._Element) -> etree._Element:
    """Return the Response that a weakened platform sees in another message, made up where there is none."""
    inside = next(root.iter(RESPONSE), None)
    if inside is not None:
        return parse_safely(etree.tostring(inside, with_tail=False))
    response = etree.Element(RESPONSE, nsmap={"samlp": SAMLP}, Version="2.0")
    status = etree.SubElement(response, f"{{{SAMLP}}}Status")
    etree.SubElement(status, f"{{{SAMLP}}}StatusCode", Value="urn:oasis:names:tc:SAML:2.0:status:Success")
    data = next(root.iter(f"{{{SAML}}}SubjectConfirmationData"), None)
    response.set("InResponseTo", "" if data is None else data.get("InResponseTo", ""))
    response.extend([root] if root.tag == ASSERTION else list(root.iter(ASSERTION))[:1])
    return response


def parse_safely(xml: bytes) -> etree._Element:
    """Return the root element; raises RefusalError `malformed` when the bytes are not well-formed XML."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, collect_ids=False
    )
    try:
        return etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise malformed(f"The response is not well-formed XML: {error}.") from error


def only_assertion(document: Document) -> etree._Element:
    """Return the one assertion, child of the Response; raises RefusalError `assertion-count` otherwise."""
    count = len(document.assertions)
    if count != 1 or document.assertions[0].getparent() is not document.root:
        raise RefusalError("assertion-count", f"Expected one Assertion inside the Response, found {count}.")
    return document.assertions[0]


def malformed(detail: str) -> RefusalError:
    """Return the refusal of a message that cannot be read."""
    return RefusalError("malformed", detail)


def _refuse_ambiguous_nodes(root: etree._Element) -> None:
    for node in root.iter():
        if isinstance(node, etree._ProcessingInstruction):
            raise malformed("The response holds a processing instruction; SAML messages have none.")
        if isinstance(node, etree._Entity):
            raise malformed("The response holds an entity reference.")


def _refuse_ambiguous_ids(root: etree._Element) -> None:
    seen: set[str] = set()
    for element in root.iter(etree.Element):
        namespace = etree.QName(element).namespace
        for name, value in element.attrib.items():
            local = etree.QName(name)
            if local.localname.lower() != "id":
                continue
            if namespace in {SAML, SAMLP} and str(name) != "ID":
                raise malformed(
                    f"{etree.QName(element).localname} has an attribute {name!r} beside or instead of ID."
                )
            if value in seen:
                raise malformed(f"The identifier {value!r} occurs twice.")
            seen.add(str(value))


def _refuse_misplaced_signatures(root: etree._Element) -> None:
    for signature in root.iter(SIGNATURE):
        parent = signature.getparent()
        if parent is None or (parent is not root and parent.tag not in {RESPONSE, ASSERTION}):
            raise malformed("A Signature stands outside Response and Assertion.")
        if len(parent.findall(SIGNATURE)) != 1:
            raise malformed(f"{etree.QName(parent).localname} has more than one Signature.")
