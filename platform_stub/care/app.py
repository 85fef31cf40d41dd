"""The Flask application of Customer Care's plane."""

from collections.abc import Callable

from flask import Flask

from platform_stub.app import new_app
from platform_stub.care import api, pages
from platform_stub.context import PlatformContext


def create_care_app(ctx: PlatformContext, stop: Callable[[], None]) -> Flask:
    """Return the application; ``stop`` ends the process soon and returns at once."""
    app = new_app()
    api.register(app, ctx, stop)
    pages.register(app, ctx)
    return app
