"""Control logins: the same person, the same way, without a fault; and which signing baselines admit them."""

from __future__ import annotations

from conformance.model import BASELINES, Account, Observation, Outcome, Run
from conformance.steps.arena import Arena
from conformance.steps.attempt import Attempt
from conformance.steps.stage import Stage


def control_login(stage: Stage, arena: Arena, account: Account, agent_name: str) -> Observation:
    """Log this person in without a fault; the result is kept for the arena's other cases."""
    key = (arena.session.name, account.kind, account.id, agent_name)
    if key not in stage.controls:
        with stage.browsers[agent_name].one() as agent:
            stage.controls[key] = Attempt("control", agent, arena, account.kind, account.id).run().observed()
    return stage.controls[key]


def refused_baseline(stage: Stage, run: Run) -> str:
    """Negotiate what the IdP signs: say why this run's baseline is none for the target; empty when it is one.

    A shape that the target refuses anyway would prove nothing about an attack that is made from it. Where no
    baseline is admitted at all, the target is not set up: that is left to the control.
    """
    if not run.case.baseline:
        return ""
    if run.personality not in stage.baselines:
        stage.baselines[run.personality] = tuple(
            baseline for baseline in BASELINES if _admits(stage, run.personality, baseline)
        )
    admitted = stage.baselines[run.personality]
    if not admitted or run.case.baseline in admitted:
        return ""
    return (
        f"target {stage.target.name} does not admit the signing baseline `{run.case.baseline}`, "
        f"of which this attack is made; it admits: {', '.join(admitted)}"
    )


def _admits(stage: Stage, personality: str, baseline: str) -> bool:
    somebody = next(account for account in stage.roster if account.kind == "user")
    arena = stage.shared_arena(personality, "saml", baseline)
    return control_login(stage, arena, somebody, "http").outcome is Outcome.ADMITTED
