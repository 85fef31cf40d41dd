"""The part of the Security tab that safe mode adds: its values for the template."""

from dataclasses import dataclass

from platform_stub.safe_mode import gate, is_on, trials
from platform_stub.safe_mode.readiness import REASONS
from platform_stub.screens.trials import facts
from platform_stub.screens.visit import Visit


@dataclass(frozen=True)
class Panel:
    """What the template shows: the report, each test with the facts that came back, and a new test's link."""

    report: gate.Readiness
    tests: list[tuple[trials.Standing, list[tuple[str, str]]]]
    reasons: dict[str, str]
    offered: str = ""
    offered_surface: str = ""


def panel(visit: Visit, *, offered: str = "", offered_surface: str = "") -> Panel | None:
    """Return safe mode's part of the Security tab; None where there is no safe mode."""
    if not is_on(visit.ctx, visit.client):
        return None
    with visit.ctx.store.read() as tx:
        config = tx.configurations.current(visit.client)
        report = gate.assess(visit.ctx, tx, visit.client, config, visit.session.account)
    tests = [(one, facts(one.trial) if one.trial else []) for one in report.tests]
    return Panel(report, tests, REASONS, offered, offered_surface)
