"""Faults in whom a SAML Response comes from, whom it is for and which request it answers."""

from __future__ import annotations

from mock_idp.faults.model import Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import (
    NAMES,
    SamlMessage,
    remove,
    replace_attribute,
    replace_text,
)

CONFIRMATION = "saml:Assertion/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
CONFIRMATION_PATH = "Response/Assertion/Subject/SubjectConfirmation/SubjectConfirmationData"
RESTRICTION = "saml:Assertion/saml:Conditions/saml:AudienceRestriction"
RESTRICTION_PATH = "Response/Assertion/Conditions/AudienceRestriction"
IN_RESPONSE_TO = ("Response/@InResponseTo", f"{CONFIRMATION_PATH}/@InResponseTo")


@fault(
    "saml.audience.replace",
    stage="content",
    fault_class="audience",
    params={"audience": Param()},
    touches=(f"{RESTRICTION_PATH}/Audience",),
)
def audience_replace(message: SamlMessage, params: Params) -> str:
    """The assertion is addressed to another service provider."""
    return replace_text(message.one(f"{RESTRICTION}/saml:Audience"), str(params["audience"]))


@fault("saml.audience.remove", stage="content", fault_class="audience", touches=(RESTRICTION_PATH,))
def audience_remove(message: SamlMessage, params: Params) -> str:
    """The assertion is addressed to nobody: it has no AudienceRestriction."""
    del params
    remove(message.one(RESTRICTION))
    return "AudienceRestriction was removed."


@fault(
    "saml.issuer.replace",
    stage="content",
    fault_class="issuer",
    params={"issuer": Param()},
    touches=("Response/Issuer", "Response/Assertion/Issuer"),
)
def issuer_replace(message: SamlMessage, params: Params) -> str:
    """Response and Assertion name another issuer."""
    issuers = (message.one("saml:Issuer"), message.one("saml:Assertion/saml:Issuer"))
    return " ".join(replace_text(issuer, str(params["issuer"])) for issuer in issuers)


@fault(
    "saml.recipient.replace",
    stage="content",
    fault_class="recipient",
    params={"recipient": Param()},
    touches=(f"{CONFIRMATION_PATH}/@Recipient",),
)
def recipient_replace(message: SamlMessage, params: Params) -> str:
    """The subject may be confirmed at another assertion consumer service only."""
    return replace_attribute(message.one(CONFIRMATION), "Recipient", str(params["recipient"]))


@fault(
    "saml.destination.replace",
    stage="content",
    fault_class="recipient",
    params={"destination": Param()},
    touches=("Response/@Destination",),
)
def destination_replace(message: SamlMessage, params: Params) -> str:
    """The Response is destined for another address than the one it is sent to."""
    return replace_attribute(message.response, "Destination", str(params["destination"]))


@fault(
    "saml.in-response-to.replace",
    stage="content",
    fault_class="request-binding",
    params={"id": Param()},
    touches=IN_RESPONSE_TO,
)
def in_response_to_replace(message: SamlMessage, params: Params) -> str:
    """The Response answers a request that was never sent."""
    bearers = (message.response, message.one(CONFIRMATION))
    return " ".join(replace_attribute(bearer, "InResponseTo", str(params["id"])) for bearer in bearers)


@fault(
    "saml.in-response-to.add",
    stage="content",
    fault_class="request-binding",
    params={"id": Param(required=False, default="_a-request-of-nobody")},
    touches=IN_RESPONSE_TO,
)
def in_response_to_add(message: SamlMessage, params: Params) -> str:
    """A Response that nobody asked for names a request that was never sent."""
    made_up = str(params["id"])
    for bearer in (message.response, message.one(CONFIRMATION)):
        bearer.set("InResponseTo", made_up)
    return f"InResponseTo was set to {made_up!r} in Response and SubjectConfirmationData."


@fault("saml.in-response-to.remove", stage="content", fault_class="request-binding", touches=IN_RESPONSE_TO)
def in_response_to_remove(message: SamlMessage, params: Params) -> str:
    """The Response answers no request, although one was sent."""
    del params
    bearers = message.response.xpath("self::*[@InResponseTo] | .//*[@InResponseTo]", namespaces=NAMES)
    names = [bearer.tag.rpartition("}")[2] for bearer in bearers]
    for bearer in bearers:
        del bearer.attrib["InResponseTo"]
    return f"InResponseTo was removed from {' and '.join(names)}."


@fault(
    "saml.issuer.assertion",
    stage="content",
    fault_class="issuer",
    params={"issuer": Param()},
    touches=("Response/Assertion/Issuer",),
)
def issuer_of_assertion(message: SamlMessage, params: Params) -> str:
    """The Assertion names another issuer than the Response around it, which names the right one."""
    return replace_text(message.one("saml:Assertion/saml:Issuer"), str(params["issuer"]))


@fault(
    "saml.issuer.response",
    stage="content",
    fault_class="issuer",
    params={"issuer": Param()},
    touches=("Response/Issuer",),
)
def issuer_of_response(message: SamlMessage, params: Params) -> str:
    """The Response names another issuer than the Assertion in it, which names the right one."""
    return replace_text(message.one("saml:Issuer"), str(params["issuer"]))


@fault("saml.issuer.remove", stage="content", fault_class="issuer", touches=("Response/Assertion/Issuer",))
def issuer_remove(message: SamlMessage, params: Params) -> str:
    """The Assertion has no Issuer, which SAML Core 2.3.3 requires."""
    del params
    remove(message.one("saml:Assertion/saml:Issuer"))
    return "The Issuer of the Assertion was removed."


@fault(
    "saml.recipient.remove",
    stage="content",
    fault_class="recipient",
    touches=(f"{CONFIRMATION_PATH}/@Recipient",),
)
def recipient_remove(message: SamlMessage, params: Params) -> str:
    """The bearer confirmation names no Recipient, so it would fit at every assertion consumer service."""
    del params
    was = message.one(CONFIRMATION).attrib.pop("Recipient")
    return f"Recipient, which was {was!r}, was removed."


@fault(
    "saml.in-response-to.envelope-alone",
    stage="content",
    fault_class="request-binding",
    touches=(f"{CONFIRMATION_PATH}/@InResponseTo", "Response/Signature", "Response/Assertion/Signature"),
)
def in_response_to_envelope_alone(message: SamlMessage, params: Params) -> str:
    """An assertion that answers no request is put into an unsigned Response that says to answer this one.

    So an assertion of an unsolicited login, stolen elsewhere, would be delivered."""
    del params
    was = message.one(CONFIRMATION).attrib.pop("InResponseTo", None)
    message.sign_response, message.sign_assertion = False, True
    return f"InResponseTo {was!r} was removed from the confirmation; the Response that has it is not signed."
