"""A thin client of the mock IdP's control API: tenants, apps, personas, faults, journal."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeVar
from urllib.parse import quote

from conformance.model import FaultSpec
from conformance.wire import Answer, Connections, WireError

_SECONDS: Final = 10.0
_MAX_BYTES: Final = 100_000_000
"""A journal holds whole messages, those of bombs too."""


class IdpControlError(Exception):
    """The mock IdP refused a control call or cannot be reached: a fault of the harness, not of the target."""


@dataclass(frozen=True, slots=True)
class SamlRegistration:
    """What the mock IdP says about a registered SAML app: the values an admin would copy."""

    issuer: str
    sso_url: str
    metadata_url: str
    slo_url: str
    """Where the IdP takes logout messages."""
    start_url: str
    """Where the IdP's dashboard starts a login by itself."""
    certificate: str
    """PEM."""


@dataclass(frozen=True, slots=True)
class OidcRegistration:
    """What the mock IdP says about a registered OIDC app: the values an admin would copy."""

    client_id: str
    client_secret: str
    issuer: str
    discovery_url: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str


@dataclass(frozen=True, slots=True)
class ArmedFault:
    """A fault bound to one login attempt."""

    id: str
    fired: int
    applied: Sequence[Mapping[str, Any]]


class IdpClient:
    """The control API of one mock IdP process. Raises IdpControlError with the server's own sentence.

    `ca_file` is the authority of an IdP with https addresses.
    """

    def __init__(self, base_url: str, control_url: str, token: str, *, ca_file: str = "") -> None:
        self.base_url = base_url
        self._ca_file = ca_file
        self._control_url = control_url
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._connections = Connections()

    @cached_property
    def trust(self) -> ssl.SSLContext:
        """What programs trust that ask at the IdP's own addresses."""
        return ssl.create_default_context(cafile=self._ca_file or None)

    def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401  (decoded JSON)
        """Call the control API and return the decoded answer."""
        try:
            answer = self._connections.exchange(
                method,
                self._control_url + path,
                headers=self._headers,
                body=None if body is None else json.dumps(body).encode(),
                seconds=_SECONDS,
                max_bytes=_MAX_BYTES,
            )
        except WireError as error:
            raise IdpControlError(f"mock IdP control API, {error}") from error
        if not answer.is_success:
            raise IdpControlError(f"mock IdP control API, {method} {path}: {_sentence(answer)}")
        return answer.json() if answer.content else None

    def create_tenant(self, personality: str) -> IdpTenant:
        """Create an isolated tenant of this personality, with the catalogue's personas."""
        made = self.call("POST", "/tenants", {"personality": personality})
        return IdpTenant(self, made["name"], personality, made["base_url"])

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()


