"""What a vendor decides about OpenID Connect: its authorization servers, whose facts are in its folder."""

from __future__ import annotations

from dataclasses import dataclass

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
    """One vendor's OpenID Connect: its authorization servers, the usual one first."""

    servers: tuple[AuthorizationServer, ...]

    def endpoints(self, place: Place) -> OidcEndpoints:
        """What an administrator copies into a relying party, if no other server is asked for by name."""
        return endpoints(self.servers[0], place)


def endpoints(server: AuthorizationServer, place: Place) -> OidcEndpoints:
    """Where a relying party finds `server`."""
    org = Org(place.tenant, place.base_url, place.directory_id)
    return OidcEndpoints(
        issuer=server.issuer(org),
        discovery_url=server.url(Endpoint.DISCOVERY, org),
        authorization_endpoint=server.url(Endpoint.AUTHORIZE, org),
        token_endpoint=server.url(Endpoint.TOKEN, org),
        jwks_uri=server.url(Endpoint.KEYS, org),
        userinfo_endpoint=server.url(Endpoint.USERINFO, org),
        end_session_endpoint=server.url(Endpoint.LOGOUT, org),
    )
