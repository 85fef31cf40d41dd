"""Faults in the validity of a SAML assertion (SAML Core section 2.5.1, SAML Profiles section 4.1.4.2)."""

from __future__ import annotations

from datetime import timedelta

from mock_idp.clock import instant_ms
from mock_idp.faults.model import Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml_addressing import CONFIRMATION, CONFIRMATION_PATH
from mock_idp.faults.saml_message import SamlMessage, replace_attribute

CONDITIONS = "saml:Assertion/saml:Conditions"
WINDOW = ("Response/Assertion/Conditions/@NotBefore", "Response/Assertion/Conditions/@NotOnOrAfter")
DAY = timedelta(days=1)
"""Far beyond any tolerance for clock skew."""


@fault("saml.conditions.expired", stage="content", fault_class="time", touches=WINDOW)
def conditions_expired(message: SamlMessage, params: Params) -> str:
    """The assertion's conditions ended a day ago."""
    del params
    return _move_window(message, from_=-2 * DAY, until=-DAY)


@fault("saml.conditions.not-yet-valid", stage="content", fault_class="time", touches=WINDOW)
def conditions_not_yet_valid(message: SamlMessage, params: Params) -> str:
    """The assertion's conditions begin in a day."""
    del params
    return _move_window(message, from_=DAY, until=2 * DAY)


@fault(
    "saml.subject-confirmation.expired",
    stage="content",
    fault_class="time",
    touches=(f"{CONFIRMATION_PATH}/@NotOnOrAfter",),
)
def subject_confirmation_expired(message: SamlMessage, params: Params) -> str:
    """The subject could be confirmed until a day ago; the conditions still hold."""
    del params
    return replace_attribute(message.one(CONFIRMATION), "NotOnOrAfter", instant_ms(message.now - DAY))


def _move_window(message: SamlMessage, *, from_: timedelta, until: timedelta) -> str:
    conditions = message.one(CONDITIONS)
    begins = replace_attribute(conditions, "NotBefore", instant_ms(message.now + from_))
    ends = replace_attribute(conditions, "NotOnOrAfter", instant_ms(message.now + until))
    return f"{begins} {ends}"
