"""The test clock: it runs ahead for one client's requests only, and nowhere but on this computer."""

from datetime import timedelta

import pytest
from flask import Flask, g

from platform_stub.cli import commands
from platform_stub.clock import SystemClock, TestClock, earliest
from platform_stub.store import Client

DAY = timedelta(days=1)


def client(number: int) -> Client:
    return Client(number, f"c{number}", "", single_sign_on_flag=True, sso_enabled=True, revision=1)


def test_one_client_runs_ahead_and_nobody_else() -> None:
    clock, real = TestClock(), SystemClock()
    clock.run_ahead(1, 90 * DAY)
    with Flask("clock").app_context():
        assert abs(clock.now() - real.now()) < DAY
        g.client = client(2)
        assert abs(clock.now() - real.now()) < DAY
        g.client = client(1)
        assert clock.now() - real.now() > 89 * DAY
        assert abs(earliest(clock) - real.now()) < DAY
    with pytest.raises(ValueError, match="runs ahead or not at all"):
        clock.run_ahead(1, -DAY)


def test_it_is_refused_where_others_can_reach_the_platform() -> None:
    from click import UsageError

    with pytest.raises(UsageError, match="this computer only"):
        commands.main(["serve", "--host", "0.0.0.0", "--test-clock"], standalone_mode=False)  # noqa: S104 - refused
