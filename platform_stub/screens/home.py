"""Where a login ends: the user's home page and the agent's desktop."""

from functools import partial

from flask import Flask, Response

from platform_stub.context import PlatformContext
from platform_stub.screens.visit import enter
from platform_stub.store import Surface


def register(app: Flask, ctx: PlatformContext) -> None:
    """Add the pages."""
    app.add_url_rule("/<code>/home", "home", partial(_home, ctx))
    app.add_url_rule("/<code>/agent", "agent", partial(_agent, ctx))


def _home(ctx: PlatformContext, code: str) -> Response:
    return enter(ctx, code, None, Surface.USER).page("home.html", tab="home")


def _agent(ctx: PlatformContext, code: str) -> Response:
    return enter(ctx, code, None, Surface.AGENT).page("agent.html")
