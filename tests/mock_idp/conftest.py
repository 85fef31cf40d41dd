"""One real server per test process, and fresh tenants for every test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from mock_idp.app import MockIdp
from mock_idp.keys import KeyPool
from mock_idp.settings import Settings
from mock_idp.tenants import Tenant, TenantStore
from tests.mock_idp.oidc.registrar import Registrar

TOKEN = "the-control-token"
_numbers = itertools.count(1)


@dataclass
class RunningIdp:
    """A mock IdP that serves in threads of this process."""

    base_url: str
    control_url: str
    token: str
    store: TenantStore
    client: httpx.Client

    def control(self, method: str, path: str, json: object = None) -> httpx.Response:
        """Call the control API with the token."""
        return self.client.request(method, path, json=json)

    def made(self, method: str, path: str, json: object = None) -> Any:  # noqa: ANN401 - decoded JSON
        """Call the control API and return the JSON of its success."""
        answer = self.control(method, path, json)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def new_tenant(self, personality: str, **body: object) -> dict[str, Any]:
        """A fresh tenant of that personality."""
        name = f"{personality}-test-{next(_numbers)}"
        made: dict[str, Any] = self.made(
            "POST", "/tenants", {"name": name, "personality": personality, **body}
        )
        return made

    def tenant(self, made: dict[str, Any]) -> Tenant:
        """The tenant behind the JSON."""
        tenant = self.store.get(made["name"])
        assert tenant is not None
        return tenant


@pytest.fixture(scope="session")
def idp() -> Iterator[RunningIdp]:
    """The server; it holds no state that tests share, as every test makes its own tenants."""
    server = MockIdp(Settings(token=TOKEN, port=0, control_port=0))
    server.start()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=server.control_url, headers=headers, timeout=30, trust_env=False) as client:
        yield RunningIdp(server.base_url, server.control_url, TOKEN, server.store, client)
    server.stop()


@pytest.fixture
def okta(idp: RunningIdp) -> dict[str, Any]:
    """A fresh Okta tenant."""
    return idp.new_tenant("okta")


@pytest.fixture
def entra(idp: RunningIdp) -> dict[str, Any]:
    """A fresh Entra tenant."""
    return idp.new_tenant("entra")


@pytest.fixture
def registrar(idp: RunningIdp, okta: dict[str, Any], entra: dict[str, Any]) -> Iterator[Registrar]:
    """Registers applications at this test's own tenants."""
    registrar = Registrar(idp, {"okta": okta, "entra": entra})
    yield registrar
    registrar.close()


@pytest.fixture(scope="session")
def pool() -> KeyPool:
    """Two keys are enough to tell an active key from a foreign one."""
    return KeyPool(size=2)
