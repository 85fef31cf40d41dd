"""The shape of an XML document as it is written: prefixes, attribute order, declarations, empty elements."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from mock_idp.shape.certificates import certificate_kind
from mock_idp.shape.node import SPELLING, Node
from mock_idp.shape.values import Context, kind_of

MOST_ELEMENTS = 20_000
MOST_DEEP = 100  # elements inside each other; SAML needs some fifteen
KEY_ATTRIBUTES = ("@Name", "@Binding", "@Uri", "@xsi:type")
START_TAG = re.compile(rb"<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*(\s*)(/?)>")
DEFINING = ("ID", "Id")
"""Attributes that give an element its ID: there the kind is shown, and elsewhere what the ID refers to."""


class XmlError(ValueError):
    """It is not XML that a SAML message may be; the message says where and why."""


@dataclass
class Element:
    """One element as it is written, before its values are replaced."""

    name: str
    attributes: list[tuple[str, str]]
    children: list[Element] = field(default_factory=list)
    text: str = ""
    indented: bool = False

    @property
    def local(self) -> str:
        """The name without its prefix."""
        return self.name.rpartition(":")[2]

    def get(self, name: str) -> str | None:
        """An attribute's value."""
        return next((value for key, value in self.attributes if key == name), None)

    def walk(self) -> list[Element]:
        """The element and all below it, in document order."""
        return [self, *(below for child in self.children for below in child.walk())]

    def first(self, local: str) -> Element | None:
        """The first element of that local name, this one included."""
        return next((element for element in self.walk() if element.local == local), None)


@dataclass
class Document:
    """A parsed document: its root and how it is spelled."""

    root: Element
    bom: bool
    declaration: str
    empty: set[str]


def parse(text: str) -> Document:
    """The document. Raises XmlError; a DTD is refused, so that no entity can be expanded."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise XmlError("it holds a document type declaration, which SAML messages must not")
    reader = _Reader(text)
    return reader.document()


def shape(document: Document, context: Context) -> Node:
    """The tree of shapes, spelling first."""
    references = dict(context.references) | _references(document.root)
    own = Context(context.bases, references)
    indented = any(element.indented for element in document.root.walk())
    spelling = [
        Node(f"{SPELLING}byte order mark", "yes" if document.bom else "no"),
        Node(f"{SPELLING}XML declaration", document.declaration or "none"),
        Node(f"{SPELLING}layout", "pretty-printed" if indented else "one line"),
    ]
    if document.empty:
        spelling.append(Node(f"{SPELLING}empty elements", " and ".join(sorted(document.empty))))
    return Node("document", children=(*spelling, _node(document.root, own)))


def _node(element: Element, context: Context, *, encrypted: bool = False) -> Node:
    encrypted = encrypted or element.local == "EncryptedKey"
    attributes = []
    for name, value in element.attributes:
        if name == "xmlns" or name.startswith("xmlns:"):
            attributes.append(Node(name, value))
        else:
            known = Context(context.bases) if name in DEFINING else context
            attributes.append(Node(f"@{name}", kind_of(value, f"@{name}", known)))
    shown = _value(element, context, encrypted=encrypted)
    key = next((child.value or "" for child in attributes if child.name in KEY_ATTRIBUTES), "")
    children = (*attributes, *(_node(child, context, encrypted=encrypted) for child in element.children))
    return Node(element.name, shown, children, key)


def _value(element: Element, context: Context, *, encrypted: bool) -> str | None:
    """The kind of an element's text; None without text. `encrypted` means inside an EncryptedKey."""
    text = element.text.strip()
    if not text:
        return None
    if element.local == "X509Certificate":
        return "the application's certificate" if encrypted else certificate_kind(element.text)
    special = {"CipherValue": "base64", "DigestValue": f"digest of {len(text)} characters"}
    return special.get(element.local) or kind_of(text, element.name, context)


def _references(root: Element) -> dict[str, str]:
    """What identifies an element or the request, so that a value that refers to it can be told."""
    found: dict[str, str] = {}
    for element in root.walk():
        identifier = element.get("ID") or element.get("Id")
        if identifier:
            found.setdefault(identifier, f"{element.local} ID")
    asked = [element.get("InResponseTo") for element in root.walk()]
    return found | {identifier: "the request's ID" for identifier in asked if identifier}


class _Reader:
    """An expat run over one document. It keeps what other parsers drop: order, prefixes, spelling."""

    def __init__(self, text: str) -> None:
        self._bom = text.startswith("\ufeff")
        body = text.removeprefix("\ufeff")
        self._led = body[:1].isspace()
        self._data = body.lstrip().encode("utf-8")
        self._stack: list[Element] = []
        self._root: Element | None = None
        self._count = 0
        self._declaration = ""
        self._empty: set[str] = set()
        self._closed: set[int] = set()  # elements that close themselves
        self._parser = expat.ParserCreate("utf-8")
        self._parser.ordered_attributes = True
        self._parser.buffer_text = True
        handlers: dict[str, Callable[..., None]] = {
            "StartElementHandler": self._start,
            "EndElementHandler": self._end,
            "CharacterDataHandler": self._text,
        }
        for name, handler in handlers.items():
            setattr(self._parser, name, handler)

    def document(self) -> Document:
        if self._data.startswith(b"<?xml"):
            head, _, _ = self._data.partition(b"?>")
            lead = "blank before " if self._led else ""
            self._declaration = f"{lead}{head.decode('utf-8')}?>"
        try:
            self._parser.Parse(self._data, True)
        except expat.ExpatError as error:
            raise XmlError(f"it is not well-formed XML: {error}") from error
        if self._root is None:
            raise XmlError("it has no element")
        return Document(self._root, self._bom, self._declaration, self._empty)

    def _start(self, name: str, flat: list[str]) -> None:
        if len(self._stack) == MOST_DEEP:
            raise XmlError(f"more than {MOST_DEEP} elements are inside each other")
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise XmlError(f"it has more than {MOST_ELEMENTS} elements")
        element = Element(name, list(zip(flat[::2], flat[1::2], strict=True)))
        if self._stack:
            self._stack[-1].children.append(element)
        else:
            self._root = element
        self._stack.append(element)
        tag = START_TAG.match(self._data, self._parser.CurrentByteIndex)
        if tag and tag[2]:
            self._empty.add("<X />" if tag[1] else "<X/>")
            self._closed.add(id(element))

    def _end(self, name: str) -> None:
        element = self._stack.pop()
        if not element.children and not element.text and id(element) not in self._closed:
            self._empty.add("<X></X>")
        if element.children and element.text and not element.text.strip():
            element.indented = True
        del name

    def _text(self, text: str) -> None:
        self._stack[-1].text += text
