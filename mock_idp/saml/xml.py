"""XML in and out: templates on one line, a parser for strangers' documents, C14N, and vendors' spelling."""

from __future__ import annotations

import re
from collections.abc import Callable

from jinja2 import BaseLoader, Environment, StrictUndefined
from lxml import etree

from mock_idp.template_files import template_files

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
NAMES = {"saml": SAML, "samlp": SAMLP, "ds": DS}

START_TAG = re.compile(r"<([\w:.-]+)((?:\s[\w:.-]+=\"[^\"]*\")*)(/?)>")
ATTRIBUTE = re.compile(r"\s([\w:.-]+)=(\"[^\"]*\")")


class MalformedXmlError(ValueError):
    """The document is not well-formed XML, or holds what a SAML message must not hold (a DTD)."""


class _OneLineLoader(BaseLoader):
    """Joins the lines of a template without a blank: one element per line becomes one line of XML."""

    def __init__(self) -> None:
        self._files = template_files()

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, filename, is_current = self._files.get_source(environment, template)
        return re.sub(r"\n\s*", "", source), filename, is_current


_templates = Environment(
    loader=_OneLineLoader(), autoescape=True, undefined=StrictUndefined, auto_reload=False
)


def render(template: str, **facts: object) -> str:
    """The template `folder/file`, with every value escaped; see `template_files`."""
    return _templates.get_template(template).render(**facts)


def parse_own(text: str) -> etree._Element:
    """The root of XML that this program wrote."""
    return etree.fromstring(text.encode("utf-8"), _parser())


def parse_foreign(data: bytes) -> etree._Element:
    """The root of XML that came from outside. It must be UTF-8 and without DTD, hence without entities of its
    own.

    Raises MalformedXmlError."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedXmlError(f"it is not UTF-8 ({error.reason} at byte {error.start})") from error
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise MalformedXmlError("it holds a document type declaration, which SAML messages must not")
    try:
        return etree.fromstring(text.encode("utf-8"), _parser(encoding="utf-8"))
    except etree.XMLSyntaxError as error:
        raise MalformedXmlError(f"it is not well-formed XML: {error.msg}") from error


def canonical(element: etree._Element, inclusive_prefixes: str | None = None) -> bytes:
    """Exclusive canonical XML without comments (xml-exc-c14n), with the PrefixList if one is given."""
    prefixes = inclusive_prefixes.split() if inclusive_prefixes else None
    return etree.tostring(
        element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes
    )


def spelled(
    root: etree._Element, *, sort_attributes: bool, declaration: str = "", blank_before_slash: bool = False
) -> str:
    """The document as a vendor writes it: all attributes sorted (Okta), or namespaces after the others
    (Entra);
    empty elements as `<X/>` or `<X />`. None of this changes the canonical form, hence no signature."""
    end = " />" if blank_before_slash else "/>"

    def respell(tag: re.Match[str]) -> str:
        pairs = ATTRIBUTE.findall(tag[2])
        pairs.sort(
            key=(lambda pair: pair[0]) if sort_attributes else (lambda pair: pair[0].startswith("xmlns"))
        )
        attributes = "".join(f" {name}={value}" for name, value in pairs)
        return f"<{tag[1]}{attributes}{end if tag[3] else '>'}"

    # lxml escapes < and " inside attribute values, so a start tag cannot be mistaken.
    return declaration + START_TAG.sub(respell, etree.tostring(root, encoding="unicode"))


def spelled_for_encryption(root: etree._Element) -> str:
    """The document as Okta encrypts it: like canonical XML, but with namespaces that are declared once more.

    Follows the capture okta-saml-response-4, decrypted."""

    def respell(tag: re.Match[str]) -> str:
        pairs = sorted(ATTRIBUTE.findall(tag[2]), key=lambda pair: (not pair[0].startswith("xmlns"), pair[0]))
        attributes = "".join(f" {name}={value}" for name, value in pairs)
        return f"<{tag[1]}{attributes}>" + (f"</{tag[1]}>" if tag[3] else "")

    return START_TAG.sub(respell, etree.tostring(root, encoding="unicode"))


def _parser(encoding: str | None = None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
