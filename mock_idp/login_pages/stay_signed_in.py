"""The question whether the session outlives the browser, which both vendors ask once the login is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mock_idp.personalities.oidc_problems import Problem
from mock_idp.personas import Persona
from mock_idp.sessions import PendingLogin
from mock_idp.tenants import Tenant


@dataclass(frozen=True)
class StaySignedIn:
    """The page; `field` is `yes` for a yes, and `is_usual` says whether it comes where nobody set it up.

    A forced login is not asked."""

    path: str
    template: str
    field: str
    yes: str
    is_usual: bool
    silently: Problem = Problem.LOGIN_REQUIRED

    def due(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> bool:
        """The session is a new one, and nobody has answered."""
        del persona
        setting = tenant.settings.stay_signed_in
        if pending.force or not (self.is_usual if setting == "vendor" else setting == "asked"):
            return False
        return pending.session_id is None and pending.keep is None

    def shown(self, tenant: Tenant, pending: PendingLogin, persona: Persona) -> Mapping[str, object]:
        """Nothing more."""
        del tenant, pending, persona
        return {}

    def read(
        self, tenant: Tenant, pending: PendingLogin, persona: Persona, answers: Mapping[str, str]
    ) -> PendingLogin:
        """Yes or no."""
        del tenant, persona
        return replace(pending, keep=answers.get(self.field) == self.yes)
