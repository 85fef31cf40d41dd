"""Faults in the form that carries a SAML Response to the service provider (SAML Bindings section 3.5.4)."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.registry import fault

RESPONSE, RELAY_STATE = "SAMLResponse", "RelayState"
MEGABYTE = 1_000_000


@dataclass
class SamlForm:
    """The fields of the form as the browser will post them, in order; a name may stand there twice."""

    fields: list[tuple[str, str]]

    def value(self, name: str) -> str:
        """The first value of that name. Raises FaultCannotApplyError."""
        for field, value in self.fields:
            if field == name:
                return value
        raise FaultCannotApplyError(f"The form has no field {name}, so the fault has nothing to change.")

    def replace(self, name: str, value: str) -> None:
        """Give every field of that name another value. Raises FaultCannotApplyError."""
        self.value(name)
        self.fields = [(field, value if field == name else old) for field, old in self.fields]


@fault("saml.form.response.remove", stage="envelope", fault_class="parser", touches=("form.SAMLResponse",))
def response_remove(form: SamlForm, params: Params) -> str:
    """The form is posted without the field SAMLResponse."""
    del params
    length = len(form.value(RESPONSE))
    form.fields = [(name, value) for name, value in form.fields if name != RESPONSE]
    return f"SAMLResponse, of {length} characters, was taken out of the form."


@fault(
    "saml.form.response.replace",
    stage="envelope",
    fault_class="parser",
    params={"value": Param()},
    touches=("form.SAMLResponse",),
)
def response_replace(form: SamlForm, params: Params) -> str:
    """The field SAMLResponse holds other characters than the base64 of a Response, as they are given."""
    value = str(params["value"])
    form.replace(RESPONSE, value)
    return f"SAMLResponse is {value!r}, which is no message."


@fault(
    "saml.form.response.text",
    stage="envelope",
    fault_class="parser",
    params={"text": Param()},
    touches=("form.SAMLResponse",),
)
def response_text(form: SamlForm, params: Params) -> str:
    """The field SAMLResponse is the base64 of a text that is no Response."""
    text = str(params["text"])
    form.replace(RESPONSE, base64.b64encode(text.encode()).decode("ascii"))
    return f"SAMLResponse is the base64 of {text!r}."


@fault(
    "saml.form.response.wrapped",
    stage="envelope",
    fault_class="login",
    params={"width": Param("integer", required=False, default=76)},
    touches=("form.SAMLResponse",),
)
def response_wrapped(form: SamlForm, params: Params) -> str:
    """The base64 of SAMLResponse is broken into lines of `width` characters that end in CR and LF.

    RFC 2045 lets an encoder write it so, and SAML Bindings 3.5.4 refers to it; it changes no message."""
    width, value = int(params["width"]), form.value(RESPONSE)
    lines = [value[start : start + width] for start in range(0, len(value), width)]
    form.replace(RESPONSE, "\r\n".join(lines))
    return f"The base64 of SAMLResponse stands in {len(lines)} lines of at most {width} characters."


@fault(
    "saml.form.response.deflated",
    stage="envelope",
    fault_class="availability",
    params={"megabytes": Param("integer")},
    touches=("form.SAMLResponse",),
)
def response_deflated(form: SamlForm, params: Params) -> str:
    """SAMLResponse is deflated, which no form is, and inflates to so many `megabytes` of blanks behind it.

    Who inflates whatever is no XML fills the memory (CVE-2023-26483, CVE-2025-25293)."""
    comment = b"<!--" + b" " * MEGABYTE + b"-->"
    xml = base64.b64decode(form.value(RESPONSE)) + comment * int(params["megabytes"])
    deflater = zlib.compressobj(wbits=-15)
    form.replace(RESPONSE, base64.b64encode(deflater.compress(xml) + deflater.flush()).decode("ascii"))
    return f"SAMLResponse is deflated, with {params['megabytes']} comments of {MEGABYTE} blanks at its end."


@fault(
    "saml.form.relay-state.replace",
    stage="envelope",
    fault_class="session",
    params={"relay_state": Param()},
    touches=("form.RelayState",),
)
def relay_state_replace(form: SamlForm, params: Params) -> str:
    """The form carries another RelayState than the service provider sent, or one that it never sent."""
    wanted = str(params["relay_state"])
    before = [value for name, value in form.fields if name == RELAY_STATE]
    form.fields = [(name, value) for name, value in form.fields if name != RELAY_STATE]
    form.fields.append((RELAY_STATE, wanted))
    return f"RelayState was {before or 'absent'} and is {wanted!r}."
