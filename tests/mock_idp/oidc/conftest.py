"""Two fresh tenants, one of each vendor, with their registrar; and a key pool for tests without a server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mock_idp.keys import KeyPool
from tests.mock_idp.oidc.registrar import ControlledIdp, Registrar


@pytest.fixture
def registrar(idp: ControlledIdp, okta: dict[str, Any], entra: dict[str, Any]) -> Iterator[Registrar]:
    """Registers applications at this test's own tenants."""
    registrar = Registrar(idp, {"okta": okta, "entra": entra})
    yield registrar
    registrar.close()


@pytest.fixture(scope="session")
def pool() -> KeyPool:
    """Two keys are enough to tell an active key from a foreign one."""
    return KeyPool(size=2)
