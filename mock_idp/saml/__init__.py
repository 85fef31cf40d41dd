"""SAML 2.0: single sign-on and metadata. Single logout and encrypted assertions are not offered."""

from __future__ import annotations

from flask import Flask

from mock_idp.saml.routes import routes


def register(app: Flask) -> None:
    """Serve the SAML URLs of every vendor."""
    app.register_blueprint(routes)
