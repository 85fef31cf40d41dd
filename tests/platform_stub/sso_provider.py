"""An OpenID provider without sockets: it stands where the platform's `fetch` stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from platform_stub.fetch import Fetched, FetchError
from platform_stub.store import OidcConfig, SsoConfig, Standard
from tests.platform_stub.sso_platform import BASE, Platform, query, start
from tests.platform_stub.sso_signer import id_token, jwks

OP = "https://idp.acme.test"
CLIENT_ID = "0oatest"


def oidc_config(**changes: str) -> SsoConfig:
    values = {
        "authorization_id": CLIENT_ID,
        "authorization_secret": "s3cret/+ :",
        "issuer": OP,
        "authorization_endpoint": f"{OP}/authorize",
        "token_endpoint": f"{OP}/token",
        "jwks_uri": f"{OP}/keys",
    }
    return SsoConfig(authentication_standard=Standard.OIDC, oidc=OidcConfig(**{**values, **changes}))


@dataclass
class Provider:
    """What each endpoint answers; `requests` are the addresses asked, `token_request` the last token form."""

    id_token: str = ""
    access_token: str = "at-1"
    keys: dict[str, Any] = field(default_factory=jwks)
    userinfo: dict[str, Any] = field(default_factory=lambda: {"sub": "00u1"})
    token_error: tuple[int, dict[str, str]] | None = None
    issuer: str = OP
    published: dict[str, str] = field(default_factory=dict)
    down: bool = False
    requests: list[str] = field(default_factory=list)
    token_request: dict[str, list[str]] = field(default_factory=dict)
    token_headers: dict[str, str] = field(default_factory=dict)

    def fetch(
        self,
        url: str,
        *,
        timeout_seconds: float,
        max_bytes: int,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        verified: bool = True,
    ) -> Fetched:
        assert verified
        assert timeout_seconds > 0
        assert max_bytes > 0
        self.requests.append(url)
        if self.down:
            raise FetchError(f"“{url}” cannot be reached: connection refused.")
        if url == f"{OP}/token":
            assert data is not None
            self.token_request, self.token_headers = parse_qs(data.decode()), dict(headers or {})
            status, body = self.token_error or (200, self._tokens())
            return _json(body, status)
        documents: dict[str, dict[str, Any]] = {
            f"{OP}/keys": self.keys,
            f"{OP}/userinfo": self.userinfo,
            f"{OP}/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "userinfo_endpoint": f"{OP}/userinfo",
                **self.published,
            },
        }
        return _json(documents[url], 200)

    def _tokens(self) -> dict[str, Any]:
        return {"token_type": "Bearer", "access_token": self.access_token, "id_token": self.id_token}


class SigningProvider(Provider):
    """An OpenID provider that signs for whoever was named last, with a key that it publishes."""

    def now_signs(self, login: str, nonce: str, key: str) -> None:
        now = int(datetime.now(UTC).timestamp())
        claims = {"iss": OP, "aud": CLIENT_ID, "sub": login, "iat": now, "exp": now + 3600, "nonce": nonce}
        self.keys = jwks({key: key})
        self.id_token = id_token(claims | {"email": f"{login}@acme.test"}, by=key, kid=key)


@dataclass
class OidcLogin:
    """A login that this browser has started."""

    platform: Platform
    provider: Provider
    browser: FlaskClient
    surface: str
    request: dict[str, str]

    def claims(self, **changes: object) -> dict[str, Any]:
        """Return honest claims with changes; None removes one."""
        now = int(self.platform.clock.now().timestamp())
        honest: dict[str, Any] = {
            "iss": OP,
            "aud": CLIENT_ID,
            "sub": "00u1",
            "iat": now,
            "exp": now + 3600,
            "nonce": self.request["nonce"],
            "email": "alice@acme.test",
        }
        return {name: value for name, value in {**honest, **changes}.items() if value is not None}

    def answer(
        self,
        token: str | None = None,
        *,
        browser: FlaskClient | None = None,
        arguments: Mapping[str, str | None] | None = None,
    ) -> TestResponse:
        """Let the provider answer with this ID token; `arguments` change the callback's query."""
        self.provider.id_token = id_token(self.claims()) if token is None else token
        honest = {"code": "c0de", "state": self.request["state"]}
        sent = {name: v for name, v in {**honest, **(arguments or {})}.items() if v is not None}
        return (browser or self.browser).get(
            f"/ACME/sso/oidc/{self.surface}/callback", base_url=BASE, query_string=sent
        )


def begin(platform: Platform, provider: Provider, surface: str = "user") -> OidcLogin:
    """Start a login in a new browser."""
    browser = platform.browser()
    location = start(platform, browser, surface).headers["Location"]
    assert location.startswith(f"{OP}/authorize?")
    return OidcLogin(platform, provider, browser, surface, query(location))


def _json(body: Mapping[str, Any], status: int) -> Fetched:
    return Fetched(status, json.dumps(body).encode(), "application/json")
