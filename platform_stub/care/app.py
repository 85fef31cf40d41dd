"""The Flask application of Customer Care's plane."""

from collections.abc import Callable

from flask import Flask

from platform_stub.app import new_app
from platform_stub.care import api, pages, platforms
from platform_stub.context import PlatformContext


def create_care_app(
    ctx: PlatformContext, stop: Callable[[], None], open_another: platforms.Open | None = None
) -> Flask:
    """Return the application; ``stop`` ends the process soon and returns at once.

    With ``open_another`` the API opens further platforms.
    """
    app = new_app()
    api.register(app, ctx, stop)
    if open_another is not None:
        platforms.register(app, ctx, open_another)
    pages.register(app, ctx)
    return app
