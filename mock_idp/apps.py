"""The applications registered at a tenant, as data. Their URLs are the personality's matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Assigned = tuple[str, ...] | Literal["everyone"]
SignedParts = Literal["assertion", "response", "both"]


@dataclass(frozen=True)
class SamlApp:
    """A SAML service provider. `acs_urls[0]` is the default; `name_id_format` None and `sign` None mean the
    vendor's default. `audience` is the service provider's entity ID."""

    name: str
    acs_urls: tuple[str, ...]
    audience: str
    assigned: Assigned
    name_id_format: str | None = None
    sign: SignedParts | None = None

    protocol: Literal["saml"] = "saml"


@dataclass(frozen=True)
class OidcApp:
    """An OpenID Connect relying party; without a secret it is a public client."""

    name: str
    client_id: str
    client_secret: str | None
    redirect_uris: tuple[str, ...]
    assigned: Assigned
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    pkce_required: bool = False
    post_logout_redirect_uris: tuple[str, ...] = ()

    protocol: Literal["oidc"] = "oidc"


App = SamlApp | OidcApp


def is_assigned(app: App, persona_id: str) -> bool:
    """Whether the persona may use the application."""
    return app.assigned == "everyone" or persona_id in app.assigned
