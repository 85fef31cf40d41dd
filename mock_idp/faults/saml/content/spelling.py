"""Harmless differences in how the same message is spelled; service providers have to take each of them."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from mock_idp.faults.model import Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import NAMES, SamlMessage

_TYPES: Mapping[str | None, str] = {
    "xs": "http://www.w3.org/2001/XMLSchema",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


@fault("saml.xml.default-namespace", stage="content", fault_class="login", touches=())
def default_namespace(message: SamlMessage, params: Params) -> str:
    """The Assertion declares its namespace as the default one, and the Response around it has a prefix."""
    del params
    root = etree.Element(message.response.tag, nsmap={"samlp": NAMES["samlp"], **_TYPES})
    message.response = _filled(
        root, message.response, {"Issuer": {"a": NAMES["saml"]}, "Assertion": {None: NAMES["saml"], **_TYPES}}
    )
    return "The Assertion is in a default namespace, all else of the Response has prefixes."


@fault("saml.xml.namespaces-on-root", stage="content", fault_class="login", touches=())
def namespaces_on_root(message: SamlMessage, params: Params) -> str:
    """All namespaces are declared on the Response, and none on the Assertion in it."""
    del params
    spaces = {"p": NAMES["samlp"], "a": NAMES["saml"], **_TYPES}
    message.response = _filled(etree.Element(message.response.tag, nsmap=spaces), message.response, {})
    return "Every namespace of the message but the Signature's own is declared on the Response."


def _filled(
    copy: etree._Element, element: etree._Element, spaces: Mapping[str, Mapping[str | None, str]]
) -> etree._Element:
    """Fill the copy with what the element holds. A child of the local name N declares `spaces[N]`, and what
    is below it nothing more."""
    copy.text, copy.tail = element.text, element.tail
    for name, value in element.attrib.items():
        copy.set(name, value)
    for child in element:
        declared = spaces.get(etree.QName(child).localname)
        _filled(
            etree.SubElement(copy, child.tag, nsmap=dict(declared) if declared else None),
            child,
            {} if declared else spaces,
        )
    return copy
