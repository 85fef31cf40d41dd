"""The mock IdP inside a test process: a server in threads, and a tenant of one's own for each test.

with RunningIdp() as idp:
    tenant = idp.tenant("okta")
    app = tenant.app("portal", protocol="oidc", redirect_uris=["http://localhost:9/cb"], assigned="everyone")
    tenant.fault("oidc.id-token.expired", match={"persona": "alice"})
    ...                                    # log in with the application under test
    assert tenant.count("oidc.token_request") == 1
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from flask.testing import FlaskClient

from mock_idp import control
from mock_idp.app import MockIdp
from mock_idp.settings import Settings


class ControlCallError(AssertionError):
    """The control API refused a call; the message is its own sentence."""


@dataclass(frozen=True)
class TestTenant:
    """One isolated IdP. Every method is a call of the control API, whose JSON it takes and returns."""

    __test__ = False  # it is no test, whatever pytest makes of its name

    idp: RunningIdp
    name: str
    base_url: str

    def call(self, method: str, path: str = "", body: object = None) -> Any:  # noqa: ANN401 - decoded JSON
        """Call the control API below this tenant. Raises ControlCallError."""
        return self.idp.call(method, f"/tenants/{self.name}{path}", body)

    def app(self, name: str, **registration: object) -> dict[str, Any]:
        """Register an application, and return what an administrator copies into it."""
        registered: dict[str, Any] = self.call("PUT", f"/apps/{name}", registration)
        return registered

    def change_app(self, name: str, **changes: object) -> dict[str, Any]:
        """Change an application."""
        changed: dict[str, Any] = self.call("PATCH", f"/apps/{name}", changes)
        return changed

    def persona(self, persona: str, **changes: object) -> dict[str, Any]:
        """Change a person, or create one."""
        changed: dict[str, Any] = self.call("PUT", f"/personas/{persona}", changes)
        return changed

    def settings(self, **changes: object) -> dict[str, Any]:
        """Change settings of the tenant."""
        changed: dict[str, Any] = self.call("PATCH", "", {"settings": changes})
        return changed

    def run_ahead(self, seconds: int) -> None:
        """Let the tenant's clock run ahead of real time (negative: behind)."""
        self.call("PUT", "/clock", {"offset_seconds": seconds})

    def fault(
        self,
        name: str,
        *,
        attempt: str | None = None,
        match: Mapping[str, str] | None = None,
        times: int | None = 1,
        **params: object,
    ) -> str:
        """Arm a fault for an attempt, or for the next `times` logins that `match`; returns its ID."""
        chosen: dict[str, object] = {"match": dict(match or {}), "times": times}
        if attempt is not None:
            chosen = {"attempt": attempt}
        return str(self.call("POST", "/faults", {**chosen, "fault": {"name": name, **params}})["id"])

    def fired(self, fault_id: str) -> int:
        """How often a fault was applied."""
        return int(self.call("GET", f"/faults/{fault_id}")["fired"])

    def journal(self, **filters: str) -> list[dict[str, Any]]:
        """What the IdP saw and did, oldest first, by `attempt`, `kind`, `app`, `persona`, `after`."""
        entries: list[dict[str, Any]] = self._journal(filters)["entries"]
        return entries

    def count(self, kind: str, **filters: str) -> int:
        """How many entries of that kind there are: "was it called once, not twice?"."""
        return int(self._journal(filters)["counts"].get(kind, 0))

    def refusals(self) -> list[dict[str, Any]]:
        """Why logins were refused, newest first, with the decoded requests."""
        refused: list[dict[str, Any]] = self.call("GET", "/refusals")["refusals"]
        return refused

    def reset(self, *also: str) -> None:
        """Go back to the state of creation; applications and keys stay unless named."""
        self.call("POST", "/reset", {"also": list(also)})

    def delete(self) -> None:
        """Remove the tenant."""
        self.call("DELETE")

    def _journal(self, filters: Mapping[str, str]) -> Any:  # noqa: ANN401 - decoded JSON
        return self.call("GET", f"/journal?{urlencode(filters)}")


class RunningIdp:
    """A mock IdP that serves in threads of this process, on free ports of loopback."""

    def __init__(self) -> None:
        self._server = MockIdp(Settings(token=secrets.token_urlsafe(24), port=0, control_port=0, quiet=True))
        self.base_url = self._server.base_url
        self.control_url = self._server.control_url
        self.token = self._server.settings.token
        self._control: FlaskClient = control.create_app(
            self._server.store, self.token, self._server.request_stop
        ).test_client()

    def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - decoded JSON
        """Call the control API. Raises ControlCallError."""
        answer = self._control.open(
            path, method=method, json=body, headers={"Authorization": f"Bearer {self.token}"}
        )
        if answer.status_code >= 400:
            raise ControlCallError(f"{method} {path}: {answer.get_data(as_text=True)}")
        return answer.get_json() if answer.data else None

    def tenant(self, personality: str, **body: object) -> TestTenant:
        """A fresh tenant; `body` may hold `name`, `personas` and `settings`."""
        made = self.call("POST", "/tenants", {"personality": personality, **body})
        return TestTenant(self, made["name"], made["base_url"])

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
