"""Two fresh tenants, one of each vendor, and their registrar."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_idp.oidc.registrar import ControlledIdp, Registrar


@pytest.fixture
def registrar(idp: ControlledIdp, okta: dict[str, Any], entra: dict[str, Any]) -> Registrar:
    """Registers applications at this test's own tenants."""
    return Registrar(idp, {"okta": okta, "entra": entra})
