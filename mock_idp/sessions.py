"""Who is signed in at a tenant, and the logins under way. The pages are in `login_pages`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

from flask.typing import ResponseReturnValue

from mock_idp.apps import App, names_of
from mock_idp.armoury import LoginFacts
from mock_idp.personas import Persona

if TYPE_CHECKING:
    from mock_idp.tenants import Tenant  # which keeps what is defined here


@dataclass(frozen=True)
class Session:
    """An IdP session: its name in the cookie, whose it is, when the password was given, and whether a second
    factor has been. `idp` is the other identity provider that vouched, empty for a password."""

    id: str
    persona_id: str
    started: datetime
    second_factor: bool = False
    idp: str = ""


class SignIn(NamedTuple):
    """A person who is signed in at this moment. `at` is when the password was given."""

    persona: Persona
    at: datetime
    session_id: str
    second_factor: bool = False
    idp: str = ""


class Asked(Protocol):
    """What a pending login was asked by: data only, because any process may have to answer it."""

    def answer(self, tenant: Tenant, sign_in: SignIn) -> ResponseReturnValue:
        """Answer for the person who has signed in."""


class Consenting(Protocol):
    """What a person may be asked to consent to: data only, as `Asked`."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The permissions that the application wants."""

    @property
    def asks_consent(self) -> bool:
        """Whether the request itself wants the person to be asked."""

    def decline(self, tenant: Tenant, sign_in: SignIn) -> ResponseReturnValue:
        """Answer for a person who has said no."""


@dataclass(frozen=True)
class PendingLogin:
    """A request that waits for its sender to sign in; `asked` answers it once they have.

    Attributes:
        force: a session of before does not count.
        pick: the person is to choose among the accounts of the browser, if there are any.
        consent: what the person may be asked to consent to.
        handle: names the login under way, from its first page on.
        persona_id: who it is, once that is known: by the password, or by the session.
        session_id: the session of before that the login is answered with; None means a new one.
        picked: the account has been chosen.
        factor: the second factor that was chosen.
        verified: a second factor has been presented.
        keep: the answer to "Stay signed in?"; None means that nobody has answered.
        consented: the answer to the page of consent.
        idp: the other identity provider that is asked for, or that has vouched.
    """

    app: App
    attempt: str | None
    asked: Asked
    force: bool = False
    login_hint: str = ""
    pick: bool = False
    consent: Consenting | None = None
    handle: str = ""
    persona_id: str | None = None
    session_id: str | None = None
    picked: bool = False
    factor: str = ""
    verified: bool = False
    keep: bool | None = None
    consented: bool | None = None
    idp: str = ""


def login_facts(persona: Persona, app: App, login_hint: str, relay_state: str | None = None) -> LoginFacts:
    """What standing orders for faults compare; see `armoury.MATCHABLE`."""
    return {
        "persona": (persona.id, persona.login),
        "app": names_of(app),
        "login_hint": (login_hint,) if login_hint else (),
        "relay_state": (relay_state,) if relay_state else (),
    }
