"""Every fault in the form that carries a Response changes only the field that it declares."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from lxml import etree

from mock_idp.faults.model import Fault, FaultCannotApplyError
from mock_idp.faults.registry import all_faults, checked_params, find_fault
from mock_idp.faults.saml.form import SamlForm
from tests.mock_idp.browser import Browser, form_of
from tests.mock_idp.conftest import RunningIdp
from tests.mock_idp.saml.support import Request, register, response_of

FORM_FAULTS = [
    fault
    for fault in all_faults().values()
    if (fault.protocol, fault.stage, fault.message) == ("saml", "envelope", "login")
]
PARAMS: dict[str, str | int] = {
    "value": "***",
    "text": "<p>no message</p>",
    "relay_state": "//evil.example",
    "megabytes": 2,
}
FIELDS = [("SAMLResponse", base64.b64encode(b"<Response/>" * 20).decode()), ("RelayState", "/home")]


def applied(fault: Fault, fields: list[tuple[str, str]]) -> SamlForm:
    """The form after the fault, which says in a sentence what it did."""
    form = SamlForm(list(fields))
    given = {name: PARAMS[name] for name, param in fault.params.items() if param.required}
    assert fault.apply(form, checked_params(fault, given)).endswith(".")
    return form


@pytest.mark.parametrize("fault", FORM_FAULTS, ids=lambda fault: fault.name)
def test_a_fault_changes_only_the_field_that_it_declares(fault: Fault) -> None:
    form = applied(fault, FIELDS)
    assert form.fields != FIELDS
    touched = {name.removeprefix("form.") for name in fault.touches}
    assert [entry for entry in form.fields if entry[0] not in touched] == [
        entry for entry in FIELDS if entry[0] not in touched
    ]


def test_a_deflated_message_is_small_until_it_is_inflated() -> None:
    value = applied(find_fault("saml.form.response.deflated"), FIELDS).value("SAMLResponse")
    inflated = zlib.decompress(base64.b64decode(value), wbits=-15)
    assert inflated.startswith(b"<Response/>")
    assert len(inflated) > 2_000_000 > 100 * len(value)


def test_a_form_without_the_field_takes_no_fault() -> None:
    with pytest.raises(FaultCannotApplyError, match="no field SAMLResponse"):
        applied(find_fault("saml.form.response.wrapped"), FIELDS[1:])


@pytest.mark.parametrize("vendor", ["okta", "entra"])
def test_wrapped_base64_is_still_the_same_message(idp: RunningIdp, vendor: str) -> None:
    provider, request = register(idp, idp.new_tenant(vendor)), Request(relay_state="/home")
    provider.arm(request.id, "saml.form.response.wrapped", width=64)
    with Browser() as browser:
        page = provider.log_in(browser, request)
    fields = form_of(page).fields
    assert {len(line) for line in fields["SAMLResponse"].split()[:-1]} == {64}
    assert etree.fromstring(base64.b64decode(fields["SAMLResponse"])).get("InResponseTo") == request.id
    assert fields["RelayState"] == "/home"


def test_the_journal_shows_both_forms(idp: RunningIdp) -> None:
    provider = register(idp, idp.new_tenant("okta"))
    honest, lying = Request(), Request()
    provider.arm(lying.id, "saml.form.response.remove")
    with Browser() as browser:
        provider.log_in(browser, honest)
        page = provider.send(browser, lying)
        assert response_of(provider.send(browser, Request())).get("InResponseTo") is not None
    assert "SAMLResponse" not in form_of(page).fields
    detail = provider.journal(lying.id)[-1]["detail"]
    names = [
        [name for field in json.loads(detail[side])["form"] for name in field] for side in ("control", "sent")
    ]
    assert names == [["SAMLResponse", "RelayState"], ["RelayState"]]
    assert detail["fault"] == "saml.form.response.remove"
