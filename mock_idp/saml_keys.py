"""Which key signs SAML messages of a tenant, and which ones its metadata lists."""

from __future__ import annotations

from mock_idp.keys import SigningKey
from mock_idp.tenants import Tenant


def signing_key(tenant: Tenant) -> SigningKey:
    """The key that signs now, in an expired certificate where the tenant is set so (S10)."""
    if tenant.settings.certificate_expired:
        return tenant.keys.expired(tenant.clock.now())
    return tenant.keys.active


def published_keys(tenant: Tenant) -> tuple[SigningKey, ...]:
    """All keys that metadata may list: the one that signs first, then the next, then earlier ones."""
    return (signing_key(tenant), *tenant.keys.published[1:])
