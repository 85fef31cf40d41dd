"""The tenants of a server of several processes: each holds them as objects and reads what another changed.

Every change is made inside `changing`: alone, on the newest state, and it is in the storage before the
answer that tells of it leaves. Every request looks first whether its tenant is as it was, so it sees every
change that was answered before it came.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from mock_idp.keys import KeyPool
from mock_idp.personalities import find_personality
from mock_idp.personalities.base import Personality
from mock_idp.personas import CATALOGUE, Persona
from mock_idp.storage.model import Shelf, Storage
from mock_idp.tenant_settings import TenantSettings
from mock_idp.tenants import Administered, Tenant, TenantStore

MOST_TENANTS = 1_000_000


class _Snapshot(NamedTuple):
    """A tenant as it is kept."""

    id: str
    personality: str
    version: str
    administered: Administered


class SharedTenantStore(TenantStore):
    """The tenants in `storage`. Each process has a store of its own over the same storage."""

    def __init__(self, site_url: str, storage: Storage, pool: KeyPool | None = None) -> None:
        super().__init__(site_url, pool, storage)
        self._versions: Shelf[str] = storage.shelf("", "tenant-versions", MOST_TENANTS)
        self._snapshots: Shelf[_Snapshot] = storage.shelf("", "tenants", MOST_TENANTS)
        self._atomic, self._forget = storage.atomic, storage.forget
        self._read: dict[str, str] = {}  # the version of each tenant that is held here

    def create(
        self,
        personality: Personality,
        name: str | None = None,
        personas: Mapping[str, Persona] = CATALOGUE,
        *,
        settings: TenantSettings | None = None,
    ) -> Tenant:
        """A new tenant; without a name it gets the next free one. Raises TenantExistsError."""
        with self._atomic():
            tenant = super().create(personality, name, personas, settings=settings)
            self._keep(tenant)
        tenant.changing = partial(self._changing, tenant)
        return tenant

    def get(self, name: str) -> Tenant | None:
        """The tenant of that name, as whoever changed it last left it."""
        version = self._versions.get(name)
        if version is not None and self._read.get(name) == version:
            return self._tenants[name]
        return self._refreshed(name)

    def delete(self, name: str) -> bool:
        """Forget the tenant; False when there was none."""
        with self._atomic():
            tenant = self.get(name)
            if tenant is None:
                return False
            self._versions.pop(name)
            self._snapshots.pop(name)
            self._forget(tenant.id)
        self._drop(name)
        return True

    def names(self) -> list[str]:
        """The names of all tenants."""
        return sorted(name for name, _ in self._versions.items())

    @contextmanager
    def _changing(self, tenant: Tenant) -> Iterator[None]:
        with self._atomic():
            known = self.get(tenant.name)
            try:
                yield
            except BaseException:
                self._read.pop(tenant.name, None)  # the storage undoes the change; what is held here does not
                raise
            if known is tenant is self._tenants.get(tenant.name):  # else it was deleted before or just now
                self._keep(tenant)

    def _keep(self, tenant: Tenant) -> None:
        version = uuid.uuid4().hex
        snapshot = _Snapshot(tenant.id, tenant.personality.name, version, tenant.administered)
        self._snapshots.put(tenant.name, snapshot)
        self._versions.put(tenant.name, version)
        self._read[tenant.name] = version

    def _refreshed(self, name: str) -> Tenant | None:
        kept = self._snapshots.get(name)
        if kept is None:
            self._drop(name)
            return None
        tenant = self._tenants.get(name)
        if tenant is None or tenant.id != kept.id:
            tenant = self._met(name, kept)
        tenant.administered = kept.administered
        self._tenants[name], self._read[name] = tenant, kept.version
        return tenant

    def _met(self, name: str, kept: _Snapshot) -> Tenant:
        """A tenant that another process has made."""
        personality = find_personality(kept.personality)
        assert personality is not None  # the processes are one program
        given = kept.administered
        tenant = self._new(name, personality, given.first_personas, given.first_settings, kept.id)
        tenant.changing = partial(self._changing, tenant)
        return tenant

    def _drop(self, name: str) -> None:
        self._read.pop(name, None)
        self._tenants.pop(name, None)
