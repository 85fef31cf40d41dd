"""Every SAML fault changes only what it declares, keeps or breaks the signature as its stage says, and is
bound to its attempt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from mock_idp.apps import SamlApp, SignedParts
from mock_idp.armoury import Armoury
from mock_idp.faults.model import Fault, FaultCannotApplyError
from mock_idp.faults.registry import all_faults, checked_params, find_fault
from mock_idp.keys import KeyPool
from mock_idp.personalities import find_personality
from mock_idp.personas import CATALOGUE
from mock_idp.saml.issuing import finished
from mock_idp.saml.response import Login, compose
from mock_idp.sessions import SignIn
from mock_idp.tenants import Tenant
from tests.mock_idp.browser import Browser
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.saml.support import NS, Request, one, register, response_text, verifies

SAML_FAULTS = [
    fault
    for fault in all_faults().values()
    if (fault.protocol, fault.message) == ("saml", "login") and fault.stage != "envelope"
]
PARAMS = {
    "email": "mallory@acme.test",
    "audience": "https://other-sp.example",
    "issuer": "https://other-idp.example",
    "recipient": "https://other-sp.example/acs",
    "destination": "https://other-sp.example/acs",
    "id": "_never_sent",
    "after": "ali",
    "name_id": "mallory@acme.test",
}
RESIGNED = ("DigestValue", "SignatureValue")
POOL = KeyPool(2)


@dataclass
class Pair:
    """The same message with and without a fault, and what the fault said about itself."""

    tenant: Tenant
    sent: etree._Element
    control: etree._Element
    said: str


def make_pair(vendor: str, fault: Fault, sign: SignedParts = "both") -> Pair:
    """Compose one message and finish it twice."""
    personality = find_personality(vendor)
    assert personality is not None
    tenant = Tenant("acme", personality, "http://127.0.0.1:1/t/acme", POOL)
    tenant.clock.freeze(datetime(2030, 1, 1, 12, tzinfo=UTC))
    app = SamlApp("portal", ("http://sp.example/acs",), "http://sp.example", "everyone", sign=sign)
    login = Login(app, app.acs_urls[0], "_request")
    unsigned = compose(tenant, login, SignIn(CATALOGUE["alice"], tenant.clock.now(), "session"))
    params = {name: PARAMS[name] for name in fault.params}
    armed = Armoury().arm("_request", fault, checked_params(fault, params))
    sent = finished(tenant, login, unsigned, armed)
    control = finished(tenant, login, unsigned)
    assert len(armed.applied) == 1
    assert sent.changed == armed.applied[0]["detail"]
    return Pair(tenant, parsed(sent.xml), parsed(control.xml), sent.changed)


def parsed(text: str) -> etree._Element:
    return etree.fromstring(text.encode())


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
    sent, control = flat(pair.sent), flat(pair.control)
    return {path for path in sent.keys() | control.keys() if sent.get(path) != control.get(path)}


def is_touched(path: str, fault: Fault) -> bool:
    if fault.stage != "after-signing" and path.endswith(RESIGNED):
        return True
    return any(path == touched or path.startswith(f"{touched}/") for touched in fault.touches)


each_fault = pytest.mark.parametrize("fault", SAML_FAULTS, ids=lambda fault: fault.name)
each_vendor = pytest.mark.parametrize("vendor", ["okta", "entra"])


@each_vendor
@each_fault
def test_a_fault_changes_only_what_it_declares(vendor: str, fault: Fault) -> None:
    pair = make_pair(vendor, fault)
    changed = differences(pair)
    assert {path for path in changed if not is_touched(path, fault)} == set()
    assert any(not path.endswith(RESIGNED) for path in changed), "the fault changed nothing"
    assert pair.said.endswith(".")


@each_vendor
@each_fault
def test_signatures_are_as_the_stage_says(vendor: str, fault: Fault) -> None:
    pair = make_pair(vendor, fault)
    certificate = pair.tenant.keys.active.saml_certificate.pem
    control_parts = [pair.control, one(pair.control, "saml:Assertion")]
    assert all(verifies(part, certificate) for part in control_parts)
    if fault.name == "saml.signature.strip":
        assert not list(pair.sent.iter(f"{{{NS['ds']}}}Signature"))
        return
    assertions = pair.sent.findall("saml:Assertion", NS)
    signed = [part for part in (pair.sent, *assertions) if part.find("ds:Signature", NS) is not None]
    verdicts = [verifies(part, certificate) for part in signed]
    if fault.name == "saml.signature.foreign-key":
        foreign = pair.tenant.keys.foreign.saml_certificate.pem
        assert verdicts == [False, False]
        assert [verifies(part, foreign) for part in signed] == [True, True]
    elif fault.name == "saml.signature.retired-key":
        retired = pair.tenant.keys.retired
        assert retired not in pair.tenant.keys.published
        assert verdicts == [False, False]
        assert [verifies(part, retired.saml_certificate.pem) for part in signed] == [True, True]
    elif fault.name == "saml.signature.tamper":
        assert verdicts == [False, False]
    elif fault.name == "saml.wrap.xsw3":
        assert (signed, verdicts) == ([assertions[1]], [True])
    else:
        assert verdicts == [True, True]


@each_vendor
def test_xsw3_forges_the_identity_before_the_signed_assertion(vendor: str) -> None:
    pair = make_pair(vendor, find_fault("saml.wrap.xsw3"))
    forged, genuine = pair.sent.findall("saml:Assertion", NS)
    texts = [entry.findtext("saml:Subject/saml:NameID", None, NS) for entry in (forged, genuine)]
    assert texts == ["mallory@acme.test", "alice@acme.test"]
    assert forged.get("ID") != genuine.get("ID")


def test_xsw3_says_when_there_is_no_signed_assertion_to_wrap() -> None:
    with pytest.raises(FaultCannotApplyError, match="register it with sign"):
        make_pair("okta", find_fault("saml.wrap.xsw3"), sign="response")


@each_vendor
def test_an_armed_fault_fires_for_its_attempt_only(idp: RunningIdp, vendor: str) -> None:
    provider = register(idp, idp.new_tenant(vendor))
    honest, lying, later = Request(), Request(), Request()
    fault_id = provider.arm(lying.id, "saml.audience.replace", audience="https://other-sp.example")
    with Browser() as browser:
        provider.log_in(browser, honest)
        assert fired(provider.idp, provider.path, fault_id)["fired"] == 0
        page = provider.send(browser, lying)
        provider.send(browser, later)
    state = fired(provider.idp, provider.path, fault_id)
    assert (state["armed"], state["fired"], state["attempt"]) == (True, 1, lying.id)
    assert "other-sp.example" in state["applied"][0]["detail"]
    assert "other-sp.example" in response_text(page)

    details = {request.id: provider.journal(request.id)[-1]["detail"] for request in (honest, lying, later)}
    assert details[lying.id]["sent"] == response_text(page)
    assert "other-sp.example" not in details[lying.id]["control"]
    assert details[lying.id]["fault"] == "saml.audience.replace"
    assert all("fault" not in details[request.id] for request in (honest, later))


def test_a_fault_that_cannot_apply_is_an_error_page_and_does_not_count(idp: RunningIdp) -> None:
    provider = register(idp, idp.new_tenant("okta"), sign="response")
    request = Request()
    fault_id = provider.arm(request.id, "saml.wrap.xsw3", email="mallory@acme.test")
    with Browser() as browser:
        page = provider.log_in(browser, request)
    assert page.status_code == 409
    assert "register it with sign" in page.text
    assert fired(idp, provider.path, fault_id)["fired"] == 0


def fired(idp: RunningIdp, path: str, fault_id: str) -> dict[str, Any]:
    state: dict[str, Any] = idp.made("GET", f"{path}/faults/{fault_id}")
    return state
