"""Every SAML fault changes only what it declares, keeps or breaks the signature as its stage says, and is
bound to its attempt."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from mock_idp.faults.model import Fault
from tests.mock_idp.browser import Browser
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.saml.fault_pairs import Shape, differences, pairs, shapes
from tests.mock_idp.saml.support import NS, Request, register, response_text, verifies

SHAPES = list(shapes())
RESIGNED = ("DigestValue", "SignatureValue")
RESIGNING = ("content", "signature")
"""Stages whose messages are signed, or signed otherwise, after the change."""


def is_touched(path: str, fault: Fault) -> bool:
    if fault.stage in RESIGNING and path.endswith(RESIGNED):
        return True
    return any(path == touched or path.startswith(f"{touched}/") for touched in fault.touches)


each_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
each_vendor = pytest.mark.parametrize("vendor", ["okta", "entra"])


@each_vendor
@each_shape
def test_a_fault_changes_only_what_it_declares(vendor: str, shape: Shape) -> None:
    for pair in pairs(vendor, shape).values():
        changed = differences(pair)
        assert {path for path in changed if not is_touched(path, shape.fault)} == set()
        if shape.fault.stage == "content" and shape.fault.touches:
            assert any(not path.endswith(RESIGNED) for path in changed), "the fault changed nothing"
        else:
            assert pair.texts[0] != pair.texts[1], "the fault changed nothing"
        assert pair.said.endswith(".")


@each_vendor
@each_shape
def test_signatures_are_as_the_stage_says(vendor: str, shape: Shape) -> None:
    fault = shape.fault
    for pair in pairs(vendor, shape).values():
        certificate = pair.tenant.keys.active.saml_certificate.pem
        assert all(verifies(part, certificate) for part in signed_parts(pair.control))
        verdicts = [verifies(part, certificate) for part in signed_parts(pair.sent)]
        if fault.name == "saml.signature.strip":
            assert not list(pair.sent.iter(f"{{{NS['ds']}}}Signature"))
        elif fault.name == "saml.signature.foreign-key":
            foreign = pair.tenant.keys.foreign.saml_certificate.pem
            assert not any(verdicts)
            assert all(verifies(part, foreign) for part in signed_parts(pair.sent))
        elif fault.name == "saml.signature.retired-key":
            retired = pair.tenant.keys.retired
            assert retired not in pair.tenant.keys.published
            assert not any(verdicts)
            assert all(verifies(part, retired.saml_certificate.pem) for part in signed_parts(pair.sent))
        elif fault.stage == "content":
            assert verdicts
            assert all(verdicts), "what is still signed verifies"


def signed_parts(root: etree._Element) -> list[etree._Element]:
    """Responses and assertions of theirs that bear a Signature."""
    responses = [root, *root.findall("samlp:Response", NS)]
    assertions = [part for response in responses for part in response.findall("saml:Assertion", NS)]
    return [part for part in (*responses, *assertions) if part.find("ds:Signature", NS) is not None]


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
