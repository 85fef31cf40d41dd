"""Faults that leave out a part that a bearer assertion must have (SAML Profiles 4.1.4.2)."""

from __future__ import annotations

from mock_idp.faults.model import Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.content.addressing import CONFIRMATION, CONFIRMATION_PATH
from mock_idp.faults.saml.message import SamlMessage, remove

_SUBJECT = "Response/Assertion/Subject"


@fault(
    "saml.assertion.remove",
    stage="content",
    fault_class="parser",
    touches=("Response/Assertion", "Response/Signature"),
)
def assertion_remove(message: SamlMessage, params: Params) -> str:
    """The signed Response reports success and holds no Assertion."""
    del params
    remove(message.assertion)
    message.sign_response, message.sign_assertion = True, False
    return "The Assertion was removed."


@fault("saml.subject.remove", stage="content", fault_class="identity", touches=(_SUBJECT,))
def subject_remove(message: SamlMessage, params: Params) -> str:
    """The Assertion has no Subject, so it is about nobody."""
    del params
    remove(message.one("saml:Assertion/saml:Subject"))
    return "The Subject was removed."


@fault(
    "saml.subject-confirmation.remove",
    stage="content",
    fault_class="recipient",
    touches=(f"{_SUBJECT}/SubjectConfirmation",),
)
def subject_confirmation_remove(message: SamlMessage, params: Params) -> str:
    """The Subject has no SubjectConfirmation: nothing says where, until when and to what it may be used."""
    del params
    remove(message.one("saml:Assertion/saml:Subject/saml:SubjectConfirmation"))
    return "The SubjectConfirmation was removed."


@fault(
    "saml.subject-confirmation.data-remove",
    stage="content",
    fault_class="recipient",
    touches=(CONFIRMATION_PATH,),
)
def subject_confirmation_data_remove(message: SamlMessage, params: Params) -> str:
    """The bearer SubjectConfirmation has no SubjectConfirmationData."""
    del params
    remove(message.one(CONFIRMATION))
    return "The SubjectConfirmationData was removed."


@fault(
    "saml.authn-statement.remove",
    stage="content",
    fault_class="session",
    touches=("Response/Assertion/AuthnStatement",),
)
def authn_statement_remove(message: SamlMessage, params: Params) -> str:
    """The Assertion has no AuthnStatement: it does not say that anybody signed in."""
    del params
    remove(message.one("saml:Assertion/saml:AuthnStatement"))
    return "The AuthnStatement was removed."
