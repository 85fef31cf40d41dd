"""What the login routing asks of a protocol; ``platform_stub.saml`` and ``platform_stub.oidc`` are two."""

from collections.abc import Mapping
from typing import Protocol

from flask import Flask, Response

from platform_stub.context import PlatformContext
from platform_stub.store import Client, LiveSession, SsoConfig, Standard, Surface


class SsoProtocol(Protocol):
    """One authentication standard. A module with these four functions is one."""

    def register(self, app: Flask, ctx: PlatformContext) -> None:
        """Add the endpoints that the IdP and the browser come back to."""

    def start_login(
        self,
        ctx: PlatformContext,
        client: Client,
        config: SsoConfig,
        surface: Surface,
        deep_link: str,
        *,
        trial: str = "",
    ) -> Response:
        """Return the response that sends the browser to the IdP; raises RefusalError when it cannot.

        ``trial`` is the test sign-in that this is: its answer is a result and never a login.
        """

    def start_logout(
        self, ctx: PlatformContext, client: Client, config: SsoConfig, session: LiveSession
    ) -> str:
        """Return where the browser goes to end the IdP's session too, an empty string for nowhere."""

    def warm_up(self) -> None:
        """Import what is slow to import; called in the background once the platform listens."""


Protocols = Mapping[Standard, SsoProtocol]
