"""Verbs about what is sent: messages, logout tokens, token requests, and endpoints that hang."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, TypeAdapter

from conformance.catalogue.ask import Verb
from conformance.catalogue.sent import SentMessages

BACK_CHANNEL_LOGOUT = "back-channel-logout"
"""The question of a target file that delivers a logout token, `{logout_token}`."""


class BackChannelLogout(Verb):
    """Log in, and deliver a logout token of the IdP for that session, as the IdP's own program would.

    `ended` is a success and no session afterwards, `refused` the status 400 and a session that lives on
    (Back-Channel
    Logout 1.0 section 2.8). `fault` makes the token wrong.
    """

    who: str = Field(alias="as")
    fault: dict[str, Any] | None = None
    expect: Literal["ended", "refused"]
    title: str = ""


class TokenRequests(Verb):
    """How often the platform asked a token endpoint: in the last login, or ever at the `second` IdP."""

    at: Literal["own", "second"] = "own"
    times: int = Field(ge=0)
    title: str = ""


class HangingLogins(Verb):
    """Several people's logins at once run into the same `fault`, and somebody else logs in meanwhile.

    All of the others must end, refused, within the time limit; HTTP only, because a Chromium has one hand.
    """

    who: str = Field(alias="as")
    fault: dict[str, Any]
    times: int = Field(ge=1, le=32)
    meanwhile: str
    """Who logs in while the others wait, and must be admitted."""
    title: str = ""


Certificate = Literal["good", "expired", "wrong-host", "self-signed"]
"""Save the token endpoint at an https address with such a certificate, in front of the IdP's own.

`good` is the control. The platform must trust the suite's authority, as one that the suite starts does.
"""

FLOW_VERBS: dict[str, TypeAdapter[object]] = {
    "sent": TypeAdapter(SentMessages),
    "back_channel_logout": TypeAdapter(BackChannelLogout),
    "token_requests": TypeAdapter(TokenRequests),
    "hanging_logins": TypeAdapter(HangingLogins),
    "certificate": TypeAdapter(Certificate),
}
"""These verbs and the shape of their argument."""
