"""Messages that speak of two people, or in which assertion and Response disagree; what is signed verifies."""

from __future__ import annotations

import copy

from lxml import etree

from mock_idp.faults.model import Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.content.addressing import CONFIRMATION, CONFIRMATION_PATH
from mock_idp.faults.saml.message import (
    NAMES,
    SamlMessage,
    replace_attribute,
    replace_email,
    replace_text,
)
from mock_idp.faults.saml.signing.dsig import drop_signature
from mock_idp.faults.saml.wrapping.forgery import forged_assertion, forged_id, signed_assertion


@fault(
    "saml.assertion.second-signed",
    stage="after-signing",
    fault_class="identity",
    params={"email": Param()},
    touches=("Response/Assertion", "Response/Signature"),
)
def second_signed(message: SamlMessage, params: Params) -> str:
    """A second assertion, about another person, is signed by the IdP too."""
    genuine = message.assertion
    is_signed = message.response.find("ds:Signature", NAMES) is not None
    signed_assertion(message)
    second = copy.deepcopy(genuine)
    drop_signature(second)
    second.set("ID", forged_id(second))
    replace_email(second, str(params["email"]))
    genuine.addnext(second)
    message.sign(second)
    if is_signed:
        message.sign(message.response)
    return f"A second signed assertion, about {params['email']}, stands behind the first."


@fault(
    "saml.advice.assertion",
    stage="content",
    fault_class="wrapping",
    params={"email": Param(), "signed": Param(choices=("not", "by-a-stranger"))},
    touches=("Response/Assertion/Advice",),
)
def advice_assertion(message: SamlMessage, params: Params) -> str:
    """The signed assertion's Advice holds an assertion about another person that the IdP did not sign."""
    inside = forged_assertion(message, str(params["email"]))
    advice = etree.SubElement(message.assertion, f"{{{NAMES['saml']}}}Advice")
    message.one("saml:Assertion/saml:Conditions").addnext(advice)
    advice.append(inside)
    if params["signed"] == "by-a-stranger":
        own, message.key = message.key, message.foreign_key()
        message.sign(inside)
        message.key = own
    return f"Advice holds an assertion about {params['email']}; signed: {params['signed']}."


@fault(
    "saml.assertion.disagrees",
    stage="content",
    fault_class="signature",
    params={"about": Param(choices=("in-response-to", "recipient", "issuer"))},
    touches=(
        "Response/Assertion/Issuer",
        f"{CONFIRMATION_PATH}/@InResponseTo",
        f"{CONFIRMATION_PATH}/@Recipient",
    ),
)
def disagrees(message: SamlMessage, params: Params) -> str:
    """The assertion is of another login, address or issuer than the Response around it says."""
    if params["about"] == "issuer":
        return replace_text(message.one("saml:Assertion/saml:Issuer"), "https://other-idp.example")
    if params["about"] == "recipient":
        return replace_attribute(message.one(CONFIRMATION), "Recipient", "https://other-sp.example/acs")
    return replace_attribute(message.one(CONFIRMATION), "InResponseTo", "_never-sent")
