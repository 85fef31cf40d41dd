"""The names under which identity providers know one LiveVox client as a SAML service provider."""

from __future__ import annotations

from dataclasses import dataclass

from platform_stub import urls
from platform_stub.context import PlatformContext
from platform_stub.store import Client, Surface


@dataclass(frozen=True, slots=True)
class ServiceProvider:
    """One entity ID, two assertion consumer services and one logout service; all absolute URLs."""

    entity_id: str
    user_acs_url: str
    agent_acs_url: str
    single_logout_url: str


def service_provider(ctx: PlatformContext, client: Client) -> ServiceProvider:
    """Return the names of this client."""
    return ServiceProvider(
        entity_id=urls.entity_id(ctx, client),
        user_acs_url=urls.acs_url(ctx, client, Surface.USER),
        agent_acs_url=urls.acs_url(ctx, client, Surface.AGENT),
        single_logout_url=urls.single_logout_url(ctx, client),
    )
