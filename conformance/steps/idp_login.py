"""The robot that signs a person in at an identity provider's login pages, in any user agent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.agents.protocol import Page, UserAgent
from conformance.agents.sites import origin

_MAX_STEPS = 12


class Ended(StrEnum):
    """Where signing in ended."""

    LEFT_IDP = "left_idp"
    """The browser came to rest at another origin."""
    HELD = "held"
    """A watcher holds the request that leaves the IdP."""
    REFUSED_AT_IDP = "refused_at_idp"
    """The browser rests at the IdP: an error, a step asked twice, or a page that is no login step."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What signing in led to."""

    ended: Ended
    text: str = ""
    """The visible text of the IdP's page when it refused; "" otherwise."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs in, and what they say to the questions on the way."""

    login: str
    password: str
    code: Callable[[], str] = field(default=str)
    """What their second factor shows when a page asks for it; by default nothing, which no page takes."""
    consents: bool = True
    """Whether they accept that the application gets what it asks for."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One login page as a vendor shapes it: what it shows and what a person does there."""

    name: str
    vendor: str
    fields: Mapping[str, str]
    """Inputs that must be shown, and what goes in: "login", "password" or "code". Empty for a page of
    buttons."""
    buttons: tuple[str, ...] = ()
    """What to press: the first that the page has; the form's own button when it has none of them."""
    says: str = ""
    """Words of the page, where fields or buttons are those of another step, too."""


# Most specific first. Sources: Okta's widget (identifier, credentials.passcode; the classic one has username
# and password), Microsoft's pages (loginfmt, passwd, and #idSIButton9 on every page, "Stay signed in?" too).
_STEPS = (
    _Step("code", "okta", {"credentials.passcode": "code"}, says="Enter code"),
    _Step("choose", "okta", {}, ("Select",), says="with a security method"),
    _Step("both", "okta", {"identifier": "login", "credentials.passcode": "password"}),
    _Step("both", "okta", {"username": "login", "password": "password"}, ("okta-signin-submit",)),
    _Step("login", "okta", {"identifier": "login"}),
    _Step("password", "okta", {"credentials.passcode": "password"}),
    _Step("both", "entra", {"loginfmt": "login", "passwd": "password"}, ("idSIButton9",)),
    _Step("login", "entra", {"loginfmt": "login"}, ("idSIButton9",)),
    _Step("password", "entra", {"passwd": "password"}, ("idSIButton9",)),
    _Step("code", "entra", {"otc": "code"}, ("idSubmit_SAOTCC_Continue",)),
    _Step("account", "entra", {}, ("otherTile",), says="Pick an account"),
    _Step("kind", "entra", {}, ("aadTile",)),
    _Step("consent", "entra", {}, ("idSIButton9",), says="Permissions requested"),
    _Step("stay", "entra", {}, ("idSIButton9",)),
    _Step("stay", "okta", {}, ("Stay signed in",)),
)
_VENDORS = {"okta": "okta", "entra": "entra", "azure": "entra"}


def sign_in(agent: UserAgent, person: Person, *, personality: str = "") -> SignIn:
    """Sign a person in at the IdP page that `agent` shows.

    The steps are recognised by their field names; `personality` ("okta", "entra", "azure") limits them to
    that vendor's. Ends as soon as the browser leaves the page's origin or a watcher holds a request, and
    never does the same step twice. Raises NoAnswerError, CrashedError.
    """
    idp = origin(agent.page.url)
    done: set[tuple[str, str]] = set()
    for _ in range(_MAX_STEPS):
        if agent.held is not None:
            return SignIn(Ended.HELD)
        if origin(agent.page.url) != idp:
            return SignIn(Ended.LEFT_IDP)
        step = _recognise(agent.page, _VENDORS.get(personality, personality))
        if step is None or not done.isdisjoint(_asked(step, agent.page)):
            break
        done |= _asked(step, agent.page)
        _carry_out(agent, step, person)
    return SignIn(Ended.REFUSED_AT_IDP, agent.page.text)


def _recognise(page: Page, vendor: str) -> _Step | None:
    for step in _STEPS:
        if vendor not in ("", step.vendor) or step.says not in page.text:
            continue
        if step.fields and page.fields >= set(step.fields):
            return step
        if not step.fields and page.buttons.intersection(step.buttons):
            return step
    return None


def _asked(step: _Step, page: Page) -> set[tuple[str, str]]:
    """Return what a step asks for. Pages of buttons differ by their text (consent after "stay signed in")."""
    return {(what, "") for what in step.fields.values()} or {(step.name, page.text)}


def _carry_out(agent: UserAgent, step: _Step, person: Person) -> None:
    button = next((name for name in step.buttons if name in agent.page.buttons), "")
    if step.fields:
        agent.submit({name: _value(what, person) for name, what in step.fields.items()}, button)
    elif step.name == "account":  # the person's own tile has their login name for a value
        agent.press(person.login if person.login in agent.page.buttons else button)
    else:
        agent.press("idBtn_Back" if step.name == "consent" and not person.consents else button)


def _value(what: str, person: Person) -> str:
    return person.code() if what == "code" else {"login": person.login, "password": person.password}[what]
