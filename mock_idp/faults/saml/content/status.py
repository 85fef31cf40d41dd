"""Faults in the status of a SAML Response (SAML Core section 3.2.2)."""

from __future__ import annotations

from lxml import etree

from mock_idp.faults.model import Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import SamlMessage, remove

STATUS = "urn:oasis:names:tc:SAML:2.0:status"


@fault("saml.status.failure", stage="content", fault_class="status", touches=("Response/Status",))
def failure(message: SamlMessage, params: Params) -> str:
    """The Response says that the login failed (Responder, AuthnFailed), but the assertion is still there."""
    del params
    return _authn_failed(message)


@fault(
    "saml.status.authn-failed",
    stage="content",
    fault_class="status",
    params={
        "message": Param(required=False),
        "detail": Param(required=False),
        "times": Param("integer", required=False, default=1),
    },
    touches=("Response/Status", "Response/Assertion", "Response/Signature"),
)
def authn_failed(message: SamlMessage, params: Params) -> str:
    """The Response is what an IdP sends when a login failed: Responder, AuthnFailed, signed, no assertion.

    `message` is its StatusMessage, so many `times` in a row, and `detail` a text in its StatusDetail."""
    said = _authn_failed(message)
    remove(message.assertion)
    message.sign_response, message.sign_assertion = True, False
    status = message.one("samlp:Status")
    space = etree.QName(status).namespace
    if "message" in params:
        text = str(params["message"]) * int(params["times"])
        etree.SubElement(status, f"{{{space}}}StatusMessage").text = text
        said += f" StatusMessage has {len(text)} characters."
    if "detail" in params:
        detail = etree.SubElement(status, f"{{{space}}}StatusDetail")
        etree.SubElement(detail, "{urn:example:cause}Cause").text = str(params["detail"])
        said += " There is a StatusDetail."
    return f"{said} The assertion was left out."


def _authn_failed(message: SamlMessage) -> str:
    code = message.one("samlp:Status/samlp:StatusCode")
    code.set("Value", f"{STATUS}:Responder")
    etree.SubElement(code, code.tag).set("Value", f"{STATUS}:AuthnFailed")
    return "The status was Success and is Responder with AuthnFailed."
