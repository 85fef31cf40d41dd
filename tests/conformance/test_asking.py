"""Another program's request in the place of the platform's: what changes and what stays."""

from __future__ import annotations

import base64
import zlib
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from lxml import etree

from conformance.agents.protocol import Exchange
from conformance.catalogue.verbs import Asks
from conformance.steps.asking import asking

REQUEST = (
    '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="id-1" Version="2.0">'
    '<samlp:NameIDPolicy Format="urn:old"/></samlp:AuthnRequest>'
)


def sent(xml: str, **more: str) -> Exchange:
    deflater = zlib.compressobj(wbits=-15)
    message = base64.b64encode(deflater.compress(xml.encode()) + deflater.flush()).decode()
    return Exchange("GET", f"http://127.0.0.1:1/sso?{urlencode({'SAMLRequest': message, **more})}")


def test_a_saml_request_keeps_its_id_and_relay_state() -> None:
    asks = Asks(name_id_format="urn:new", authn_contexts=["urn:a", "urn:b"])
    query = parse_qs(urlsplit(asking(sent(REQUEST, RelayState="r"), asks)).query)
    root = etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -15))
    assert query["RelayState"] == ["r"]
    assert root.get("ID") == "id-1"
    assert [etree.QName(child).localname for child in root] == ["NameIDPolicy", "RequestedAuthnContext"]
    assert root[0].get("Format") == "urn:new"
    assert [context.text for context in root[1]] == ["urn:a", "urn:b"]


def test_parameters_are_replaced_or_taken_away() -> None:
    request = Exchange("GET", "http://127.0.0.1:1/authorize?client_id=c&scope=openid&state=s")
    url = asking(request, Asks(parameters={"scope": "openid groups", "state": None}))
    assert parse_qs(urlsplit(url).query) == {"client_id": ["c"], "scope": ["openid groups"]}


@pytest.mark.parametrize(
    ("request_", "said"),
    [(sent(REQUEST, Signature="x"), "signed"), (Exchange("POST", "http://127.0.0.1:1/sso"), "POST")],
)
def test_what_cannot_be_changed_is_said(request_: Exchange, said: str) -> None:
    with pytest.raises(LookupError, match=said):
        asking(request_, Asks(authn_contexts=["urn:a"]))
