"""The applications registered at a tenant, of either protocol. Their URLs are the personality's matter."""

from __future__ import annotations

from mock_idp.oidc_app import GroupsClaim, OidcApp
from mock_idp.saml_app import Assigned, SamlApp, SignedParts

__all__ = ["App", "Assigned", "GroupsClaim", "OidcApp", "SamlApp", "SignedParts", "is_assigned"]

App = SamlApp | OidcApp


def is_assigned(app: App, persona_id: str) -> bool:
    """Whether the persona may use the application."""
    return app.assigned == "everyone" or persona_id in app.assigned
