"""What a login step asks for beyond who is logged in: words that a page must not show or run, and no loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.catalogue.verbs import Login
from conformance.checks.pages import visits
from conformance.judge import judge_state
from conformance.model import Check, Level
from conformance.steps.attempt import Attempt
from conformance.steps.landing import judge_inert
from conformance.steps.questions import hidden_words

_REQUEST = {"saml": "SAMLRequest", "oidc": "state"}
"""The parameter that each standard's request to the IdP has and nothing else."""


def judge_page(
    title: str, args: Login, attempt: Attempt, names: Mapping[str, Any], level: Level
) -> Iterator[Check]:
    """Judge the page at which the login came to rest, and the way there."""
    text = attempt.seen.text if attempt.seen else ""
    yield from hidden_words(title, args.hides, names, text, level)
    yield from judge_inert(title, args.inert, attempt.agent.page, level)
    if args.shorter_than:
        length = len(attempt.agent.page.text)
        expected = f"a page of fewer than {args.shorter_than} characters"
        yield judge_state(title, expected, expected if length < args.shorter_than else f"{length}", level)
    if args.round_trips:
        made = visits(attempt.agent.trace, attempt.arena.tenant.base_url, _REQUEST[attempt.arena.protocol])
        expected = f"at most {args.round_trips} requests to the IdP"
        yield judge_state(
            title, expected, expected if made <= args.round_trips else f"{made} requests", level
        )
