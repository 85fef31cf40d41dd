"""Faults in how an assertion says who somebody is: it is signed afterwards and verifies."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import (
    EMAIL_ATTRIBUTES,
    NAMES,
    SamlMessage,
    remove,
    replace_email,
    replace_text,
)

_STATEMENT_PATH = "Response/Assertion/AttributeStatement"
_VALUE_PATH = f"{_STATEMENT_PATH}/Attribute/AttributeValue"
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
    "saml.email.value",
    stage="content",
    fault_class="identity",
    params={"value": Param()},
    touches=(_VALUE_PATH,),
)
def email_value(message: SamlMessage, params: Params) -> str:
    """The e-mail attribute has this value; the NameID stays."""
    return replace_text(_email_value(message), str(params["value"]))


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


@fault(
    "saml.name-id.format",
    stage="content",
    fault_class="identity",
    params={"format": Param()},
    touches=("Response/Assertion/Subject/NameID/@Format",),
)
def name_id_format(message: SamlMessage, params: Params) -> str:
    """The NameID says that it is of another format; its text stays."""
    name_id, stated = message.one(_NAME_ID), str(params["format"])
    before = name_id.get("Format")
    name_id.set("Format", stated)
    return f"Format of NameID was {before!r} and is {stated!r}."


@fault(
    "saml.email.in-name-id-alone",
    stage="content",
    fault_class="identity",
    params={"name_id": Param(), "format": Param()},
    touches=("Response/Assertion/Subject/NameID", _STATEMENT_PATH),
)
def email_in_name_id_alone(message: SamlMessage, params: Params) -> str:
    """There is no e-mail attribute, and the NameID has this text and this format."""
    attribute = _email_value(message).getparent()
    assert attribute is not None  # an AttributeValue stands in its Attribute
    statement = attribute.getparent()
    assert statement is not None
    remove(statement if len(statement) == 1 else attribute)
    name_id = message.one(_NAME_ID)
    name_id.set("Format", str(params["format"]))
    replaced = replace_text(name_id, str(params["name_id"]))
    return f"The attribute {attribute.get('Name')!r} was removed. {replaced}"


@fault(
    "saml.email.replace",
    stage="content",
    fault_class="identity",
    params={"email": Param()},
    touches=("Response/Assertion/Subject/NameID", _VALUE_PATH),
)
def email_replace(message: SamlMessage, params: Params) -> str:
    """NameID and e-mail attribute hold this text, which the IdP signs."""
    return " ".join(replace_email(message.assertion, str(params["email"])))


@fault(
    "saml.email.twice",
    stage="content",
    fault_class="identity",
    params={"email": Param()},
    touches=(_STATEMENT_PATH,),
)
def email_twice(message: SamlMessage, params: Params) -> str:
    """There are two attributes of the e-mail's name: the person's own, and one with this value behind it."""
    own = _email_value(message).getparent()
    assert own is not None  # an AttributeValue stands in its Attribute
    second = deepcopy(own)
    values = second.findall("saml:AttributeValue", NAMES)
    values[0].text = str(params["email"])
    own.addnext(second)
    return f"A second attribute {own.get('Name')!r} has the value {values[0].text!r}."


@fault(
    "saml.attribute.add",
    stage="content",
    fault_class="identity",
    params={"attribute": Param(), "value": Param()},
    touches=(_STATEMENT_PATH,),
)
def attribute_add(message: SamlMessage, params: Params) -> str:
    """The assertion has one attribute more, which nobody configured."""
    _add(message, str(params["attribute"]), str(params["value"]))
    return f"The attribute {params['attribute']!r} with the value {params['value']!r} was added."


@fault(
    "saml.attribute.many",
    stage="content",
    fault_class="login",
    params={"count": Param("integer", required=False, default=40)},
    touches=(_STATEMENT_PATH,),
)
def attribute_many(message: SamlMessage, params: Params) -> str:
    """The assertion has so many attributes more, of which the service provider knows none."""
    for number in range(int(params["count"])):
        _add(message, f"urn:example:attribute:{number:03}", f"value {number}")
    return f"{params['count']} unknown attributes were added."


def _add(message: SamlMessage, name: str, value: str) -> None:
    added = deepcopy(_email_value(message).getparent())
    assert added is not None  # an AttributeValue stands in its Attribute
    added.set("Name", name)
    for surplus in added.findall("saml:AttributeValue", NAMES)[1:]:
        added.remove(surplus)
    added[0].text = value
    message.one("saml:Assertion/saml:AttributeStatement").append(added)
