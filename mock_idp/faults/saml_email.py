"""Faults in how an assertion says who somebody is: it is signed afterwards and verifies."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml_message import EMAIL_ATTRIBUTES, NAMES, SamlMessage, replace_text

_VALUE_PATH = "Response/Assertion/AttributeStatement/Attribute/AttributeValue"
_NAME_ID = "saml:Assertion/saml:Subject/saml:NameID"


def _email_value(message: SamlMessage) -> etree._Element:
    """The value of the assertion's e-mail attribute. Raises FaultCannotApplyError."""
    for attribute in message.assertion.iterfind("saml:AttributeStatement/saml:Attribute", NAMES):
        value = attribute.find("saml:AttributeValue", NAMES)
        if attribute.get("Name") in EMAIL_ATTRIBUTES and value is not None:
            return value
    raise FaultCannotApplyError("The assertion has no e-mail attribute, so the fault has nothing to change.")


@fault("saml.email.empty", stage="content", fault_class="identity", touches=(_VALUE_PATH,))
def email_empty(message: SamlMessage, params: Params) -> str:
    """The e-mail attribute is there, and its value is empty."""
    del params
    return replace_text(_email_value(message), "")


@fault(
    "saml.email.several",
    stage="content",
    fault_class="identity",
    params={"email": Param()},
    touches=(_VALUE_PATH,),
)
def email_several(message: SamlMessage, params: Params) -> str:
    """The e-mail attribute has a second value behind the person's own."""
    own = _email_value(message)
    second = deepcopy(own)
    second.text = str(params["email"])
    own.addnext(second)
    return f"Behind {own.text!r} the e-mail attribute has the second value {second.text!r}."


@fault(
    "saml.name-id.replace",
    stage="content",
    fault_class="identity",
    params={"name_id": Param()},
    touches=("Response/Assertion/Subject/NameID",),
)
def name_id_replace(message: SamlMessage, params: Params) -> str:
    """The NameID names somebody else than the e-mail attribute does."""
    return replace_text(message.one(_NAME_ID), str(params["name_id"]))
