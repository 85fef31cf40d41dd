"""Mistakes in parsing: two parsers that disagree, document types that are obeyed, text read in part."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from lxml import etree

from platform_stub.saml.careless import choosing, habits
from platform_stub.saml.careless.habits import Element
from platform_stub.saml.careless.transforming import fetched
from platform_stub.saml.document import ASSERTION, malformed, parse_safely

_DOCTYPE_TO_FIRST_END: Final = re.compile(rb"<!DOCTYPE[^>]*>")
_DOCTYPE: Final = re.compile(rb"<!DOCTYPE[^\[>]*(\[.*?\])?\s*>", re.DOTALL)
_COMMENT: Final = re.compile(rb"<!--.*?-->", re.DOTALL)
_INSTRUCTION: Final = re.compile(rb"<\?(?!xml)\w+ (.*?)\?>")
_DECLARATION: Final = re.compile(rb"^\s*<\?xml[^>]*\?>")
_ENTITY: Final = re.compile(rb"&(?!amp;|lt;|gt;|quot;|apos;|#)")


class _Loading(etree.Resolver):
    """Loads every external entity that a document names."""

    def resolve(self, system_url: Any, public_id: Any, context: Any) -> Any:  # noqa: ANN401 - lxml's own types
        del public_id
        if urlsplit(system_url).scheme in {"http", "https"}:
            return self.resolve_string(fetched(system_url).decode("utf-8", "replace"), context)
        return None  # files are loaded by the parser itself


def obeying_dtd(xml: bytes) -> Element:
    """Parse with the DTD: entities are expanded, whatever they hold and wherever it stands."""
    parser = etree.XMLParser(resolve_entities=True, load_dtd=True, no_network=False, huge_tree=True)
    parser.resolvers.add(_Loading())
    return _parsed(xml, parser)


def expanding_everything(xml: bytes) -> Element:
    """Parse to a DOM, in which every internal entity is written out, however often they nest."""
    return _from_dom(_dom(xml))


def cleaned_by_pattern(xml: bytes) -> Element:
    """Parse after patterns have taken out the DOCTYPE, up to its first `>`, and then the comments."""
    return parse_safely(_COMMENT.sub(b"", _DOCTYPE_TO_FIRST_END.sub(b"", xml, count=1)))


def without_doctype(xml: bytes) -> Element:
    """Parse as a parser does that knows no DTD; entities that it declares stay as they are written."""
    return parse_safely(_ENTITY.sub(b"&amp;", _DOCTYPE.sub(b"", xml, count=1)))


def instructions_as_text(xml: bytes) -> Element:
    """Parse with the data of processing instructions in their place."""
    return parse_safely(_INSTRUCTION.sub(rb"\1", xml))


def without_instructions(xml: bytes) -> Element:
    """Parse without processing instructions."""
    return _parsed(xml, etree.XMLParser(resolve_entities=False, no_network=True, remove_pis=True))


def whatever_comes(xml: bytes) -> Element:
    """Parse on, whatever is wrong."""
    return _parsed(xml, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))


def every_root(xml: bytes) -> Element:
    """Parse a text of several root elements, which become the children of one."""
    return parse_safely(b"<roots>" + _DECLARATION.sub(b"", xml) + b"</roots>")


def last_root(xml: bytes) -> Element:
    """Parse the last root element of the text."""
    return _root(xml, -1)


def first_root(xml: bytes) -> Element:
    """Parse the first root element of the text."""
    return _root(xml, 0)


def _root(xml: bytes, which: int) -> Element:
    roots = list(every_root(xml).iterchildren(etree.Element))
    if not roots:
        raise malformed("The response has no root element.")
    return parse_safely(etree.tostring(roots[which]))


def first_text_nodes(xml: bytes) -> Element:
    """Parse to a DOM, and keep of each element's text the first node."""
    return _with_one_text(xml, keep=0)


def last_text_nodes(xml: bytes) -> Element:
    """Parse to a DOM, and keep of each element's text the last node."""
    return _with_one_text(xml, keep=-1)


def _with_one_text(xml: bytes, *, keep: int) -> Element:
    document = _dom(xml)
    for element in document.getElementsByTagName("*"):
        texts = [child for child in element.childNodes if child.nodeType in _TEXTS]
        for child in texts[1:] if keep == 0 else texts[:-1]:
            element.removeChild(child)
    return _from_dom(document)


def _dom(xml: bytes) -> minidom.Document:
    try:
        return minidom.parseString(xml)  # noqa: S318 - the planted mistake reads a DOM
    except (ExpatError, ValueError) as error:
        raise malformed(f"The response is not well-formed XML: {error}.") from error


def _from_dom(document: minidom.Document) -> Element:
    root = document.documentElement
    if root is None:
        raise malformed("The response has no root element.")
    return parse_safely(root.toxml().encode())


_TEXTS: Final = (minidom.Node.TEXT_NODE, minidom.Node.CDATA_SECTION_NODE)


def same_in_this_tree(root: Element, covered: Sequence[Element]) -> Element | None:
    """The assertion of this tree that another tree's verified ID names."""
    wanted = {element.get("ID") for element in covered}
    if root.get("ID") in wanted:
        return choosing.child_of_response(root, covered)
    return next((found for found in root.iter(ASSERTION) if found.get("ID") in wanted), None)


def only_one_in_this_tree(root: Element, covered: Sequence[Element]) -> Element | None:
    """The same, in a message with one assertion alone."""
    several = len(list(root.iter(ASSERTION))) != 1
    return None if several else same_in_this_tree(root, covered)


def before_entities(element: Element) -> Element:
    """The assertion with the text of each element up to the first node in it."""
    copied = copy.deepcopy(element)
    for node in [found for found in copied.iter() if not isinstance(found.tag, str)]:
        parent = node.getparent()
        if parent is not None:
            parent.remove(node)  # with what stands behind it
    return copied


def untouched(element: Element) -> Element:
    """The assertion as it was parsed."""
    return element


def canonical_or_nothing(element: Element) -> bytes:
    """Exclusive C14N, or nothing at all where the library gives up."""
    try:
        return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    except etree.LxmlError:
        return b""


def octets_or_nothing(element: Element, signature: Element, reference: Element) -> bytes:
    """What is digested, or nothing at all where the library gives up."""
    try:
        return habits.digested(element, signature, reference)
    except etree.LxmlError:
        return b""


def _parsed(xml: bytes, parser: etree.XMLParser) -> Element:
    try:
        root: Element | None = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise malformed(f"The response is not well-formed XML: {error}.") from error
    if root is None:  # of a parser that goes on, whatever is wrong
        raise malformed("The response has no root element.")
    return root


def in_one_namespace(element: Element) -> Element:
    """The assertion as if the namespace that it is in were SAML's."""
    own, saml = (str(etree.QName(name).namespace).encode() for name in (element, ASSERTION))
    return parse_safely(habits.canonical(element).replace(own, saml))
