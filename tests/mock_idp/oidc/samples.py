"""One org, one person and one key ring for tests that need no running IdP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mock_idp.apps import OidcApp
from mock_idp.keys import KeyPool, KeyRing, SigningKey
from mock_idp.personalities import entra, okta
from mock_idp.personalities.base import Personality
from mock_idp.personalities.entra.oidc import V1_SERVER, V2_SERVER
from mock_idp.personalities.oidc_base import AuthorizationServer, Login, Org, Person
from mock_idp.personalities.okta.oidc import DEFAULT_SERVER, ORG_SERVER

SERVERS: list[AuthorizationServer] = [ORG_SERVER, DEFAULT_SERVER, V2_SERVER, V1_SERVER]
TENANT_ID = "268da1a1-9db4-48b9-b1fe-683250ba90cc"
BASE = "http://127.0.0.1:8400/t/one"
NOW = 1_700_000_000


def org(server: AuthorizationServer, authority: str = "") -> Org:
    directory_id = "00o" + "x" * 17 if server.vendor == "okta" else TENANT_ID
    return Org("one", BASE, directory_id, authority)


def login(*scopes: str, nonce: str | None = "n-1") -> Login:
    alice = Person(
        "6e1d9a52-0000-4000-8000-000000000001",
        "alice@acme.test",
        "alice@acme.test",
        email_verified=None,
        given_name="Alice",
        family_name="Archer",
        display_name="Alice Archer",
    )
    return Login(alice, app(), scopes, NOW - 2, NOW, nonce)


def app(**changes: Any) -> OidcApp:  # noqa: ANN401 - any field
    usual: dict[str, Any] = {
        "name": "portal",
        "client_id": "2abf3a52-7d86-460b-a1ef-77dc43de8aad",
        "client_secret": "secret",
        "redirect_uris": ("http://localhost:9/callback",),
        "assigned": "everyone",
    }
    return OidcApp(**(usual | changes))


def ring(pool: KeyPool, personality: Personality) -> KeyRing:
    return KeyRing(pool, lambda private_key: personality.dress_key(private_key, "one", datetime.now(UTC)))


def key(pool: KeyPool, server: AuthorizationServer) -> SigningKey:
    return ring(pool, okta.PERSONALITY if server.vendor == "okta" else entra.PERSONALITY).active
