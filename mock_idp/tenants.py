"""A tenant: one isolated IdP with its own people, applications, keys, clock, faults, sessions and journal."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any

from mock_idp.apps import App, OidcApp, SamlApp
from mock_idp.bounded import Bounded
from mock_idp.clock import Clock
from mock_idp.faults.model import Armoury
from mock_idp.journal import Entry, Journal, Watch
from mock_idp.keys import KeyPool, KeyRing, SigningKey
from mock_idp.personalities.base import Personality
from mock_idp.personalities.place import Place
from mock_idp.personas import CATALOGUE, Persona
from mock_idp.sessions import PendingLogin, Session
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


class Tenant:
    """One IdP. `grants` keeps what the OpenID Connect plane has issued, by code or token; `oidc_participants`
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
    ) -> None:
        self.name = name
        self._first_settings = self.settings = settings or TenantSettings()
        self._first_personas = dict(personas)
        self.personality = personality
        self.base_url = base_url
        self.personas: dict[str, Persona] = dict(personas)
        self.apps: dict[str, App] = {}
        self.clock = Clock()
        self._pool = pool
        self.keys = self._new_ring()
        self._further_keys: dict[str, KeyRing] = {}
        self._watch = watch
        self.journal = Journal(self.clock, watch)
        self._forget()

    @cached_property
    def place(self) -> Place:
        """Where the tenant lives, for the vendor's URL and identifier rules."""
        return Place(self.name, self.base_url, self.personality.directory_id(self.name))

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
        self.journal = Journal(self.clock, self._watch)
        self._forget()
        if apps:
            self.apps = {}
        if keys:
            self.keys = self._new_ring()
            self._further_keys = {}

    def _forget(self) -> None:
        """Know of no fault, session, code or logout under way."""
        self.faults = Armoury()
        self.sessions: Bounded[Session] = Bounded(MOST_SESSIONS)
        self.logins: Bounded[PendingLogin] = Bounded(MOST_PENDING)
        self.grants: Bounded[Any] = Bounded(MOST_GRANTS)
        self.oidc_participants: Bounded[frozenset[str]] = Bounded(MOST_SESSIONS)
        self.saml_participants: Bounded[Any] = Bounded(MOST_SESSIONS)
        self.saml_logouts: Bounded[Any] = Bounded(MOST_PENDING)

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
        return KeyRing(self._pool, lambda key: self.personality.dress_key(key, self.name, self.clock.now()))

    def oidc_app(self, client_id: str) -> OidcApp | None:
        """The relying party with that client ID."""
        for app in tuple(self.apps.values()):
            if isinstance(app, OidcApp) and app.client_id == client_id:
                return app
        return None


class TenantStore:
    """The tenants of one process, all under `site_url`/t/."""

    def __init__(self, site_url: str, pool: KeyPool | None = None) -> None:
        self.site_url = site_url.rstrip("/")
        self._pool = pool or KeyPool()
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
            if chosen in self._tenants:
                raise TenantExistsError(
                    f"A tenant named {chosen!r} exists already; choose another name or delete it."
                )
            base_url = f"{self.site_url}/t/{chosen}"
            tenant = Tenant(
                chosen,
                personality,
                base_url,
                self._pool,
                personas,
                settings=settings,
                watch=self._watch_of(chosen),
            )
            self._tenants[chosen] = tenant
            return tenant

    def _watch_of(self, name: str) -> Watch | None:
        return partial(self.watch, name) if self.watch is not None else None

    def get(self, name: str) -> Tenant | None:
        """The tenant of that name."""
        return self._tenants.get(name)

    def delete(self, name: str) -> bool:
        """Forget the tenant; False when there was none."""
        with self._lock:
            return self._tenants.pop(name, None) is not None

    def names(self) -> list[str]:
        """The names of all tenants."""
        return sorted(self._tenants)

    def _free_name(self, personality: Personality) -> str:
        names = (f"{personality.name}-{number}" for number in self._numbers)
        return next(name for name in names if name not in self._tenants)
