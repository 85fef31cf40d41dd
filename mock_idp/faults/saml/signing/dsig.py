"""Parts of an XML signature, and making them anew after a fault has changed something. No fault is here."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError
from mock_idp.faults.saml.message import NAMES, SamlMessage
from mock_idp.keys import SigningKey

DS = NAMES["ds"]
EC = "http://www.w3.org/2001/10/xml-exc-c14n#"
_HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": hashes.SHA256,
    f"{DS}rsa-sha1": hashes.SHA1,
}


@dataclass(frozen=True)
class Signed:
    """An element and a Signature that it bears as a child: the first one, unless `by` says which."""

    element: etree._Element
    by: etree._Element | None = None

    @property
    def signature(self) -> etree._Element:
        """The Signature. Raises FaultCannotApplyError where there is none."""
        found = self.element.find("ds:Signature", NAMES) if self.by is None else self.by
        if found is None:
            where = etree.QName(self.element).localname
            raise FaultCannotApplyError(
                f"The {where} bears no Signature; register the application with another 'sign'."
            )
        return found

    def part(self, path: str) -> etree._Element:
        """The element at `path` (prefix ds) below the Signature. Raises FaultCannotApplyError."""
        found = self.signature.find(path, NAMES)
        if found is None:
            raise FaultCannotApplyError(f"The Signature has no {path}, so the fault has nothing to change.")
        return found

    def digest(self) -> str:
        """The DigestValue that the element has now, without this Signature."""
        return digest(self.element, self.part("ds:SignedInfo/ds:Reference"), self.signature)

    def redigest(self) -> None:
        """Write the digest anew; `resign` is still to come."""
        self.part("ds:SignedInfo/ds:Reference/ds:DigestValue").text = self.digest()

    def resign(self, key: SigningKey) -> None:
        """Sign the SignedInfo as it is now."""
        self.part("ds:SignatureValue").text = signature_value(self.part("ds:SignedInfo"), key)


def digest(
    element: etree._Element, reference: etree._Element, signature: etree._Element | None = None
) -> str:
    """The DigestValue of the element as the Reference has it made, without `signature` if one is inside."""
    listed = next(reference.iter(f"{{{EC}}}InclusiveNamespaces"), None)
    prefixes = None if listed is None else listed.get("PrefixList")
    method = reference.find("ds:DigestMethod", NAMES)
    name = "" if method is None else method.get("Algorithm", "")
    if signature is None:
        octets = canonical(element, prefixes)
    else:
        with without(signature):
            octets = canonical(element, prefixes)
    return base64.b64encode(hashlib.new(name.rpartition("#")[2], octets).digest()).decode("ascii")


def signature_value(info: etree._Element, key: SigningKey) -> str:
    """The SignatureValue over a SignedInfo, by the algorithm that it names."""
    method = info.find("ds:SignatureMethod", NAMES)
    algorithm = _HASHES["" if method is None else method.get("Algorithm", "")]
    return base64.b64encode(key.sign(canonical(info), algorithm())).decode("ascii")


def attacked(message: SamlMessage) -> Signed:
    """The signature that an attack is about: the Assertion's, else the Response's.

    Where both are there, the Response's is left out, as an attacker would do: it would not hold any more.
    Raises FaultCannotApplyError for a message without any."""
    if message.assertion.find("ds:Signature", NAMES) is None:
        return Signed(message.response)
    drop_signature(message.response)
    return Signed(message.assertion)


def drop_signature(element: etree._Element) -> None:
    """Take away the Signature that the element bears, if it does."""
    for signature in element.findall("ds:Signature", NAMES):
        element.remove(signature)


@contextmanager
def without(part: etree._Element) -> Iterator[None]:
    """Take `part` out of its tree for a while: copies would lose the namespaces that are in scope."""
    parent = part.getparent()
    if parent is None:
        raise FaultCannotApplyError("The message itself cannot be taken out.")
    place = parent.index(part)
    parent.remove(part)
    try:
        yield
    finally:
        parent.insert(place, part)


def canonical(element: etree._Element, prefixes: str | None = None) -> bytes:
    """Exclusive canonical XML without comments, with the PrefixList if there is one.

    An empty list, and one that names nothing that is in scope, change nothing."""
    return etree.tostring(
        element,
        method="c14n",
        exclusive=True,
        with_comments=False,
        inclusive_ns_prefixes=(prefixes or "").split() or None,
    )


def ds(name: str, text: str | None = None, **attributes: str) -> etree._Element:
    """A new element of the signature's namespace, without prefix."""
    made = etree.fromstring(f'<{name} xmlns="{DS}"/>')
    made.text = text
    for attribute, value in attributes.items():
        made.set(attribute, value)
    return made
