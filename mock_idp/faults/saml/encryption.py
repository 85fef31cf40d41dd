"""Encrypted assertions that no IdP made: the certificate to encrypt for is public, so anybody can."""

from __future__ import annotations

import copy

from lxml import etree

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import NAMES, SamlMessage, remove, replace_email

_EMAIL_FOR = {"email": Param(), "certificate": Param()}


@fault(
    "saml.encryption.forged",
    stage="after-signing",
    fault_class="signature",
    params=_EMAIL_FOR,
    touches=("Response/Assertion", "Response/EncryptedAssertion", "Response/Signature"),
)
def forged(message: SamlMessage, params: Params) -> str:
    """The assertion is an unsigned one about somebody else, encrypted for the service provider's certificate.

    Nothing in the message is signed: encryption says who may read, not who wrote."""
    genuine = message.assertion
    genuine.addnext(_forged(message, params))
    remove(genuine)
    _unsign(message)
    return "The signed assertion was replaced by an EncryptedAssertion that holds an unsigned forgery."


@fault(
    "saml.encryption.forged-beside",
    stage="after-signing",
    fault_class="wrapping",
    params={**_EMAIL_FOR, "place": Param(choices=("before", "behind"))},
    touches=("Response/EncryptedAssertion", "Response/Signature"),
)
def forged_beside(message: SamlMessage, params: Params) -> str:
    """Beside the signed assertion there is an encrypted, unsigned one about somebody else."""
    genuine = message.assertion
    if genuine.find("ds:Signature", NAMES) is None:
        raise FaultCannotApplyError(
            "The assertion itself is not signed, so nothing signed is left beside it."
        )
    put = genuine.addprevious if params["place"] == "before" else genuine.addnext
    put(_forged(message, params))
    _unsign(message)
    return f"An EncryptedAssertion with an unsigned forgery was put {params['place']} the signed assertion."


@fault(
    "saml.encryption.other-key",
    stage="after-signing",
    fault_class="parser",
    touches=("Response/Assertion", "Response/EncryptedAssertion", "Response/Signature"),
)
def other_key(message: SamlMessage, params: Params) -> str:
    """The assertion is encrypted for a certificate whose key the service provider does not have."""
    del params
    genuine = message.assertion
    genuine.addnext(message.seal(genuine, message.foreign_key().saml_certificate.pem))
    remove(genuine)
    _unsign(message)
    return "The assertion was encrypted for a certificate that nobody registered."


def _forged(message: SamlMessage, params: Params) -> etree._Element:
    copied = copy.deepcopy(message.assertion)
    for signature in copied.findall("ds:Signature", NAMES):
        copied.remove(signature)
    copied.set("ID", f"_forged{copied.get('ID', '').lstrip('_')}")
    replace_email(copied, str(params["email"]))
    return message.seal(copied, str(params["certificate"]))


def _unsign(message: SamlMessage) -> None:
    """Leave out the Response's signature, which would not verify any more, as an attacker would do."""
    outer = message.response.find("ds:Signature", NAMES)
    if outer is not None:
        message.response.remove(outer)
