"""Choose what to run: cases by glob, personalities and agents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from conformance.model import Case, Plan, Run

_PLANS = tuple(Plan)
_LOGINS = {"meter": 8, "rehearsal": 12}
"""Verbs of many logins, and about how many: several people in two ways, or two people on several days."""


class SelectionError(Exception):
    """A selection that fits nothing; the message says what there is."""


def select(
    cases: Iterable[Case],
    *,
    globs: Sequence[str] = (),
    personalities: Sequence[str] = (),
    agents: Sequence[str] = (),
    classes: Sequence[str] = (),
    plan: Plan = Plan.FULL,
) -> tuple[Run, ...]:
    """Return the runs that fit, the longest first, so that none is still going on when the others are done.

    Raises SelectionError when none fits.
    A glob matches the id, a former id, or an id of a requirement catalogue that the case covers.
    """
    everything = tuple(cases)
    for glob in globs:
        if not any(_fits(case, glob) for case in everything):
            near = get_close_matches(glob.strip("*."), [case.id for case in everything], n=3, cutoff=0.3)
            hint = f"; near: {', '.join(near)}" if near else ""
            raise SelectionError(f"no case fits `{glob}`{hint} (`python -m conformance list` shows all)")
    runs = [
        Run(case, personality, agent)
        for case in everything
        if not globs or any(_fits(case, glob) for glob in globs)
        if not classes or case.cls in classes
        if _PLANS.index(case.plan) <= _PLANS.index(plan)
        for personality in case.personalities
        if not personalities or personality in personalities
        for agent in case.agents
        if not agents or agent in agents
        if personality in case.personalities_in(agent)
    ]
    if not runs:
        raise SelectionError(
            "no case is left: the chosen plan, personality, agent and class fit none of these cases"
        )
    return tuple(sorted(runs, key=length, reverse=True))


def length(run: Run) -> tuple[bool, int]:
    """Order runs by how long they are likely to last: HTTP's before Chromium's, then by their logins."""
    return run.agent == "chromium", sum(_LOGINS.get(step.verb, 1) for step in run.case.steps)


def _fits(case: Case, glob: str) -> bool:
    return any(fnmatchcase(name, glob) for name in (case.id, case.row, *case.was, *case.covers))
