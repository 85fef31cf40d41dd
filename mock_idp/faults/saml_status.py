"""Faults in the status of a SAML Response (SAML Core section 3.2.2)."""

from __future__ import annotations

from lxml import etree

from mock_idp.faults.model import Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml_message import SamlMessage

STATUS = "urn:oasis:names:tc:SAML:2.0:status"


@fault("saml.status.failure", stage="content", fault_class="status", touches=("Response/Status",))
def failure(message: SamlMessage, params: Params) -> str:
    """The Response says that the login failed (Responder, AuthnFailed), but the assertion is still there."""
    del params
    code = message.one("samlp:Status/samlp:StatusCode")
    code.set("Value", f"{STATUS}:Responder")
    etree.SubElement(code, code.tag).set("Value", f"{STATUS}:AuthnFailed")
    return "The status was Success and is Responder with AuthnFailed."
