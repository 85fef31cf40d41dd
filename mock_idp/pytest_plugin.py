"""Fixtures for projects that test against the mock IdP: `pytest_plugins = ["mock_idp.pytest_plugin"]`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_idp.testing import RunningIdp, TestTenant


@pytest.fixture(scope="session")
def mock_idp_server() -> Iterator[RunningIdp]:
    """One server for the whole run; tests are isolated by tenants."""
    with RunningIdp() as idp:
        yield idp


@pytest.fixture
def okta_tenant(mock_idp_server: RunningIdp) -> Iterator[TestTenant]:
    """A fresh Okta org, gone after the test."""
    tenant = mock_idp_server.tenant("okta")
    yield tenant
    tenant.delete()


@pytest.fixture
def entra_tenant(mock_idp_server: RunningIdp) -> Iterator[TestTenant]:
    """A fresh Entra ID tenant, gone after the test."""
    tenant = mock_idp_server.tenant("entra")
    yield tenant
    tenant.delete()
