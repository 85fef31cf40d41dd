"""The portal's JSON API for customers; Customer Care's API is in ``platform_stub.care``."""

from flask import Flask

from platform_stub.api import accounts, description, safe_mode, session, sso
from platform_stub.context import PlatformContext


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add every route of the API."""
    description.register(app)
    session.register(app, ctx)
    accounts.register(app, ctx)
    sso.register(app, ctx)
    safe_mode.register(app, ctx)