@dataclass(slots=True)
class IdpTenant:
    """One tenant of the mock IdP: its own issuer, keys, clock, people, apps, faults and journal."""

    client: IdpClient
    name: str
    personality: str
    base_url: str
    _credentials: dict[str, tuple[str, str]] = field(default_factory=dict)
    """What people type at the IdP, as last heard: the suite alone changes the directory."""

    def _call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401  (decoded JSON)
        return self.client.call(method, f"/tenants/{quote(self.name)}{path}", body)

    def register_saml(
        self,
        app: str,
        *,
        acs_urls: Sequence[str],
        audience: str,
        assigned: object = "everyone",
        settings: Mapping[str, object] | None = None,
    ) -> SamlRegistration:
        """Register (or change) a SAML app; the first ACS URL is the default one.

        `settings` are further ones of the application, by the names of the control API.
        """
        body = {
            "protocol": "saml",
            "acs_urls": list(acs_urls),
            "audience": audience,
            "assigned": assigned,
            **(settings or {}),
        }
        return _registration(SamlRegistration, self._call("PUT", f"/apps/{quote(app)}", body))

    def register_oidc(
        self,
        app: str,
        *,
        redirect_uris: Sequence[str],
        assigned: object = "everyone",
        settings: Mapping[str, object] | None = None,
    ) -> OidcRegistration:
        """Register (or change) an OIDC app."""
        body = {
            "protocol": "oidc",
            "redirect_uris": list(redirect_uris),
            "assigned": assigned,
            **(settings or {}),
        }
        return _registration(OidcRegistration, self._call("PUT", f"/apps/{quote(app)}", body))

    def change_app(self, app: str, changes: Mapping[str, Any]) -> SamlRegistration | OidcRegistration:
        """Change settings of an app (none is fine), and return what an admin would copy now."""
        told = self._call("PATCH", f"/apps/{quote(app)}", dict(changes))
        if told["protocol"] == "saml":
            return _registration(SamlRegistration, told)
        return _registration(OidcRegistration, told)

    def change_settings(self, changes: Mapping[str, Any]) -> None:
        """Change settings of the tenant."""
        self._call("PATCH", "", {"settings": dict(changes)})

    def roll_keys(self, action: str) -> None:
        """Take one step of a key rollover."""
        self._call("POST", "/keys", {"action": action})

    def run_ahead(self, seconds: int) -> None:
        """Let the tenant's clock run ahead of the real time; negative: behind it."""
        self._call("PUT", "/clock", {"offset_seconds": seconds})

    def remove_app(self, app: str) -> None:
        """Remove an app, as if it had never been added at the IdP."""
        self._call("DELETE", f"/apps/{quote(app)}")

    def persona(self, persona: str, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change a person in the IdP's directory and return the whole entry."""
        changed: Mapping[str, Any] = self._call("PUT", f"/personas/{quote(persona)}", dict(changes))
        self._credentials[persona] = str(changed["login"]), str(changed["password"])
        return changed

    def credentials(self, persona: str) -> tuple[str, str]:
        """Return the login name and password of a person at the IdP."""
        if persona not in self._credentials:
            self.persona(persona, {})
        return self._credentials[persona]

    def code(self, persona: str) -> str:
        """Return the code that a person's second factor shows now."""
        return str(self._call("GET", f"/personas/{quote(persona)}/code")["code"])

    def arm(self, attempt: str, fault: FaultSpec) -> str:
        """Bind a fault to one login attempt and return its id."""
        body = {"attempt": attempt, "fault": {"name": fault.name, **fault.params}}
        return str(self._call("POST", "/faults", body)["id"])

    def order(self, person: str, fault: FaultSpec) -> str:
        """Order a fault for the next message about this person that it fits, and return its id."""
        body = {"match": {"persona": person}, "times": 1, "fault": {"name": fault.name, **fault.params}}
        return str(self._call("POST", "/faults", body)["id"])

    def order_all(self, person: str, fault: FaultSpec) -> str:
        """Order a fault for every login of this person from now on, until `disarm`, and return its id."""
        body = {"match": {"persona": person}, "times": None, "fault": {"name": fault.name, **fault.params}}
        return str(self._call("POST", "/faults", body)["id"])

    def disarm(self, fault_id: str) -> None:
        """Take an order back."""
        self._call("DELETE", f"/faults/{quote(fault_id)}")

    def fault(self, fault_id: str) -> ArmedFault:
        """Ask whether an armed fault fired, and what it changed."""
        told = self._call("GET", f"/faults/{quote(fault_id)}")
        return ArmedFault(told["id"], told["fired"], told["applied"])

    def logout_token(self, app: str, persona: str, fault: FaultSpec | None) -> str:
        """Let the IdP make a logout token for the person's newest session at the app."""
        named = {"name": fault.name, **fault.params} if fault else None
        body = {"app": app, "persona": persona, "fault": named}
        return str(self._call("POST", "/logout-tokens", body)["logout_token"])

    def journal(self, attempt: str = "", *, after: int = 0) -> list[dict[str, Any]]:
        """Return what the IdP saw and sent behind entry number `after`, for one attempt or all."""
        query = f"?after={after}" + (f"&attempt={quote(attempt, safe='')}" if attempt else "")
        entries: list[dict[str, Any]] = self._call("GET", f"/journal{query}")["entries"]
        return entries

    def journal_end(self) -> int:
        """Return the number of the journal's newest entry."""
        return int(self._call("GET", "/journal?kind=none")["last"])

    def delete(self) -> None:
        """Remove the tenant and all it holds."""
        self._call("DELETE", "")


_Registration = TypeVar("_Registration", SamlRegistration, OidcRegistration)


def _registration(kind: type[_Registration], told: Mapping[str, Any]) -> _Registration:
    return kind(**{name: told[name] for name in kind.__dataclass_fields__})


def _sentence(answer: Answer) -> str:
    told = answer.json()
    if not isinstance(told, dict):
        return f"HTTP {answer.status}: {answer.text[:200]}"
    allowed = f" (allowed: {', '.join(told['allowed'])})" if told.get("allowed") else ""
    return f"{told.get('message', told)}{allowed}"
