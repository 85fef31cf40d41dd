"""A tenant: one isolated IdP with its own people, applications, keys, clock, faults, sessions and journal."""

from __future__ import annotations

import copy
import itertools
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any, NamedTuple

from mock_idp.apps import App, OidcApp, SamlApp
from mock_idp.armoury import Armoury
from mock_idp.clock import Clock
from mock_idp.journal import LIMITS, Entry, Journal, Watch
from mock_idp.keys import Changing, KeyPool, KeyRing, Keys, SigningKey
from mock_idp.personalities.base import Personality
from mock_idp.personalities.place import Place
from mock_idp.personas import CATALOGUE, Persona
from mock_idp.sessions import PendingLogin, Session
from mock_idp.storage.memory import Memory
from mock_idp.storage.model import Shelf, Storage
from mock_idp.tenant_settings import TenantSettings

MOST_SESSIONS = 10_000
MOST_PENDING = 1_000
MOST_GRANTS = 10_000
BACK_CHANNEL = frozenset(
    {
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "discovery_url",
    }
)
"""URLs that programs call, by their names in discovery documents and at the control API."""


class TenantExistsError(Exception):
    """A tenant of this name exists already."""


class Administered(NamedTuple):
    """What a tenant is by its administrators' will, in contrast to what logins leave behind."""

    first_personas: dict[str, Persona]
    first_settings: TenantSettings
    personas: dict[str, Persona]
    settings: TenantSettings
    apps: dict[str, App]
    clock: tuple[timedelta, datetime | None]
    keys: Keys
    further_keys: dict[str, Keys]


class Tenant:
    """One IdP. `consents` keeps the permissions that a person has given an application, by both; `grants`
    what the OpenID Connect plane has issued, by code or token; `oidc_participants`
    the names of the relying parties of a session by its ID; `saml_participants` the
    service providers of a session by its ID, and `saml_logouts` the logouts under way by the ID of the
    LogoutRequest that waits for its answer."""

    def __init__(
        self,
        name: str,
        personality: Personality,
        base_url: str,
        pool: KeyPool,
        personas: Mapping[str, Persona] = CATALOGUE,
        *,
        settings: TenantSettings | None = None,
        watch: Watch | None = None,
        storage: Storage | None = None,
        tenant_id: str | None = None,
    ) -> None:
        self.id = tenant_id or uuid.uuid4().hex  # names come again after a tenant is deleted
        self.name = name
        self._storage = storage or Memory()
        self.atomic = self._storage.atomic
        self._first_settings = self.settings = settings or TenantSettings()
        self._first_personas = dict(personas)
        self.personality = personality
        self.base_url = self.own_url = base_url
        self.personas: dict[str, Persona] = dict(personas)
        self.apps: dict[str, App] = {}
        self.clock = Clock()
        self._pool = pool
        self.changing: Changing = self.atomic
        """Around every change of people, settings, applications, clock and keys: others then see it."""
        self.keys = self._new_ring()
        self._further_keys: dict[str, KeyRing] = {}
        self._watch = watch
        self._attach()

    @cached_property
    def place(self) -> Place:
        """Where the tenant lives, for the vendor's URL and identifier rules."""
        return Place(self.name, self.base_url, self.personality.directory_id(self.name))

    @property
    def issuer_url(self) -> str:
        """The URL that issuers begin with, by the tenant's `issuer_mode`."""
        mode = self.settings.issuer_mode
        return {"org": self.own_url, "custom": self.custom_url or self.own_url}.get(mode, self.base_url)

    @property
    def custom_url(self) -> str:
        """The tenant's URL at its custom domain; empty without one."""
        domain = self.settings.custom_domain
        return f"{domain.rstrip('/')}/t/{self.name}" if domain else ""

    def at_custom_domain(self) -> Tenant:
        """The same tenant as it shows itself at its custom domain."""
        seen = copy.copy(self)
        seen.base_url = self.custom_url
        seen.__dict__.pop("place", None)
        return seen

    def for_programs(self, urls: Mapping[str, Any]) -> dict[str, Any]:
        """The same URLs by name, with the back channel's address in those that programs call."""
        back = self.settings.back_channel_url
        if back is None:
            return dict(urls)
        base = f"{back.rstrip('/')}/t/{self.name}"
        return {
            name: base + value.removeprefix(self.base_url)
            if name in BACK_CHANNEL and isinstance(value, str) and value.startswith(self.base_url)
            else value
            for name, value in urls.items()
        }

    def reset(self, *, apps: bool = False, keys: bool = False) -> None:
        """Go back to the state of creation: people, settings, clock, faults, sessions, journal.

        Applications and keys stay, because their values are pasted elsewhere, unless they are to go too.
        """
        self.personas = dict(self._first_personas)
        self.settings = self._first_settings
        self.clock.reset()
        self._storage.forget(self.id)
        self._attach()
        if apps:
            self.apps = {}
        if keys:
            self.keys = self._new_ring()
            self._further_keys = {}

    @property
    def administered(self) -> Administered:
        """All that administrators and the sight of a new login name change, as it is now."""
        return Administered(
            self._first_personas,
            self._first_settings,
            dict(self.personas),
            self.settings,
            dict(self.apps),
            self.clock.set,
            self.keys.held,
            {name: ring.held for name, ring in self._further_keys.items()},
        )

    @administered.setter
    def administered(self, given: Administered) -> None:
        self._first_personas, self._first_settings = given.first_personas, given.first_settings
        self.personas, self.settings, self.apps = given.personas, given.settings, given.apps
        self.clock.set = given.clock
        self.keys.held = given.keys
        for name in {*self._further_keys, *given.further_keys}:
            self._further_ring(name).held = given.further_keys.get(name, Keys())

    def _attach(self) -> None:
        """Find what logins leave behind, in the storage: nothing at first."""
        shelf = partial(self._storage.shelf, self.id)
        self.journal = Journal(self.clock, self._watch, self._storage.log(self.id, "journal", LIMITS))
        self.faults = Armoury(self._storage, self.id)
        self.sessions: Shelf[Session] = shelf("sessions", MOST_SESSIONS)
        self.logins: Shelf[PendingLogin] = shelf("logins", MOST_PENDING)
        self.consents: Shelf[frozenset[str]] = shelf("consents", MOST_SESSIONS)
        self.grants: Shelf[Any] = shelf("grants", MOST_GRANTS)
        self.oidc_participants: Shelf[frozenset[str]] = shelf("oidc-participants", MOST_SESSIONS)
        self.saml_participants: Shelf[Any] = shelf("saml-participants", MOST_SESSIONS)
        self.saml_logouts: Shelf[Any] = shelf("saml-logouts", MOST_PENDING)

    @property
    def saml_apps(self) -> list[SamlApp]:
        """The registered SAML service providers."""
        return [app for app in list(self.apps.values()) if isinstance(app, SamlApp)]

    @property
    def oidc_apps(self) -> list[OidcApp]:
        """The registered OpenID Connect relying parties."""
        return [app for app in list(self.apps.values()) if isinstance(app, OidcApp)]

    def keys_of(self, app: OidcApp) -> KeyRing:
        """The keys that sign the application's tokens: the tenant's, or its own, made when first needed."""
        if app.signing_key == "tenant":
            return self.keys
        return self._further_ring(f"app:{app.name}")

    def keys_of_authority(self, name: str) -> KeyRing:
        """The keys of an authority that signs beside the tenant, made when first needed; "" is the tenant."""
        return self._further_ring(f"authority:{name}") if name else self.keys

    def _further_ring(self, name: str) -> KeyRing:
        return self._further_keys.setdefault(name, self._new_ring())

    def published_keys(self) -> list[SigningKey]:
        """Every key that anyone can read here: the tenant's, then those of applications and authorities."""
        rings = [self.keys, *self._further_keys.values()]
        return [key for ring in rings for key in ring.published]

    def _new_ring(self) -> KeyRing:
        """Certificates begin at the tenant's own time, so that a rollover years ahead gets a new one."""
        return KeyRing(
            self._pool,
            lambda key: self.personality.dress_key(key, self.name, self.clock.now()),
            lambda: self.changing(),  # noqa: PLW0108 - which one that is, a store may say later
        )

    def oidc_app(self, client_id: str) -> OidcApp | None:
        """The relying party with that client ID."""
        for app in tuple(self.apps.values()):
            if isinstance(app, OidcApp) and app.client_id == client_id:
                return app
        return None


