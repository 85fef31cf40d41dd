"""What a vendor decides about OpenID Connect: its authorization servers, whose facts are in its folder."""

from __future__ import annotations

from dataclasses import dataclass

from mock_idp.personalities.device_flow import DeviceFlow
from mock_idp.personalities.oidc_base import AuthorizationServer, Endpoint, Org
from mock_idp.personalities.place import Place


@dataclass(frozen=True)
class OidcEndpoints:
    """Where a relying party finds the IdP; the member names are those of the control API."""

    issuer: str
    discovery_url: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str


@dataclass(frozen=True)
class OidcProfile:
    """One vendor's OpenID Connect: its authorization servers, the usual one first, its device grant, and what
    `amr` is after a second factor where the application says nothing of its own."""

    servers: tuple[AuthorizationServer, ...]
    device: DeviceFlow | None = None
    second_factor_amr: tuple[str, ...] = ("pwd", "mfa")

    def server(self, name: str | None = None) -> AuthorizationServer:
        """The server of that name; without a name the usual one. Raises StopIteration for an unknown name."""
        return next(server for server in self.servers if name in (None, server.name))

    def endpoints(self, place: Place) -> OidcEndpoints:
        """What an administrator copies into a relying party, if no other server is asked for by name."""
        return endpoints(self.server(), Org(place.tenant, place.base_url, place.directory_id))


def endpoints(server: AuthorizationServer, org: Org) -> OidcEndpoints:
    """Where a relying party finds `server` at `org`."""
    return OidcEndpoints(
        issuer=server.issuer(org),
        discovery_url=server.url(Endpoint.DISCOVERY, org),
        authorization_endpoint=server.url(Endpoint.AUTHORIZE, org),
        token_endpoint=server.url(Endpoint.TOKEN, org),
        jwks_uri=server.url(Endpoint.KEYS, org),
        userinfo_endpoint=server.url(Endpoint.USERINFO, org),
        end_session_endpoint=server.url(Endpoint.LOGOUT, org),
    )
