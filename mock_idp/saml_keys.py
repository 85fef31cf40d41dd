"""Which key signs SAML messages of a tenant, and which ones its metadata lists."""

from __future__ import annotations

from dataclasses import replace

from mock_idp.keys import SigningKey, with_sha1
from mock_idp.tenants import Tenant


def signing_key(tenant: Tenant) -> SigningKey:
    """The key that signs now, in an expired certificate where the tenant is set so (S10)."""
    if tenant.settings.certificate_expired:
        return _certified(tenant, tenant.keys.expired(tenant.clock.now()))
    if tenant.personality.saml.replaces_ended_certificate:
        _replace_ended(tenant)
    return _certified(tenant, tenant.keys.active)


def _replace_ended(tenant: Tenant) -> None:
    """Entra goes on signing with an ended certificate, unless another one is there: then it takes that."""
    if tenant.keys.next_replaces_ended(tenant.clock.now()):
        tenant.journal.record(
            "keys.replaced", summary="The SAML certificate has ended; the next one, already there, signs now."
        )


def published_keys(tenant: Tenant) -> tuple[SigningKey, ...]:
    """All keys that metadata may list: the one that signs first, then the next, then earlier ones."""
    return (signing_key(tenant), *(_certified(tenant, key) for key in tenant.keys.published[1:]))


def _certified(tenant: Tenant, key: SigningKey) -> SigningKey:
    if tenant.settings.certificate_digest == "sha256":
        return key
    return replace(key, saml_certificate=with_sha1(key.saml_certificate, key.private_key))
