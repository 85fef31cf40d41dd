"""Signature wrapping by extension points: what was signed is parked where the schema allows anything.

The places are the xs:any extension points of SAML, and an Object of XML-DSig, that Somorovsky et al. (2012)
and the WS-Attacker tool try, and an element of no namespace; the faults leave the signed bytes alone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import NAMES, SamlMessage
from mock_idp.faults.saml.signing.dsig import drop_signature, ds
from mock_idp.faults.saml.wrapping.forgery import (
    forged_assertion,
    forged_response,
    into_extensions,
    signature_of,
    signed_assertion,
    signed_response,
    without_namespace,
)

SAML, SAMLP = NAMES["saml"], NAMES["samlp"]
IN_RESPONSE = ("Response/Assertion", "Response/Extensions", "Response/Signature", "Response/Status")
Park = Callable[[SamlMessage, etree._Element, etree._Element], None]
"""Puts the signed assertion somewhere; gets the message, the forged assertion and the signed one."""


def _saml(name: str) -> etree._Element:
    return etree.fromstring(f'<saml:{name} xmlns:saml="{SAML}"/>')


def _in_wrapper(message: SamlMessage, forged: etree._Element, genuine: etree._Element) -> None:
    wrapper = without_namespace("wrapper")
    message.response.append(wrapper)
    wrapper.append(genuine)


def _in_extensions(message: SamlMessage, forged: etree._Element, genuine: etree._Element) -> None:
    into_extensions(message.response, genuine)


def _in_status_detail(message: SamlMessage, forged: etree._Element, genuine: etree._Element) -> None:
    detail = etree.SubElement(message.one("samlp:Status"), f"{{{SAMLP}}}StatusDetail")
    detail.append(genuine)


def _in_forged(message: SamlMessage, forged: etree._Element, genuine: etree._Element) -> None:
    forged.append(genuine)


def _in_advice(message: SamlMessage, forged: etree._Element, genuine: etree._Element) -> None:
    advice = _saml("Advice")
    conditions = forged.find("saml:Conditions", NAMES)
    if conditions is None:
        raise FaultCannotApplyError("The assertion has no Conditions, behind which its Advice would stand.")
    conditions.addnext(advice)
    advice.append(genuine)


def _in_object(message: SamlMessage, forged: etree._Element, genuine: etree._Element) -> None:
    holder = ds("Object")
    signature = forged.find("ds:Signature", NAMES)
    if signature is None:
        raise FaultCannotApplyError("The forged assertion bears no Signature with room for an Object.")
    signature.append(holder)
    holder.append(genuine)


def _in_confirmation_data(message: SamlMessage, forged: etree._Element, genuine: etree._Element) -> None:
    data = forged.find("saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData", NAMES)
    if data is None:
        raise FaultCannotApplyError("The assertion has no SubjectConfirmationData, which takes anything.")
    data.append(genuine)


def _in_attribute_value(message: SamlMessage, forged: etree._Element, genuine: etree._Element) -> None:
    statement = forged.find("saml:AttributeStatement", NAMES)
    if statement is None:
        statement = etree.SubElement(forged, f"{{{SAML}}}AttributeStatement")
    attribute = etree.SubElement(statement, f"{{{SAML}}}Attribute", Name="details")
    etree.SubElement(attribute, f"{{{SAML}}}AttributeValue").append(genuine)


PARKS: Mapping[str, Park] = {
    "wrapper": _in_wrapper,
    "extensions": _in_extensions,
    "status-detail": _in_status_detail,
    "forged-assertion": _in_forged,
    "advice": _in_advice,
    "object": _in_object,
    "confirmation-data": _in_confirmation_data,
    "attribute-value": _in_attribute_value,
}


@fault(
    "saml.wrap.signature-moved",
    stage="after-signing",
    fault_class="wrapping",
    params={"email": Param(), "place": Param(choices=tuple(PARKS))},
    touches=("Response/wrapper", *IN_RESPONSE),
)
def signature_moved(message: SamlMessage, params: Params) -> str:
    """The Signature moved into a forged assertion; what it signs, now without it, stands in `place`."""
    genuine = signed_assertion(message)
    signature = signature_of(genuine)
    forged = forged_assertion(message, str(params["email"]))
    genuine.addprevious(forged)
    forged.insert(1, signature)
    PARKS[str(params["place"])](message, forged, genuine)
    return f"The Signature moved into a copy about {params['email']}; what it signs: {params['place']}."


@fault(
    "saml.wrap.parked",
    stage="after-signing",
    fault_class="wrapping",
    params={
        "email": Param(),
        "place": Param(choices=tuple(place for place in PARKS if place not in ("object", "wrapper"))),
    },
    touches=IN_RESPONSE,
)
def parked(message: SamlMessage, params: Params) -> str:
    """The signed assertion stands whole in `place`, an unsigned copy with another e-mail where it stood."""
    genuine = signed_assertion(message)
    forged = forged_assertion(message, str(params["email"]))
    genuine.addprevious(forged)
    PARKS[str(params["place"])](message, forged, genuine)
    return f"An unsigned copy about {params['email']} replaced the signed assertion: {params['place']}."


@fault(
    "saml.wrap.same-id-signature-copied",
    stage="after-signing",
    fault_class="wrapping",
    params={"email": Param()},
    touches=IN_RESPONSE,
)
def same_id_signature_copied(message: SamlMessage, params: Params) -> str:
    """The signed assertion stands in Extensions; a forged one has its ID and a copy of its Signature."""
    genuine = signed_assertion(message)
    forged = forged_assertion(message, str(params["email"]), same_id=True)
    genuine.addprevious(forged)
    forged.insert(1, copy.deepcopy(signature_of(genuine)))
    into_extensions(message.response, genuine)
    return f"A copy about {params['email']} has the ID and the Signature of the one in Extensions."


@fault(
    "saml.wrap.response-in-extensions",
    stage="after-signing",
    fault_class="wrapping",
    params={"email": Param()},
    touches=("Response/@ID", *IN_RESPONSE),
)
def response_in_extensions(message: SamlMessage, params: Params) -> str:
    """The whole signed Response stands in the Extensions of a forged, unsigned one."""
    genuine = signed_response(message)
    message.response = forged_response(message, str(params["email"]))
    into_extensions(message.response, genuine)
    return f"The signed Response was put into Extensions of an unsigned one about {params['email']}."


@fault(
    "saml.wrap.detached",
    stage="after-signing",
    fault_class="wrapping",
    params={"email": Param(), "place": Param(choices=("sibling", "object"))},
    touches=IN_RESPONSE,
)
def detached(message: SamlMessage, params: Params) -> str:
    """The assertion's Signature is the Response's child; a forged assertion stands before the signed one.

    The signed one is its sibling, or in an Object of the Signature (enveloping)."""
    genuine = signed_assertion(message)
    signature = signature_of(genuine)
    genuine.addprevious(forged_assertion(message, str(params["email"])))
    message.response.insert(1, signature)
    if params["place"] == "object":
        holder = ds("Object")
        signature.append(holder)
        holder.append(genuine)
    return f"The Signature stands in the Response, a copy about {params['email']} first: {params['place']}."


@fault(
    "saml.wrap.duplicate-after",
    stage="after-signing",
    fault_class="wrapping",
    params={"email": Param(), "signed": Param(choices=("not", "by-a-stranger"))},
    touches=("Response/Assertion", "Response/Signature"),
)
def duplicate_after(message: SamlMessage, params: Params) -> str:
    """An assertion with another e-mail that the IdP did not sign stands behind the signed one."""
    genuine = signed_assertion(message)
    forged = forged_assertion(message, str(params["email"]))
    genuine.addnext(forged)
    if params["signed"] == "by-a-stranger":
        _with_worthless_signature(message, forged)
    return f"A copy about {params['email']} was put behind the signed assertion; signed: {params['signed']}."


@fault(
    "saml.wrap.same-id-before",
    stage="after-signing",
    fault_class="wrapping",
    params={"email": Param()},
    touches=("Response/Assertion", "Response/Signature"),
)
def same_id_before(message: SamlMessage, params: Params) -> str:
    """An unsigned assertion with another e-mail and the same ID stands before the signed one."""
    genuine = signed_assertion(message)
    genuine.addprevious(forged_assertion(message, str(params["email"]), same_id=True))
    return f"An unsigned copy about {params['email']} with the same ID was put before the signed assertion."


@fault(
    "saml.wrap.first-signature-assertion",
    stage="after-signing",
    fault_class="wrapping",
    params={"email": Param()},
    touches=("Response/Assertion", "Response/Signature"),
)
def first_signature_assertion(message: SamlMessage, params: Params) -> str:
    """The signed assertion is the first child of a forged one, whose own Signature is worthless.

    Whoever verifies the first Signature inside the forged assertion finds a good one (CVE-2021-21238)."""
    genuine = signed_assertion(message)
    forged = forged_assertion(message, str(params["email"]))
    genuine.addprevious(forged)
    _with_worthless_signature(message, forged)
    forged.insert(0, genuine)
    return f"The signed assertion stands first in a copy about {params['email']} with a worthless Signature."


@fault(
    "saml.wrap.first-signature-response",
    stage="after-signing",
    fault_class="wrapping",
    params={"email": Param()},
    touches=("Response/@ID", "Response/Response", "Response/Assertion", "Response/Signature"),
)
def first_signature_response(message: SamlMessage, params: Params) -> str:
    """The signed Response is the first child of a forged one, whose own Signature is worthless.

    Whoever verifies the first Signature inside the forged Response finds a good one (CVE-2021-21238)."""
    genuine = signed_response(message)
    message.response = forged_response(message, str(params["email"]))
    _with_worthless_signature(message, message.response)
    message.response.insert(0, genuine)
    return f"The signed Response stands first in one about {params['email']} with a worthless Signature."


def _with_worthless_signature(message: SamlMessage, forged: etree._Element) -> None:
    """Sign with a stranger's key."""
    own, message.key = message.key, message.foreign_key()
    message.sign(forged)
    message.key = own


