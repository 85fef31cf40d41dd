"""Reads a message by a careless reader's habits: verify some signature, then read some assertion."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from platform_stub.refusals import RefusalError
from platform_stub.saml.careless.habits import NS, Certificates, Element, Habits, invalid
from platform_stub.saml.document import ASSERTION, Document


def document(xml: bytes, habits: Habits) -> Document:
    """Return the message as this reader reads it. Raises RefusalError `malformed`."""
    root = (habits.reads or habits.parses)(xml)
    return Document(root, tuple(root.iter(ASSERTION)), xml)


def assertion(read: Document, habits: Habits, certificates: Certificates) -> Element:
    """Return the assertion that this reader believes, as it reads the text in it.

    Raises RefusalError `signature-missing`, `signature-invalid`, `assertion-count`, `malformed`.
    """
    verified = read.root if habits.reads is None else habits.parses(read.xml)
    covered = list(_covered(verified, habits, certificates))
    found = habits.assertion(read.root, covered)
    if found is None:
        raise RefusalError("assertion-count", "No assertion is where this platform reads one.")
    return habits.text(found)


def _covered(root: Element, habits: Habits, certificates: Certificates) -> Iterator[Element]:
    """Yield what the signatures that hold cover."""
    signatures = habits.signatures(root)
    if not signatures:
        raise RefusalError("signature-missing", "No part of the message is signed.")
    bad = ""
    held = 0
    for signature in signatures:
        try:
            yield from _verified(root, signature, habits, certificates)
            held += 1
        except RefusalError as refusal:
            bad = refusal.detail
        except ValueError as error:  # no base64, no certificate, no number
            bad = str(error)
    if bad and not (held and habits.some_suffice):
        raise invalid(bad)


def _verified(root: Element, signature: Element, habits: Habits, certificates: Certificates) -> list[Element]:
    """Return what this Signature covers. Raises RefusalError where it does not hold."""
    judged, followed = habits.infos(signature)
    for info in judged:
        if not habits.value_holds(signature, info, certificates, habits.canonical(info)):
            raise invalid("The SignatureValue does not fit.")
    return [
        element
        for info in followed
        for reference in habits.references(info)
        for element in _referenced(root, signature, reference, habits)
    ]


def _referenced(root: Element, signature: Element, reference: Element, habits: Habits) -> list[Element]:
    element = habits.target(root, signature, reference.get("URI", ""))
    if element is None:
        if habits.dangling_holds:
            return []
        raise invalid(f"The Reference {reference.get('URI')!r} names nothing here.")
    method = reference.find("ds:DigestMethod", NS)
    algorithm = "" if method is None else method.get("Algorithm", "")
    content = habits.octets(element, signature, reference)
    if not habits.digest_holds(habits.digest_value(reference), algorithm, content):
        raise invalid(f"The digest of {etree.QName(element).localname} does not fit.")
    return [element]
