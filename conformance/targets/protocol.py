"""What the suite needs to be able to do with a platform: the contract that every target adapter fulfils."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from conformance.agents.protocol import Page, UserAgent
from conformance.model import Account, Identity
from conformance.targets.schema import BrowserForm, Question


class TargetError(Exception):
    """The adapter could not operate the platform: never a verdict about single sign-on."""


class MissingCapabilityError(Exception):
    """The target file has no such verb: the case is not applicable, and this says why."""


@dataclass(frozen=True, slots=True)
class ServiceProvider:
    """The values that an admin copies from the platform into the IdP (See Instructions)."""

    user_acs: str
    audience: str
    user_redirect: str
    agent_acs: str = ""
    """Empty, as the one below, where the platform has no surface for agents."""
    agent_redirect: str = ""
    encryption_certificate: str = ""
    """What assertions may be encrypted for, as PEM; empty where the platform decrypts none."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a page says about why somebody is not let in."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform answered to a question of the target file."""

    status: int
    text: str
    """The body as it came: a page's HTML, or JSON."""
    fields: Mapping[str, Any]
    """What the question yields, by name, and `status`; None where the answer does not have it."""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What a login at the public API led to: a session's id, or why there is none."""

    status: int
    session: str = ""
    code: str = ""
    text: str = ""


class TargetSession(Protocol):
    """One platform client (tenant) under test, with an admin's session held open."""

    name: str

    def add_accounts(self, accounts: Sequence[Account]) -> None:
        """Create users and agents with their e-mails and passwords."""

    def info(self) -> ServiceProvider:
        """Return what See Instructions shows."""

    def configure_sso(self, protocol: str, values: Mapping[str, str]) -> None:
        """Save the IdP's parameters; a value may be empty. Never touches the switch."""

    def import_metadata_text(self, document: str) -> str:
        """Let the platform take SAML metadata as a text, and save it; answers as `import_metadata` does."""

    def import_metadata(self, url: str) -> str:
        """Let the platform read SAML metadata from this address, and save what it found there.

        Returns "", or the platform's sentence about metadata that it does not take.
        """

    def set_clock(self, ahead_seconds: int) -> None:
        """Let the platform's clock run ahead of the real time, for this platform client at least."""

    def metadata_mode(self, mode: str) -> None:
        """Choose whether SAML metadata is imported once (`import_once`) or read again (`refresh`)."""

    def read_config(self) -> Mapping[str, Any]:
        """Return the saved configuration as the platform shows it (secrets masked)."""

    def current_revision(self) -> str:
        """Return the name of the saved revision in force."""

    def restore(self, revision: str) -> None:
        """Bring an earlier saved configuration back into force."""

    def set_sso(self, on: bool) -> None:
        """Turn the Enable Single Sign On switch, as an admin whose session is open."""

    def single_logout(self, idp_logout_url: str) -> tuple[str, str]:
        """Save where the IdP takes logout messages; return the platform's own logout address, and the
        certificate (PEM) of the key that signs what it sends."""

    def recover(self) -> None:
        """Disable single sign-on from outside the client (Customer Care)."""

    def login_url(self, surface: str) -> str:
        """Return the address that users ("user") or agents ("agent") open to log in."""

    def password_fields(self, account: Account) -> Mapping[str, str]:
        """Return the fields of the password form, filled in for this account."""

    def act(self, name: str, account: Account | None, given: Mapping[str, Any]) -> None:
        """Carry out a named act of the target file with these values, whatever the platform answers to it."""

    def form(self, name: str, given: Mapping[str, Any] | None = None) -> BrowserForm:
        """Return a named form with its values filled in, `given` ones too."""

    def entrance(self, name: str, surface: str) -> str:
        """Prepare another beginning of a login and return its address. Raises MissingCapabilityError."""

    def question(self, what: str, given: Mapping[str, Any]) -> Question:
        """Return a question of the file, its page filled in. Raises MissingCapabilityError."""

    def ask(self, question: Question, account: Account | None, given: Mapping[str, Any]) -> Answer:
        """Send a question's requests, as this account where they say who asks.

        Raises CrashedError, NoAnswerError, and TargetError when a request before the last one fails.
        """

    def api_login(self, way: str, account: Account, surface: str, token: str, key: str | None) -> ApiAnswer:
        """Log in at the public API by `password` or `token`, as a `surface` account.

        `key` is another API token than the client's own; "" sends an empty one.
        """

    def api_key(self) -> str:
        """Return the client's API token."""

    def api_identity(self, session: str) -> Identity | None:
        """Ask whose session of the public API this is; None when it is nobody's (any more)."""

    def protected_url(self, surface: str) -> str:
        """Return the address of a page behind the login, not the one on which a login lands by itself."""

    def deep_link_url(self, surface: str, wish: str) -> str:
        """Return the login address that asks to land on `wish`."""

    def whoami(self, agent: UserAgent) -> tuple[Identity, ...]:
        """Ask the platform, in this browser, who is logged in: every open session."""

    def log_out(self, agent: UserAgent, surface: str, wish: str = "") -> None:
        """End the session of this surface as a person would, or by a link that has a wish where to land."""

    def refusal(self, page: Page) -> Refusal | None:
        """Read a refusal page; None when the page is none."""

    def close(self) -> None:
        """Remove what was created, where the platform can."""


class Target(Protocol):
    """A platform under test."""

    name: str
    title: str
    allow_destructive: bool
    capabilities: frozenset[str]
    base_url: str
    registration: Mapping[str, Mapping[Any, Mapping[str, Any]]]
    """Settings of the platform's application at the IdP, by personality and protocol."""

    def ping(self) -> str:
        """Reach the platform and return a short description; raises TargetError when it cannot be reached."""

    def open(self, label: str) -> TargetSession:
        """Provide a platform client to play in: a fresh one, or the one there is, reset."""

    def close(self) -> None:
        """Give back connections."""
