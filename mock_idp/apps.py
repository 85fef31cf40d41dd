"""The applications registered at a tenant, of either protocol. Their URLs are the personality's matter."""

from __future__ import annotations

from mock_idp.oidc_app import GroupsClaim, OidcApp
from mock_idp.saml_app import Assigned, SamlApp, SignedParts

__all__ = ["App", "Assigned", "GroupsClaim", "OidcApp", "SamlApp", "SignedParts", "is_assigned", "names_of"]

App = SamlApp | OidcApp


def is_assigned(app: App, persona_id: str) -> bool:
    """Whether the persona may use the application."""
    return app.assigned == "everyone" or persona_id in app.assigned


def names_of(app: App) -> tuple[str, ...]:
    """Every name by which people know the application: its own, and its client ID or entity ID."""
    return (app.name, app.audience if isinstance(app, SamlApp) else app.client_id)
