"""Okta's groups claim: which groups, in which message, and what more than a hundred of them do."""

from __future__ import annotations

from mock_idp.apps import GroupsClaim
from mock_idp.oidc_app import GroupsIn
from mock_idp.personalities.oidc_base import Login

LIMIT = 100
"""Groups in one claim (documented)."""
NOT_SET_UP = GroupsClaim(include=("userinfo",))
"""Without a groups claim in the application, the scope still gives userinfo the groups."""


def claim(login: Login, message: GroupsIn, *, custom_server: bool) -> dict[str, object]:
    """The claim in `message`, or nothing.

    The org server wants the scope `groups`, and silently leaves the claim out beyond the limit (issues quote
    an error as well). A custom server has no such scope; its claim comes with every login.
    """
    settings = _settings(login, custom_server=custom_server)
    selected = _selected(login, settings)
    if message not in settings.include or not selected or len(selected) > LIMIT:
        return {}
    return {settings.name: selected}


def overflow(login: Login) -> bool:
    """Whether a custom server's claim cannot be worked out, which fails the token request (issues)."""
    settings = _settings(login, custom_server=True)
    in_a_token = "id_token" in settings.include or "access_token" in settings.include
    return in_a_token and len(_selected(login, settings)) > LIMIT


def _settings(login: Login, *, custom_server: bool) -> GroupsClaim:
    wanted = custom_server or "groups" in login.scopes
    return (login.app.groups_claim or NOT_SET_UP) if wanted else GroupsClaim(include=())


def _selected(login: Login, settings: GroupsClaim) -> list[str]:
    return [group for group in login.person.groups if settings.selects(group)]
