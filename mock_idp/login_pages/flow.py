"""The pages of a login once it is known who signs in: each says whether it is due, what it shows, and what
its form makes of the login. A vendor's are a list in the order in which they come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from flask.typing import ResponseReturnValue

from mock_idp.login_pages.steps import page, stale
from mock_idp.personalities.oidc_problems import Problem
from mock_idp.personas import Persona
from mock_idp.sessions import PendingLogin
from mock_idp.tenants import Tenant


class WrongAnswerError(Exception):
    """What was typed or chosen will not do; the message is the vendor's sentence on the page."""


class Step(Protocol):
    """A page of a login."""

    @property
    def path(self) -> str:
        """Where its form goes: the end of the URL. Steps may share one."""

    @property
    def template(self) -> str:
        """The page."""

    @property
    def silently(self) -> Problem:
        """Why a login without pages (`prompt=none`) fails where this one would be due."""

    def due(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> bool:
        """Whether the login cannot go on without it."""

    def shown(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> Mapping[str, object]:
        """What the page shows besides the login's own values."""

    def read(
        self, tenant: Tenant, pending: PendingLogin, persona: Persona, answers: Mapping[str, str]
    ) -> PendingLogin:
        """The login with the form's answers. Raises WrongAnswerError."""


@dataclass(frozen=True)
class Flow:
    """The steps of one vendor, and what it does once none is due: `finish` ends the login."""

    steps: tuple[Step, ...]
    finish: Callable[[Tenant, PendingLogin], ResponseReturnValue]

    def due(self, tenant: Tenant, pending: PendingLogin) -> Step | None:
        """The next page; None when nothing is left to ask, or when it is not known yet who signs in."""
        persona = tenant.personas.get(pending.persona_id or "")
        if persona is None:
            return None
        return next((step for step in self.steps if step.due(tenant, pending, persona)), None)

    def answered(
        self, tenant: Tenant, pending: PendingLogin, path: str, answers: Mapping[str, str]
    ) -> PendingLogin:
        """The login with what was posted to `path`; it is kept. Answers to a page that is not due do nothing.

        Raises WrongAnswerError."""
        step = self.due(tenant, pending)
        if step is None or step.path != path:
            return pending
        pending = step.read(tenant, pending, tenant.personas[pending.persona_id or ""], answers)
        tenant.logins.put(pending.handle, pending)
        return pending

    def take(
        self, tenant: Tenant, pending: PendingLogin, path: str, answers: Mapping[str, str]
    ) -> ResponseReturnValue:
        """Go on after a form: its own page again, with the error, or what comes next."""
        if pending.persona_id not in tenant.personas:
            return stale(tenant)
        try:
            return self.onward(tenant, self.answered(tenant, pending, path, answers))
        except WrongAnswerError as error:
            return self.onward(tenant, pending, error=str(error))

    def onward(
        self, tenant: Tenant, pending: PendingLogin, *, error: str | None = None
    ) -> ResponseReturnValue:
        """The next page, or the end of the login."""
        persona = tenant.personas.get(pending.persona_id or "")
        if persona is None:
            return page(tenant, pending, tenant.personality.first_page, login=pending.login_hint)
        step = self.due(tenant, pending)
        if step is None:
            return self.finish(tenant, pending)
        shown = step.shown(tenant, pending, persona)
        return page(tenant, pending, step.template, login=persona.login, error=error, **shown)
