"""Say what a login attempt led to. The oracle is the identity in the session, never a status code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from conformance.agents.protocol import CrashedError, Exchange, NoAnswerError, Page, UserAgent
from conformance.model import Observation, Outcome, Place
from conformance.targets.protocol import TargetSession

_IDP_CODES = re.compile(r"AADSTS\d{4,7}|\bE0000\d{3}\b")
_OAUTH_ERRORS = re.compile(
    r"\b(invalid_request|invalid_client|unauthorized_client|access_denied|invalid_scope|server_error)\b"
)


def origin(url: str) -> str:
    """Return scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def observe(agent: UserAgent, session: TargetSession, idp_url: str) -> Observation:
    """Say what the login that `agent` has just tried led to.

    `idp_url` is the address of the IdP: a page below it means that the login ended there.
    Raises TargetError when the platform does not say who is logged in.
    """
    page = agent.page
    try:
        identities = session.whoami(agent)
    except NoAnswerError as error:
        return unanswered(agent, idp_url, error)
    except CrashedError as error:
        return crashed(agent, idp_url, error)
    if identities:
        return Observation(Outcome.ADMITTED, Place.SESSION, identities, url=page.url)
    place = _place(agent.trace, page.url, idp_url)
    failing = _server_error(agent.trace, page, idp_url)
    if failing:
        return Observation(Outcome.CRASHED, place, code=f"HTTP {failing}", text=page.text[:500], url=page.url)
    code, text = _why(page, session, place)
    return Observation(Outcome.REFUSED, place, code=code, text=text[:500], url=page.url)


def unanswered(agent: UserAgent, idp_url: str, error: NoAnswerError) -> Observation:
    """The observation of an attempt that ran into the time limit."""
    return Observation(Outcome.NO_ANSWER, _last_place(agent, idp_url), text=str(error)[:500])


def crashed(agent: UserAgent, idp_url: str, error: CrashedError) -> Observation:
    """The observation of an attempt that ended in a broken connection."""
    return Observation(
        Outcome.CRASHED, _last_place(agent, idp_url), code="broken connection", text=str(error)[:500]
    )


def _last_place(agent: UserAgent, idp_url: str) -> Place:
    last = agent.trace[-1].url if agent.trace else ""
    return _place(agent.trace, last, idp_url)


def _place(trace: Sequence[Exchange], last_url: str, idp_url: str) -> Place:
    if last_url.startswith(idp_url):
        return Place.IDP
    if any(exchange.url.startswith(idp_url) for exchange in trace):
        return Place.ENDPOINT
    return Place.BEFORE_REDIRECT


def _server_error(trace: Sequence[Exchange], page: Page, idp_url: str) -> int:
    """Return a 5xx that the platform answered with on the way, or 0; a later page does not undo it.

    What the IdP answers says nothing about the platform.
    """
    statuses = [e.status for e in trace if not e.url.startswith(idp_url)]
    statuses += [] if page.url.startswith(idp_url) else [page.status]
    return next((status for status in statuses if status is not None and status >= 500), 0)


def _why(page: Page, session: TargetSession, place: Place) -> tuple[str, str]:
    refusal = session.refusal(page)
    if refusal is not None:
        return refusal.code, refusal.text
    if place is Place.IDP:
        found = _IDP_CODES.search(page.text) or _OAUTH_ERRORS.search(page.text)
        return (found[0] if found else page.title), page.text
    return page.title, page.text
