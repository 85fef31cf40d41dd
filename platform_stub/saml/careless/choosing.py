"""Mistakes in which signature is verified, what it is taken to cover, and which assertion is read."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from platform_stub.saml.careless.habits import Element
from platform_stub.saml.document import ASSERTION, RESPONSE, SAMLP, SIGNATURE


def every_signature(root: Element) -> list[Element]:
    """Each Signature of the document."""
    return list(root.iter(SIGNATURE))


def last_with_id(root: Element, _signature: Element, uri: str) -> Element | None:
    """The last element with that ID: later ones overwrote earlier ones in a table of IDs."""
    found = [element for element in root.iter(etree.Element) if f"#{element.get('ID')}" == uri]
    return found[-1] if found else None


def first_in_document(root: Element, _covered: Sequence[Element]) -> Element | None:
    """The first assertion of the document, whatever was verified."""
    return next(root.iter(ASSERTION), None)


def child_of_response(root: Element, _covered: Sequence[Element]) -> Element | None:
    """The first assertion that is a child of the Response, whatever was verified."""
    response = root if root.tag == RESPONSE else root.find(f".//{RESPONSE}")
    return None if response is None else response.find(ASSERTION)


def first_by_local_name(root: Element, _covered: Sequence[Element]) -> Element | None:
    """The first child of the Response that is called Assertion in whatever namespace."""
    return next((child for child in root.iterchildren("{*}Assertion")), None)


def last_in_document(root: Element, _covered: Sequence[Element]) -> Element | None:
    """The last assertion of the document, whatever was verified."""
    return next(reversed(list(root.iter(ASSERTION))), None)


def by_any_id(root: Element, covered: Sequence[Element]) -> Element | None:
    """The first assertion that has the verified ID in an attribute that looks like an ID."""
    names = ("ID", "Id", "id", f"{{{SAMLP}}}ID")
    wanted = {element.get("ID") for element in covered if element.get("ID")}
    if root.get("ID") in wanted:
        return child_of_response(root, covered)
    return next(
        (found for found in root.iter(ASSERTION) if any(found.get(name) in wanted for name in names)), None
    )
