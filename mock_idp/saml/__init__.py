"""SAML 2.0: single sign-on, single logout and metadata."""

from __future__ import annotations

from flask import Flask

from mock_idp.saml import profile_routes
from mock_idp.saml.routes import routes


def register(app: Flask) -> None:
    """Serve the SAML URLs of every vendor."""
    app.register_blueprint(routes)
    app.register_blueprint(profile_routes.blueprint())
