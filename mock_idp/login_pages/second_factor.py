"""The second factor, whichever vendor asks for it: when it is wanted, how a code is sent, which is right.

What is sent by SMS or e-mail is the code of the authenticator app, in the journal, and good for longer. How
long, and that a code may be used twice, is unconfirmed.
"""

from __future__ import annotations

from mock_idp.login_pages.steps import note_failure
from mock_idp.one_time_codes import SECONDS, code_of, is_code_of
from mock_idp.personas import Factor, Persona
from mock_idp.sessions import PendingLogin
from mock_idp.tenants import Tenant

SENT_IS_GOOD_FOR = 300  # seconds


def is_wanted(tenant: Tenant, pending: PendingLogin) -> bool:
    """Whether the tenant asks for a second factor that has not been presented."""
    return tenant.settings.access_policy == "mfa" and not pending.verified


def send(tenant: Tenant, pending: PendingLogin, persona: Persona, factor: Factor) -> None:
    """Send the code where the factor is one that is sent to: the journal has it."""
    if factor == "app":
        return
    tenant.journal.record(
        "login.code_sent",
        summary=f"A code was sent to {persona.id} by {factor}.",
        attempt=pending.attempt,
        app=pending.app.name,
        persona=persona.id,
        detail={"factor": factor, "code": code_of(persona, tenant.clock.timestamp())},
    )


def is_right(tenant: Tenant, pending: PendingLogin, persona: Persona, factor: Factor, code: str) -> bool:
    """Whether the code is the person's of now; a wrong one is journalled."""
    good_for = SECONDS if factor == "app" else SENT_IS_GOOD_FOR
    right = is_code_of(persona, code, tenant.clock.timestamp(), good_for=good_for)
    if not right:
        note_failure(tenant, pending, f"A wrong code for {persona.id}.", persona)
    return right
