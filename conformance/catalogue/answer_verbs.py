"""Verbs about the IdP's answer on its way: held, delivered late, elsewhere or again, or unasked."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from conformance.catalogue.ask import Verb
from conformance.model import Expected, Place


class LoginAtIdp(Verb):
    """Log in from the IdP's side, without a request of the platform (SAML).

    `tile` is the application's link on the IdP's dashboard, `test_button` what Entra's portal calls "Test
    single sign-on", `sso_url` the Single Sign On URL opened as it is, or with what `query` says behind it.
    """

    who: str = Field(alias="as")
    source: Literal["tile", "test_button", "sso_url"] = Field(alias="from")
    query: str = ""
    expect: Expected
    place: Place | None = None
    says: list[str] = Field(default_factory=list)
    fault: dict[str, Any] | None = None
    """A lie of the IdP in this login alone; it must have fired."""
    stays: bool = False
    """Whether the browser must stay on the platform afterwards."""
    browser: Literal["fresh", "same"] = "fresh"
    """`same` is the last login's, with its cookies at the platform; at the IdP it is signed out."""
    title: str = ""


class HoldLogin(Verb):
    """Start a login and stop just before the IdP's answer is delivered to the platform."""

    who: str = Field(alias="as")
    through: str = ""
    """As in `login`."""
    browser: Literal["fresh", "same"] = "fresh"
    """`same` is the last login's, which may have an answer of its own on its way."""


class Deliver(Verb):
    """Deliver what was held, in the same browser, and be judged.

    `to` is the surface and `client` the platform client at whose address it is delivered, where those are not
    the ones that it was made for.
    """

    expect: Expected
    place: Place | None = None
    to: Literal["user", "agent", ""] = ""
    client: Literal["own", "second"] = "own"
    login: Literal["last", "before"] = "last"
    """`before` is the login that was held before the last one, in the same browser."""
    title: str = ""


class DeliverElsewhere(Verb):
    """Deliver what was held in a fresh browser, as an attacker would make a victim's browser do."""

    expect: Expected
    place: Place | None = None
    title: str = ""


class Replay(Verb):
    """Deliver the last login's IdP answer a second time, in the same browser or another.

    `to` is the surface at whose address it is delivered, where that is not the one that it was made for.
    With `inside_login_of` (SAML) that person logs in, and the old assertion is delivered in the place of the
    one in their fresh Response, as somebody without any key could do.
    """

    expect: Expected
    browser: Literal["same", "other"] = "same"
    to: Literal["user", "agent", ""] = ""
    inside_login_of: str = ""
    title: str = ""


class EarlierCookies(Verb):
    """See who is logged in with the cookies that the last login's browser had before it was logged in.

    After a `login` or `login_at_idp` they are those with which it began, after `hold_login` and `deliver`
    those of the moment before the answer arrived. Nothing is sent but the question who is logged in.
    """

    expect: Expected
    title: str = ""
