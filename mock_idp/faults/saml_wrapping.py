"""Signature wrapping: a forged assertion beside the signed one, which stays as it was."""

from __future__ import annotations

import copy

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml_message import NAMES, SamlMessage, remove, replace_email

FORGED_ID = "_forged"


@fault(
    "saml.wrap.xsw3",
    stage="after-signing",
    fault_class="wrapping",
    params={"email": Param()},
    touches=("Response/Assertion", "Response/Signature"),
)
def xsw3(message: SamlMessage, params: Params) -> str:
    """A forged copy of the assertion with another e-mail stands before the signed one.

    The assertion's own signature still verifies. A signature over the Response would not, so it is left
    out, as an attacker would do."""
    genuine = message.assertion
    if genuine.find("ds:Signature", NAMES) is None:
        raise FaultCannotApplyError(
            "saml.wrap.xsw3 wraps a signed assertion, but the application has only the Response signed; "
            "register it with sign 'assertion' or 'both'."
        )
    forged = copy.deepcopy(genuine)
    remove(next(iter(forged.iterfind("ds:Signature", NAMES))))
    forged.set("ID", FORGED_ID)
    replaced = replace_email(forged, str(params["email"]))
    genuine.addprevious(forged)
    outer = message.response.find("ds:Signature", NAMES)
    if outer is not None:
        message.response.remove(outer)
    said = " ".join(replaced)
    return f"An unsigned copy of the assertion, {FORGED_ID}, was put before the signed one. In it, {said}"
