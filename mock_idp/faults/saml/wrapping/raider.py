"""Signature wrapping, XSW1 to XSW8 as SAML Raider builds them: a forged copy beside what stays as signed.

The structures are those of Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be" (2012). A
signature around the message that the forgery would break is left out, as an attacker would do.
"""

from __future__ import annotations

from mock_idp.faults.model import Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import SamlMessage, replace_email
from mock_idp.faults.saml.signing.dsig import drop_signature
from mock_idp.faults.saml.wrapping.forgery import (
    as_signed,
    forged_assertion,
    forged_id,
    signature_of,
    signed_assertion,
    signed_response,
    without_namespace,
)

EMAIL = {"email": Param()}
IN_RESPONSE = ("Response/Assertion", "Response/Signature")
AROUND_RESPONSE = ("Response/@ID", "Response/Response", *IN_RESPONSE)


def _forged_around(message: SamlMessage, email: str) -> str:
    """Make the original Response the forged one: it keeps its Signature and gets another ID and e-mail."""
    message.response.set("ID", forged_id(message.response))
    drop_signature(message.assertion)
    message.assertion.set("ID", forged_id(message.assertion))
    return " ".join(replace_email(message.assertion, email))


@fault("saml.wrap.xsw1", stage="after-signing", fault_class="wrapping", params=EMAIL, touches=AROUND_RESPONSE)
def xsw1(message: SamlMessage, params: Params) -> str:
    """The Response is forged, and a copy of the one that was signed stands inside its Signature (XSW1)."""
    response = signed_response(message)
    genuine = as_signed(response)
    said = _forged_around(message, str(params["email"]))
    signature_of(response).append(genuine)
    return f"The signed Response was moved into its Signature, which stayed in the forged one. {said}"


@fault("saml.wrap.xsw2", stage="after-signing", fault_class="wrapping", params=EMAIL, touches=AROUND_RESPONSE)
def xsw2(message: SamlMessage, params: Params) -> str:
    """The Response is forged, and a copy of the one that was signed stands before its Signature (XSW2)."""
    response = signed_response(message)
    genuine = as_signed(response)
    said = _forged_around(message, str(params["email"]))
    signature_of(response).addprevious(genuine)
    return f"The signed Response stands before its Signature, which stayed in the forged one. {said}"


@fault("saml.wrap.xsw3", stage="after-signing", fault_class="wrapping", params=EMAIL, touches=IN_RESPONSE)
def xsw3(message: SamlMessage, params: Params) -> str:
    """A forged copy of the assertion with another e-mail stands before the signed one (XSW3)."""
    genuine = signed_assertion(message)
    genuine.addprevious(forged_assertion(message, str(params["email"])))
    return f"An unsigned copy about {params['email']} was put before the signed assertion."


@fault("saml.wrap.xsw4", stage="after-signing", fault_class="wrapping", params=EMAIL, touches=IN_RESPONSE)
def xsw4(message: SamlMessage, params: Params) -> str:
    """The signed assertion is the last child of a forged copy with another e-mail (XSW4)."""
    genuine = signed_assertion(message)
    forged = forged_assertion(message, str(params["email"]))
    message.response.append(forged)
    forged.append(genuine)
    return f"The signed assertion was moved to the end of an unsigned copy about {params['email']}."


def _forged_assertion_around(message: SamlMessage, email: str, *, same_id: bool = False) -> str:
    """Edit the original assertion, which keeps its Signature."""
    if not same_id:
        message.assertion.set("ID", forged_id(message.assertion))
    return " ".join(replace_email(message.assertion, email))


@fault("saml.wrap.xsw5", stage="after-signing", fault_class="wrapping", params=EMAIL, touches=IN_RESPONSE)
def xsw5(message: SamlMessage, params: Params) -> str:
    """The assertion is forged and keeps its Signature; what was signed ends the Response (XSW5)."""
    genuine = as_signed(signed_assertion(message))
    said = _forged_assertion_around(message, str(params["email"]))
    message.response.append(genuine)
    return f"The signed content stands behind the forged assertion that bears its Signature. {said}"


@fault("saml.wrap.xsw6", stage="after-signing", fault_class="wrapping", params=EMAIL, touches=IN_RESPONSE)
def xsw6(message: SamlMessage, params: Params) -> str:
    """The assertion is forged and keeps its Signature; what was signed stands inside that (XSW6)."""
    genuine = as_signed(signed_assertion(message))
    said = _forged_assertion_around(message, str(params["email"]))
    signature_of(message.assertion).append(genuine)
    return f"The signed content was put into the Signature, which stayed in the forged assertion. {said}"


@fault(
    "saml.wrap.xsw7",
    stage="after-signing",
    fault_class="wrapping",
    params=EMAIL,
    touches=("Response/Extensions", "Response/Signature"),
)
def xsw7(message: SamlMessage, params: Params) -> str:
    """A forged copy with the same ID stands in an element Extensions before the signed assertion (XSW7)."""
    genuine = signed_assertion(message)
    holder = without_namespace("Extensions")
    genuine.addprevious(holder)
    holder.append(forged_assertion(message, str(params["email"]), same_id=True))
    return f"A copy about {params['email']} with the same ID stands in Extensions, before the signed one."


@fault("saml.wrap.xsw8", stage="after-signing", fault_class="wrapping", params=EMAIL, touches=IN_RESPONSE)
def xsw8(message: SamlMessage, params: Params) -> str:
    """The assertion is forged and keeps ID and Signature; what was signed is in an Object of that (XSW8)."""
    genuine = as_signed(signed_assertion(message))
    said = _forged_assertion_around(message, str(params["email"]), same_id=True)
    holder = without_namespace("Object")
    signature_of(message.assertion).append(holder)
    holder.append(genuine)
    return f"The signed content was put into an Object of the Signature under the same ID. {said}"
