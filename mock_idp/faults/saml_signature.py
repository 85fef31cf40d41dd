"""Faults in how a SAML Response is signed: not at all, by a stranger, or before it was changed (XML-DSig)."""

from __future__ import annotations

from mock_idp.faults.model import Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml_message import SamlMessage, replace_email

SIGNATURES = ("Response/Signature", "Response/Assertion/Signature")


@fault("saml.signature.strip", stage="signature", fault_class="signature", touches=SIGNATURES)
def strip(message: SamlMessage, params: Params) -> str:
    """Neither the Response nor the Assertion is signed."""
    del params
    message.sign_response = message.sign_assertion = False
    return "The message carries no Signature."


@fault(
    "saml.signature.foreign-key",
    stage="signature",
    fault_class="signature",
    touches=tuple(f"{signature}/KeyInfo" for signature in SIGNATURES),
)
def foreign_key(message: SamlMessage, params: Params) -> str:
    """The message is signed with a key that the IdP never published; its certificate is in KeyInfo."""
    del params
    message.key = message.foreign_key()
    return f"The message is signed with the key {message.key.kid}, which is not in the metadata."


@fault(
    "saml.signature.retired-key",
    stage="signature",
    fault_class="signature",
    touches=tuple(f"{signature}/KeyInfo" for signature in SIGNATURES),
)
def retired_key(message: SamlMessage, params: Params) -> str:
    """The message is signed with a key that the metadata listed once and lists no more."""
    del params
    message.key = message.retired_key()
    return f"The message is signed with the key {message.key.kid}, which the metadata no longer lists."


@fault(
    "saml.signature.tamper",
    stage="after-signing",
    fault_class="signature",
    params={"email": Param()},
    touches=(
        "Response/Assertion/Subject/NameID",
        "Response/Assertion/AttributeStatement/Attribute/AttributeValue",
    ),
)
def tamper(message: SamlMessage, params: Params) -> str:
    """The e-mail is replaced in NameID and attribute after signing; the digest is left as it was."""
    return " ".join(replace_email(message.assertion, str(params["email"])))
