"""Where a browser ends: after a login on the platform, and after logging out on a page of the IdP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.agents.protocol import Page, UserAgent
from conformance.catalogue.verbs import Logout, LogOutAtIdp
from conformance.checks.observe import origin
from conformance.checks.pages import left_platform, live_words
from conformance.judge import judge_state, unsaid
from conformance.model import Check, Level


def judge_landing(
    agent: UserAgent, address: str, idp: str, level: Level, *, exactly: bool
) -> Iterator[Check]:
    """Judge where a login that began at `address` sent the browser; `exactly`: it must end there again."""
    platform = origin(address)
    outside = left_platform(agent.trace, platform, idp)
    title = "where the platform sends the browser"
    yield judge_state(title, platform, outside or platform, level)
    if exactly:
        yield judge_state("where the login ends", address, agent.page.url, level)


def judge_inert(title: str, words: Sequence[str], page: Page, level: Level) -> Iterator[Check]:
    """Judge that these words stand nowhere in the page where a browser would run them."""
    if words:
        live = live_words(page, words)
        expected = f"{', '.join(words)} stands nowhere where it would run"
        yield judge_state(title, expected, f"{', '.join(live)} would run" if live else expected, level)


def judge_logout_end(page: Page, args: Logout, idp: str, level: Level) -> Iterator[Check]:
    """Judge whose page a logout from the platform ends on, and what it names; nothing where nobody asks."""
    if not args.ends_at:
        return
    observed = "idp" if origin(page.url) == origin(idp) else "platform"
    if (page.status >= 400) != (observed == "idp"):
        observed += f", with status {page.status}"
    if unsaid(args.says, page.text):
        observed += ", without naming what is expected"
    yield judge_state("where logging out ends", args.ends_at, observed, level, note=page.text[:200])


def judge_idp_logout(page: Page, args: LogOutAtIdp, level: Level) -> Check:
    """Judge the page that the IdP's logout address shows: whether it refused, and what it names."""
    observed = "refused" if page.status >= 400 else "ended"
    if unsaid(args.says, page.text):
        observed += ", without naming the cause"
    return judge_state(
        args.title or "logging out at the IdP", args.expect, observed, level, note=page.text[:200]
    )
