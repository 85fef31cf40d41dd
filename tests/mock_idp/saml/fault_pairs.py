"""The same message with and without a fault, in every shape of the fault, and how to compare the two."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from lxml import etree

from mock_idp.apps import SamlApp, SignedParts
from mock_idp.armoury import Armoury
from mock_idp.faults.model import Fault, FaultCannotApplyError, Params, ParamValue
from mock_idp.faults.registry import all_faults, checked_params
from mock_idp.keys import KeyPool
from mock_idp.personalities import find_personality
from mock_idp.personas import CATALOGUE
from mock_idp.saml.issuing import finished
from mock_idp.saml.response import Login, compose
from mock_idp.sessions import SignIn
from mock_idp.tenants import Tenant, TenantStore
from mock_idp.web import STORE
from tests.mock_idp.saml.provider_keys import provider_key

SAML_FAULTS = [
    fault
    for fault in all_faults().values()
    if (fault.protocol, fault.message) == ("saml", "login") and fault.stage != "envelope"
]
BASELINES: tuple[SignedParts, ...] = ("both", "assertion", "response")
VICTIM = "mallory@acme.test"
"""Whom forgeries of the tests are about; the IdP vouches for alice."""
PARAMS: dict[str, ParamValue] = {
    "email": VICTIM,
    "audience": "https://other-sp.example",
    "issuer": "https://other-idp.example",
    "recipient": "https://other-sp.example/acs",
    "destination": "https://other-sp.example/acs",
    "id": "_never_sent",
    "after": "ali",
    "hides": "ali",
    "name_id": "mallory@acme.test",
    "format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "seconds": 600,
    "count": 40,
    "attribute": "role",
    "value": "admin",
    "message": "said by the IdP",
    "detail": "and more",
    "times": 2,
    "provider": "http://127.0.0.1:1/t/other",
    "url": "http://127.0.0.1:9/document",
    "certificate": provider_key().certificate,
}
POOL = KeyPool(3)


@dataclass
class Pair:
    """The same message with and without a fault, and what the fault said about itself."""

    tenant: Tenant
    sent: etree._Element
    control: etree._Element
    said: str
    texts: tuple[str, str]
    """Both as they are sent."""


@dataclass(frozen=True)
class Shape:
    """A fault with one choice of its parameters."""

    fault: Fault
    params: Params

    def __str__(self) -> str:
        """Name the test."""
        chosen = [str(self.params[name]) for name, param in self.fault.params.items() if param.choices]
        return "-".join([self.fault.name, *chosen])


def shapes() -> Iterator[Shape]:
    """Every SAML fault of a login's Response, in each of its choices."""
    for fault in SAML_FAULTS:
        options = [param.choices or (PARAMS[name],) for name, param in fault.params.items()]
        for values in itertools.product(*options):
            yield Shape(fault, dict(zip(fault.params, values, strict=True)))


def pairs(vendor: str, shape: Shape) -> dict[SignedParts, Pair]:
    """The pairs of a shape by what is signed: all in which it applies, at least one."""
    made: dict[SignedParts, Pair] = {}
    for baseline in BASELINES:
        try:
            made[baseline] = make_pair(vendor, shape, baseline)
        except FaultCannotApplyError:
            continue
    assert made, f"{shape} applies nowhere"
    return made


def make_pair(vendor: str, shape: Shape, sign: SignedParts = "both") -> Pair:
    """Compose one message and finish it twice. Raises FaultCannotApplyError."""
    personality = find_personality(vendor)
    assert personality is not None
    store = TenantStore("http://127.0.0.1:1", POOL)
    store.create(personality, "other")
    tenant = store.create(personality, "acme")
    tenant.clock.freeze(datetime(2030, 1, 1, 12, tzinfo=UTC))
    app = SamlApp("portal", ("http://sp.example/acs",), "http://sp.example", "everyone", sign=sign)
    login = Login(app, app.acs_urls[0], "_request")
    unsigned = compose(tenant, login, SignIn(CATALOGUE["alice"], tenant.clock.now(), "session"))
    armed = Armoury().arm("_request", shape.fault, checked_params(shape.fault, shape.params))
    server = Flask(__name__)
    server.extensions[STORE] = store
    with server.app_context():
        sent = finished(tenant, login, unsigned, armed)
    control = finished(tenant, login, unsigned)
    assert len(armed.applied) == 1
    assert sent.changed == armed.applied[0]["detail"]
    return Pair(tenant, parsed(sent.xml), parsed(control.xml), sent.changed, (sent.xml, control.xml))


def parsed(text: str) -> etree._Element:
    """The document; for one that is no single document, an element that holds its text."""
    try:
        return etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        broken = etree.Element("broken")
        broken.text = text
        return broken


def flat(element: etree._Element, path: str = "") -> dict[str, list[str]]:
    """Every text and attribute of the tree by its path of local names, in document order."""
    here = f"{path}/{etree.QName(element).localname}".lstrip("/")
    found: dict[str, list[str]] = {here: [(element.text or "").strip()]}
    for name, value in element.attrib.items():
        found.setdefault(f"{here}/@{etree.QName(name).localname}", []).append(str(value))
    for child in element.iterchildren(etree.Element):
        for key, values in flat(child, here).items():
            found.setdefault(key, []).extend(values)
    return found


def differences(pair: Pair) -> set[str]:
    """The paths at which the two messages differ."""
    sent, control = flat(pair.sent), flat(pair.control)
    return {path for path in sent.keys() | control.keys() if sent.get(path) != control.get(path)}
