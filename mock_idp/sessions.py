"""Who is signed in at a tenant, and the logins under way. The pages are in `login_pages`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from flask.typing import ResponseReturnValue

from mock_idp.apps import App, names_of
from mock_idp.armoury import LoginFacts
from mock_idp.personas import Persona

if TYPE_CHECKING:
    from mock_idp.tenants import Tenant  # which keeps what is defined here


@dataclass(frozen=True)
class Session:
    """An IdP session: the cookie's value, whose it is, and when the password was given."""

    id: str
    persona_id: str
    started: datetime


@dataclass(frozen=True)
class SignIn:
    """A person who is signed in at this moment. `at` is when the password was given."""

    persona: Persona
    at: datetime
    session_id: str


class Asked(Protocol):
    """What a pending login was asked by: data only, because any process may have to answer it."""

    def answer(self, tenant: Tenant, sign_in: SignIn) -> ResponseReturnValue:
        """Answer for the person who has signed in."""


@dataclass(frozen=True)
class PendingLogin:
    """A request that waits for its sender to sign in; `asked` answers it once they have."""

    app: App
    attempt: str | None
    asked: Asked
    force: bool = False
    login_hint: str = ""
    handle: str = ""  # of the login under way, from its first page on
    persona_id: str | None = None  # set once the password was right


def login_facts(persona: Persona, app: App, login_hint: str, relay_state: str | None = None) -> LoginFacts:
    """What standing orders for faults compare; see `armoury.MATCHABLE`."""
    return {
        "persona": (persona.id, persona.login),
        "app": names_of(app),
        "login_hint": (login_hint,) if login_hint else (),
        "relay_state": (relay_state,) if relay_state else (),
    }
