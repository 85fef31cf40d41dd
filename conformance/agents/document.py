"""What a person sees of an HTML document: its text, inputs and buttons. Both agents read pages with it.

Submitting forms is in `forms`, documents that move on by themselves in `automatic`.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree, html
from lxml.html import HtmlElement, defs

from conformance.agents.protocol import CrashedError, Page
from conformance.agents.sites import absolute

NOT_FETCHED = (
    "This address was not fetched: the harness may only reach this machine and the hosts it was told."
)
BUTTON_TYPES = frozenset({"submit", "button", "image", "reset"})
_UNSEEN_TAGS = frozenset({"head", "script", "style", "template", "noscript", "title", "option", "textarea"})
_INLINE_TAGS = (
    defs.phrase_tags
    | defs.font_style_tags
    | {"a", "bdi", "bdo", "font", "label", "mark", "span", "sub", "sup", "time"}
)


_EMPTY = b"<html></html>"


def blank(url: str, status: int = 0, text: str = "") -> Page:
    """Return a page without a document: a new browser's, an empty answer's or one that was not fetched."""
    return Page(url=url, status=status, title="", text=text, html="", fields=frozenset(), buttons=frozenset())


def fold(text: str) -> str:
    """Return `text` with its white space folded, as a browser shows it."""
    return " ".join(text.split())


class Document:
    """A parsed document with the address it came from."""

    def __init__(self, source: bytes | str, url: str, encoding: str = "utf-8") -> None:
        """Parse `source`; a str is already decoded. Scripts count as running, so noscript is dropped."""
        data = source.encode("utf-8", "replace") if isinstance(source, str) else source
        parser = html.HTMLParser(encoding="utf-8" if isinstance(source, str) else encoding)
        try:
            self.root: HtmlElement = html.document_fromstring(data or _EMPTY, parser=parser)
        except LookupError:  # an encoding that nobody knows: browsers fall back to a single-byte one
            self.root = html.document_fromstring(data, parser=html.HTMLParser(encoding="windows-1252"))
        except etree.ParserError:  # nothing but a comment, or a tag that was cut off
            self.root = html.document_fromstring(_EMPTY)
        self.url = url
        for unused in list(self.root.iter("noscript", "template")):
            unused.drop_tree()

    @property
    def base(self) -> str:
        """The URL that relative references start from: the first `<base href>`, else the document's own."""
        for element in self.root.iter("base"):
            if "href" in element.attrib:
                try:
                    return absolute(self.url, element.attrib["href"])
                except CrashedError:
                    return self.url  # as a browser does with one that it cannot read
        return self.url

    @property
    def title(self) -> str:
        """The text of the first title element, folded."""
        found = next(self.root.iter("title"), None)
        return fold(found.text_content()) if found is not None else ""

    @property
    def referrer_policy(self) -> str:
        """The content of the last `<meta name=referrer>`, "" for none."""
        found = [
            e.get("content", "") for e in self.root.iter("meta") if e.get("name", "").lower() == "referrer"
        ]
        return found[-1].strip().lower() if found else ""

    @property
    def text(self) -> str:
        """The visible text, white space folded; values of inputs are not text."""
        return fold("".join(_texts(self.root)))

    def inputs(self) -> Iterator[HtmlElement]:
        """Yield the named inputs that a person could fill in, in document order."""
        for element in self.root.iter("input", "select", "textarea"):
            kind = control_type(element)
            if kind == "hidden" or kind in BUTTON_TYPES or not element.get("name"):
                continue
            if is_visible(element) and not is_disabled(element) and "readonly" not in element.attrib:
                yield element

    def buttons(self) -> Iterator[HtmlElement]:
        """Yield the buttons that a person could press, in document order."""
        for element in self.root.iter("input", "button"):
            if control_type(element) in BUTTON_TYPES and is_visible(element) and not is_disabled(element):
                yield element

    def links(self) -> Iterator[HtmlElement]:
        """Yield the visible links, in document order."""
        for element in self.root.iter("a"):
            if "href" in element.attrib and is_visible(element):
                yield element

    def page(self, status: int, source: str) -> Page:
        """Return what the document shows as a Page; `source` is its HTML as the agent holds it."""
        return Page(
            url=self.url,
            status=status,
            title=self.title,
            text=self.text,
            html=source,
            fields=frozenset(element.attrib["name"] for element in self.inputs()),
            buttons=frozenset(label for element in self.buttons() for label in labels(element)),
        )


def control_type(element: HtmlElement) -> str:
    """Return the type of an input or button in lower case; the tag for select and textarea."""
    if element.tag == "input":
        return (element.get("type") or "text").lower()
    if element.tag == "button":
        given = (element.get("type") or "submit").lower()
        return given if given in BUTTON_TYPES else "submit"
    return str(element.tag)


def labels(element: HtmlElement) -> list[str]:
    """Return what a button or link may be called by: id, name, value and text, as far as it has them."""
    names = [element.get("id"), element.get("name"), element.get("value"), fold("".join(_texts(element)))]
    return [name for name in names if name]


def is_visible(element: HtmlElement) -> bool:
    """Tell whether a control shows, as far as attributes say; Chromium marks what its style sheets hide."""
    if element.get("aria-hidden") == "true":  # login pages park the next step's inputs off screen like this
        return False
    return not any(_is_hidden(node) for node in (element, *element.iterancestors()))


def is_disabled(element: HtmlElement) -> bool:
    """Tell whether a control or a fieldset around it is disabled."""
    return "disabled" in element.attrib or any(
        "disabled" in fieldset.attrib for fieldset in element.iterancestors("fieldset")
    )


def _is_hidden(element: HtmlElement) -> bool:
    style = element.get("style", "").replace(" ", "").lower()
    return "hidden" in element.attrib or "display:none" in style or "visibility:hidden" in style


def _texts(element: HtmlElement) -> Iterator[str]:
    """Yield the pieces of visible text; everything but inline elements is set off by a space."""
    if not isinstance(element.tag, str) or element.tag in _UNSEEN_TAGS or _is_hidden(element):
        return
    gap = "" if element.tag in _INLINE_TAGS else " "
    yield gap + (element.text or "")
    for child in element:
        yield from _texts(child)
        yield child.tail or ""
    yield gap