@fault(
    "saml.wrap.id-pollution",
    stage="after-signing",
    fault_class="wrapping",
    params={"email": Param(), "attribute": Param(choices=("Id", "samlp:ID"))},
    touches=("Response/Assertion", "Response/Signature"),
)
def id_pollution(message: SamlMessage, params: Params) -> str:
    """A forged assertion bears the signed one's ID in another `attribute`, beside an ID of its own."""
    genuine = signed_assertion(message)
    forged = forged_assertion(message, str(params["email"]))
    name = "Id" if params["attribute"] == "Id" else f"{{{SAMLP}}}ID"
    forged.set(name, genuine.get("ID", ""))
    genuine.addprevious(forged)
    return (
        f"A copy about {params['email']} has {params['attribute']}={genuine.get('ID')!r} beside its own ID."
    )


@fault(
    "saml.wrap.signed-metadata",
    stage="after-signing",
    fault_class="wrapping",
    params={"email": Param(), "others": Param(choices=("unsigned", "foreign-key"))},
    touches=("Response/EntityDescriptor", "Response/Assertion", "Response/Signature"),
)
def signed_metadata(message: SamlMessage, params: Params) -> str:
    """The IdP's signed EntityDescriptor stands first in a Response whose assertion the IdP did not sign.

    The other signatures are left out, or a stranger's: some verifiers look at the first one only."""
    forged = forged_assertion(message, str(params["email"]))
    message.response.replace(message.assertion, forged)
    drop_signature(message.response)
    if params["others"] == "foreign-key":
        message.key = message.foreign_key()
        message.sign(forged)
        message.sign(message.response)
    message.response.insert(0, message.signed_metadata())
    return f"Signed metadata stands before an assertion about {params['email']}; others: {params['others']}."
