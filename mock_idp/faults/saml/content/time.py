"""Faults in the validity of a SAML assertion (SAML Core section 2.5.1, SAML Profiles section 4.1.4.2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from mock_idp.clock import instant_ms
from mock_idp.faults.model import Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.content.addressing import CONFIRMATION, CONFIRMATION_PATH
from mock_idp.faults.saml.message import SamlMessage, replace_attribute

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


@fault(
    "saml.time.ended",
    stage="content",
    fault_class="time",
    params={"seconds": Param("integer")},
    touches=(*WINDOW, f"{CONFIRMATION_PATH}/@NotOnOrAfter"),
)
def ended(message: SamlMessage, params: Params) -> str:
    """Conditions and bearer confirmation ended so many seconds ago."""
    end = message.now - timedelta(seconds=int(params["seconds"]))
    moved = _move(message, from_=end - timedelta(minutes=10), until=end)
    return f"{moved} {replace_attribute(message.one(CONFIRMATION), 'NotOnOrAfter', instant_ms(end))}"


@fault(
    "saml.time.not-begun",
    stage="content",
    fault_class="time",
    params={"seconds": Param("integer")},
    touches=(*WINDOW, f"{CONFIRMATION_PATH}/@NotOnOrAfter"),
)
def not_begun(message: SamlMessage, params: Params) -> str:
    """The conditions begin in so many seconds, and the bearer confirmation lasts as long as they do."""
    begin = message.now + timedelta(seconds=int(params["seconds"]))
    end = begin + timedelta(minutes=10)
    moved = _move(message, from_=begin, until=end)
    return f"{moved} {replace_attribute(message.one(CONFIRMATION), 'NotOnOrAfter', instant_ms(end))}"


@fault(
    "saml.subject-confirmation.unlimited",
    stage="content",
    fault_class="time",
    touches=(f"{CONFIRMATION_PATH}/@NotOnOrAfter",),
)
def subject_confirmation_unlimited(message: SamlMessage, params: Params) -> str:
    """The bearer confirmation has no NotOnOrAfter, so the assertion could be delivered for ever."""
    del params
    was = message.one(CONFIRMATION).attrib.pop("NotOnOrAfter")
    return f"NotOnOrAfter, which was {was}, was removed from SubjectConfirmationData."


def _move_window(message: SamlMessage, *, from_: timedelta, until: timedelta) -> str:
    return _move(message, from_=message.now + from_, until=message.now + until)


def _move(message: SamlMessage, *, from_: datetime, until: datetime) -> str:
    conditions = message.one(CONDITIONS)
    begins = replace_attribute(conditions, "NotBefore", instant_ms(from_))
    ends = replace_attribute(conditions, "NotOnOrAfter", instant_ms(until))
    return f"{begins} {ends}"
