"""Registers applications at a test's tenants over the control API. The relying party is `relying_party`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from tests.mock_idp.oidc.relying_party import NO_AUTHORITIES, REDIRECT_URI, RelyingParty

ALL_GRANTS = ["authorization_code", "refresh_token", "password"]


class ControlledIdp(Protocol):
    """What is needed of a running mock IdP."""

    def control(self, method: str, path: str, json: object = None) -> httpx.Response:
        """Ask the control API."""


@dataclass
class Registrar:
    """The two tenants of one test, by vendor."""

    idp: ControlledIdp
    tenants: dict[str, dict[str, Any]]
    parties: list[RelyingParty] = field(default_factory=list)

    def tenant(self, vendor: str) -> dict[str, Any]:
        """The tenant as the control API showed it."""
        return self.tenants[vendor]

    def party(
        self, vendor: str, *, server: str = "", version: str = "v2.0", name: str = "portal", **app: object
    ) -> RelyingParty:
        """A relying party for a newly registered application.

        `server` is the path of an Okta authorization server, `version` that of Entra's endpoints.
        """
        registered = self.register(vendor, name, **app)
        discovery_url = registered["discovery_url"]
        if server:
            discovery_url = f"{self.tenant(vendor)['base_url']}{server}/.well-known/openid-configuration"
        if version == "v1.0":
            discovery_url = discovery_url.replace("/v2.0/", "/")
        metadata = httpx.get(discovery_url, verify=NO_AUTHORITIES).raise_for_status().json()
        party = RelyingParty(metadata, registered["client_id"], registered["client_secret"])
        self.parties.append(party)
        return party

    def close(self) -> None:
        """Close the connections of all relying parties."""
        for party in self.parties:
            party.close()

    def register(self, vendor: str, name: str, **app: object) -> dict[str, Any]:
        """Register an application that everyone may use, unless `app` says otherwise."""
        usual = {
            "protocol": "oidc",
            "redirect_uris": [REDIRECT_URI],
            "assigned": "everyone",
            "grant_types": ALL_GRANTS,
        }
        answer = self.idp.control("PUT", f"/tenants/{self.tenant(vendor)['name']}/apps/{name}", usual | app)
        registered: dict[str, Any] = answer.raise_for_status().json()
        return registered

    def change(self, vendor: str, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Ask the control API about the tenant; the answer must be a success."""
        path = f"/tenants/{self.tenant(vendor)['name']}{path}"
        changed: dict[str, Any] = self.idp.control(method, path, body).raise_for_status().json()
        return changed

    def patch(self, vendor: str, name: str, **changes: object) -> None:
        """Change fields of a registered application."""
        self.change(vendor, "PATCH", f"/apps/{name}", changes)

    def persona(self, vendor: str, persona: str, **changes: object) -> None:
        """Change a persona."""
        self.change(vendor, "PATCH", f"/personas/{persona}", changes)

    def settings(self, vendor: str, **settings: object) -> None:
        """Change settings of the tenant."""
        self.change(vendor, "PATCH", "", {"settings": settings})

    def journal(self, vendor: str, attempt: str) -> list[dict[str, Any]]:
        """The journal's entries of one attempt."""
        entries: list[dict[str, Any]] = self.change(vendor, "GET", f"/journal?attempt={attempt}")["entries"]
        return entries

    def arm(self, vendor: str, attempt: str, name: str, **params: str | int) -> str:
        """Arm a fault and return its ID."""
        body = {"attempt": attempt, "fault": {"name": name, **params}}
        return str(self.change(vendor, "POST", "/faults", body)["id"])

    def fired(self, vendor: str, fault_id: str) -> int:
        """How often an armed fault has been applied."""
        return int(self.change(vendor, "GET", f"/faults/{fault_id}")["fired"])
