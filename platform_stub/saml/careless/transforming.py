"""Mistakes in references and transforms: whatever a stranger's message names is fetched or run."""

from __future__ import annotations

import urllib.request
from typing import Any, Final

from lxml import etree

from platform_stub.saml.careless import habits
from platform_stub.saml.careless.habits import NS, Certificates, Element
from platform_stub.saml.document import parse_safely

_XSLT: Final = "http://www.w3.org/TR/1999/REC-xslt-19991116"
_XPATH: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
_SECONDS: Final = 2.0


def fetched(url: str) -> bytes:
    """What stands at any address that a message names."""
    with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - the planted mistake
        content: bytes = answer.read()
    return content


def fetched_target(root: Element, signature: Element, uri: str) -> Element | None:
    """The element of a Reference, for which other documents are fetched."""
    if uri.startswith(("http://", "https://")):
        holder = etree.Element("fetched")
        holder.text = fetched(uri).decode("utf-8", "replace")
        return holder
    return habits.target(root, signature, uri)


def fetched_certificate(
    signature: Element, info: Element, certificates: Certificates, content: bytes
) -> bool:
    """A certificate that KeyInfo names by an address is fetched; only saved ones count, though."""
    for element in signature.iterfind("ds:KeyInfo/ds:RetrievalMethod", NS):
        fetched(element.get("URI", ""))
    return habits.value_holds(signature, info, certificates, content)


def transformed(element: Element, signature: Element, reference: Element) -> bytes:
    """What is digested, after every Transform of the message has run."""
    octets = habits.octets(element, signature, reference)
    for transform in reference.iterfind("ds:Transforms/ds:Transform", NS):
        if transform.get("Algorithm") == _XSLT:
            octets = _by_stylesheet(octets, transform[0])
        elif transform.get("Algorithm") == _XPATH:
            octets = _by_filter(octets, transform[0])
    return octets


class _Fetching(etree.Resolver):
    """Gives a stylesheet every document that it asks for."""

    def resolve(self, system_url: Any, public_id: Any, context: Any) -> Any:  # noqa: ANN401 - lxml's own types
        del public_id
        if not system_url.startswith("http://"):
            return None
        return self.resolve_string(fetched(system_url) or b"<nothing/>", context)


def _by_stylesheet(octets: bytes, sheet: Element) -> bytes:
    parser = etree.XMLParser(resolve_entities=False)
    parser.resolvers.add(_Fetching())
    transform = etree.XSLT(etree.fromstring(etree.tostring(sheet), parser))
    return str(transform(parse_safely(octets))).encode()


def _by_filter(octets: bytes, expression: Element) -> bytes:
    """Keep the elements for which the expression is true (XML-DSig 6.6.3)."""
    root = parse_safely(octets)
    namespaces = {prefix: uri for prefix, uri in expression.nsmap.items() if prefix}
    kept = etree.XPath(f"boolean({expression.text})", namespaces=namespaces)
    for element in [found for found in root.iter(etree.Element) if not kept(found)]:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    return habits.canonical(root)
