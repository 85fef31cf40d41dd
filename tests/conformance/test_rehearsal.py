"""Rehearsals: calendars that cannot be meant are refused, and the report names the telling days."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from conformance.catalogue.rehearsal import Rehearsal
from conformance.report.calendars import calendars_of, sentence

CALENDAR = [{"day": day, "event": "It is a day."} for day in (0, 90, 91)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"stops_on": 80, "starts_again_on": 91}, "no day of the calendar"),
        ({"stops_on": 90}, "starts_again_on: never"),
        ({"stops_on": 91, "starts_again_on": 90}, "must be later"),
        ({"stops_on": 0, "starts_again_on": 90}, "control"),
        ({"stops_on": "never", "says": ["x"]}, "never stop"),
        ({"stops_on": "never", "calendar": [CALENDAR[1], CALENDAR[0]]}, "go forward"),
    ],
)
def test_a_calendar_that_cannot_be_meant(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Rehearsal.model_validate({"calendar": CALENDAR, **changes})


def test_the_days_between_refuse() -> None:
    played = Rehearsal.model_validate({"calendar": CALENDAR, "stops_on": 90, "starts_again_on": 91})
    assert [played.admits(day) for day in (0, 89, 90, 91, 400)] == [True, True, False, True, True]


def test_the_report_names_the_days_and_the_first_refusal() -> None:
    login = {"who": "alice", "kind": "user", "in": False, "expected": "refused", "code": "signature-invalid"}
    days = [{"day": 90, "event": "E", "by": "IdP", "logins": [{**login, "words": "Not \u202esigned."}]}]
    content = {
        "calendars": [{"stops_on": 90, "starts_again_on": "never", "metadata": "refresh", "days": days}]
    }
    (calendar,) = calendars_of(json.dumps(content).encode())
    assert calendar.sentence == "Logins stop on day 90, and do not start again"
    assert (calendar.mode, calendar.columns) == ("metadata refreshed", ["user alice"])
    assert calendar.days[0].words == "signature-invalid: Not \\u202esigned."
    assert sentence({"stops_on": "never"}) == "Logins never stop"