class TenantStore:
    """The tenants of one process, all under `site_url`/t/."""

    def __init__(self, site_url: str, pool: KeyPool | None = None, storage: Storage | None = None) -> None:
        self.site_url = site_url.rstrip("/")
        self._pool = pool or KeyPool()
        self._storage = storage
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._tenants: dict[str, Tenant] = {}
        self.watch: Callable[[str, Entry], None] | None = None
        """Is told each entry of each new tenant's journal, with the tenant's name."""

    def create(
        self,
        personality: Personality,
        name: str | None = None,
        personas: Mapping[str, Persona] = CATALOGUE,
        *,
        settings: TenantSettings | None = None,
    ) -> Tenant:
        """A new tenant; without a name it gets the next free one.

        Raises TenantExistsError."""
        with self._lock:
            chosen = name or self._free_name(personality)
            if self.get(chosen) is not None:
                raise TenantExistsError(
                    f"A tenant named {chosen!r} exists already; choose another name or delete it."
                )
            tenant = self._new(chosen, personality, personas, settings)
            self._tenants[chosen] = tenant
            return tenant

    def _new(
        self,
        name: str,
        personality: Personality,
        personas: Mapping[str, Persona],
        settings: TenantSettings | None,
        tenant_id: str | None = None,
    ) -> Tenant:
        return Tenant(
            name,
            personality,
            f"{self.site_url}/t/{name}",
            self._pool,
            personas,
            settings=settings,
            watch=self._watch_of(name),
            storage=self._storage,
            tenant_id=tenant_id,
        )

    def _watch_of(self, name: str) -> Watch | None:
        return partial(self.watch, name) if self.watch is not None else None

    def get(self, name: str) -> Tenant | None:
        """The tenant of that name."""
        return self._tenants.get(name)

    def delete(self, name: str) -> bool:
        """Forget the tenant; False when there was none."""
        with self._lock:
            return self._tenants.pop(name, None) is not None

    def keys_of(self, base_url: str) -> KeyRing:
        """The keys of the tenant with that URL. Raises LookupError."""
        tenant = self.get(base_url.removeprefix(f"{self.site_url}/t/"))
        if tenant is None:
            raise LookupError(f"No tenant has the URL {base_url!r}.")
        return tenant.keys

    def names(self) -> list[str]:
        """The names of all tenants."""
        return sorted(self._tenants)

    def _free_name(self, personality: Personality) -> str:
        names = (f"{personality.name}-{number}" for number in self._numbers)
        return next(name for name in names if self.get(name) is None)
