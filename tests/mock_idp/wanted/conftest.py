"""What users of the project get: the plugin's fixtures, and two applications at a fresh Okta org."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mock_idp.pytest_plugin import entra_tenant, mock_idp_server, okta_tenant
from mock_idp.testing import RunningIdp, TestTenant
from tests.mock_idp.oidc.relying_party import REDIRECT_URI, RelyingParty
from tests.mock_idp.saml.support import ACS, AUDIENCE

__all__ = ["entra_tenant", "mock_idp_server", "okta_tenant"]  # `pytest_plugins` is for top-level conftests

SAML_APP: dict[str, Any] = {
    "protocol": "saml",
    "acs_urls": [ACS],
    "audience": AUDIENCE,
    "assigned": "everyone",
}
OIDC_APP: dict[str, Any] = {"protocol": "oidc", "redirect_uris": [REDIRECT_URI], "assigned": "everyone"}


@pytest.fixture(params=["okta", "entra"])
def tenant(request: pytest.FixtureRequest, mock_idp_server: RunningIdp) -> Iterator[TestTenant]:
    """A fresh tenant of each vendor."""
    made = mock_idp_server.tenant(request.param)
    yield made
    made.delete()


@pytest.fixture
def party(tenant: TestTenant) -> Iterator[RelyingParty]:
    """A relying party at the tenant, registered as `web`."""
    app = tenant.app("web", **OIDC_APP)
    metadata = httpx.get(app["discovery_url"]).raise_for_status().json()
    made = RelyingParty(metadata, app["client_id"], app["client_secret"])
    yield made
    made.close()
