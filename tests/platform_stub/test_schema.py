"""libxml2 with pysaml2's schemas refuses whatever pysaml2's own validator refuses, but for base64."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from functools import partial

import pytest
import saml2.xml.schema
from lxml import etree
from saml2.xml.schema import XMLSchemaError

from platform_stub.saml import schema
from tests.platform_stub.sso_signer import SamlMessage, saml_response

WRONG = ("x", "", "1", "true", "2020-01-01T00:00:00", "2020-13-01T00:00:00Z", "2020-01-01T24:00:00Z", " _a b")
BASE64 = {"DigestValue", "SignatureValue", "X509Certificate"}
"""Where libxml2 overlooks letters that are none of base64."""
Change = Callable[[etree._Element], None]


def message() -> etree._Element:
    """A signed response in a signed envelope, with an attribute."""
    values = SamlMessage(
        acs="http://sp.test/acs",
        audience="http://sp.test",
        request_id="_r1",
        now=datetime(2026, 2, 3, tzinfo=UTC),
        attributes={"team": ("a", "b")},
    )
    return etree.fromstring(base64.b64decode(saml_response(values, sign="both")))


def name_of(element: etree._Element) -> str:
    return etree.QName(element).localname


def without(name: str, element: etree._Element) -> None:
    element.attrib.pop(name)


def changes(element: etree._Element) -> Iterator[tuple[str, Change]]:
    """Everything that is wrong about one element, or might be."""
    parent = element.getparent()
    if parent is not None:
        yield "removed", lambda one: one.getparent().remove(one)  # type: ignore[union-attr]  # it has one
        yield "twice", lambda one: one.addnext(deepcopy(one))
    yield "renamed", lambda one: setattr(one, "tag", str(one.tag) + "X")
    yield "no namespace", lambda one: setattr(one, "tag", name_of(one))
    if name_of(element) not in BASE64:
        yield "text", lambda one: setattr(one, "text", "%é")
    yield "attribute", lambda one: one.set("foo", "bar")
    yield "foreign attribute", lambda one: one.set("{urn:x}foo", "bar")
    yield "foreign child", lambda one: one.append(etree.Element("{urn:x}y"))
    yield "comment", lambda one: one.append(etree.Comment("x"))
    for name in map(str, element.attrib):
        yield f"without {name}", partial(without, name)
        for value in WRONG:
            yield f"{name}={value}", partial(etree._Element.set, key=name, value=value)


def refusal(validate: Callable[[str], None], text: str) -> str:
    try:
        validate(text)
    except XMLSchemaError as error:
        return str(error.args[0]["error"]) or "refused"
    return ""


def test_whatever_pysaml2_refuses_is_refused() -> None:
    whole = message()
    played = 0
    for place, element in enumerate(list(whole.iter(etree.Element))):
        for what, change in changes(element):
            spoilt = deepcopy(whole)
            change(list(spoilt.iter(etree.Element))[place])
            text = etree.tostring(spoilt, encoding="unicode")
            theirs, ours = refusal(saml2.xml.schema.validate, text), refusal(schema.validate, text)
            where = f"{name_of(element)}: {what}"
            assert bool(ours) >= bool(theirs), f"{where}: only pysaml2 refuses: {theirs}"
            assert not ours or theirs or "anyURI" in ours, f"{where}: only libxml2 refuses: {ours}"
            played += 1
    assert played > 300


def test_the_message_itself_is_fine() -> None:
    schema.validate(etree.tostring(message(), encoding="unicode"))


def test_a_refusal_names_the_element() -> None:
    whole = message()
    whole.attrib.pop("Version")
    with pytest.raises(XMLSchemaError) as caught:
        schema.validate(etree.tostring(whole, encoding="unicode"))
    assert "Version" in caught.value.args[0]["error"]
