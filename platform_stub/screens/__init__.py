"""The portal's pages for people who have signed in. The login pages are in ``platform_stub.login``."""

from flask import Flask

from platform_stub.context import PlatformContext
from platform_stub.protocols import Protocols
from platform_stub.screens import accounts, audit_trail, billing, home, recovery, security, trials


def register(app: Flask, ctx: PlatformContext, protocols: Protocols) -> None:
    """Add every page."""
    home.register(app, ctx)
    billing.register(app, ctx)
    security.register(app, ctx)
    accounts.register(app, ctx)
    audit_trail.register(app, ctx)
    trials.register(app, ctx, protocols)
    recovery.register(app, ctx)
