"""Signing in at the IdP: `begin` asks for a login where it is needed; steps are in `okta` and `entra`."""

from __future__ import annotations

from flask import Flask

from mock_idp.login_pages import continued, entra, okta, okta_authn, one_step
from mock_idp.login_pages.accounts import accounts, current, set_cookie, sign_out
from mock_idp.login_pages.continued import begin, recognised, silent_problem
from mock_idp.login_pages.okta_authn import redeemed

__all__ = [
    "accounts",
    "begin",
    "current",
    "recognised",
    "redeemed",
    "register",
    "set_cookie",
    "sign_out",
    "silent_problem",
]


def register(app: Flask) -> None:
    """Serve the login steps of every vendor."""
    for pages in (continued.pages, okta.pages, entra.pages, okta_authn.pages, one_step.pages()):
        app.register_blueprint(pages)
