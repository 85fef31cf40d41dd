"""The whole portal in process, people who sign in as browsers do, and what an IdP would sign for them."""

from __future__ import annotations

import base64
import secrets
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from platform_stub import urls
from platform_stub.admin import accounts, clients, sso
from platform_stub.app import create_app
from platform_stub.context import PlatformContext
from platform_stub.policy import STRICT, Policy
from platform_stub.running import PROTOCOLS
from platform_stub.settings import Settings
from platform_stub.store import AuditEntry, Client, Store, Surface
from tests.platform_stub.sso_signer import ISSUER, SamlMessage, saml_response, signer

BASE = "http://localhost:8500"
OTHER_ISSUER = "http://www.okta.com/exk-of-another-app"


@dataclass(frozen=True)
class Site:
    """One running portal; clients are made in it as they are needed."""

    ctx: PlatformContext
    portal: Flask

    def tenant(self, code: str, people: Sequence[str]) -> Tenant:
        """Return a new client with these users; its single sign-on flag is set and the switch is off."""
        sysadmin = {"login": "sam", "password": "correct-horse-sam", "email": "sam@acme.test"}
        client = clients.create(self.ctx, code, code, sysadmin).client
        for login in people:
            values = {"login": login, "password": password(login), "email": f"{login}@acme.test"}
            role = {"role": "Manager"}
            accounts.create(self.ctx, client, Surface.USER, values | role, actor="sam", actor_role="Sysadmin")
        return Tenant(self, clients.set_flag(self.ctx, client, on=True))


@dataclass(frozen=True)
class Tenant:
    """One client of the portal, and what its administrator does."""

    site: Site
    client: Client

    def save(self, *, key: str, issuer: str = ISSUER) -> None:
        fields = {
            "single_sign_on_url": "http://127.0.0.1:8400/sso",
            "issuer_url": issuer,
            "certificate_x509": signer(key).pem,
        }
        sso.save(self.site.ctx, self.client, "sam", revision=None, saml=fields)

    def switch(self, *, on: bool) -> None:
        sso.set_enabled(self.site.ctx, self.client, "sam", on=on)

    def restore(self, revision: int) -> None:
        sso.roll_back(self.site.ctx, self.client, "sam", revision)

    def audit(self) -> list[AuditEntry]:
        with self.site.ctx.store.read() as tx:
            return tx.audit.entries(self.client.id, limit=10_000)

    def person(self, login: str) -> Person:
        return Person(self, login, self.site.portal.test_client())


@dataclass(frozen=True)
class Person:
    """A person at a browser of their own."""

    tenant: Tenant
    login: str
    browser: FlaskClient

    def open_login_page(self) -> TestResponse:
        return self.browser.get(f"/{self.tenant.client.code}", base_url=BASE)

    def send_password(self) -> TestResponse:
        form = {"client_code": self.tenant.client.code, "user": self.login, "pass": password(self.login)}
        return self.browser.post(f"/{self.tenant.client.code}", base_url=BASE, data=form)

    def answer(self, redirect: TestResponse, *, key: str) -> str:
        """Return what the identity provider answers to this login's request: a field for `deliver`."""
        query = parse_qs(urlsplit(redirect.headers["Location"]).query)
        request = etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -15))
        ctx, client = self.tenant.site.ctx, self.tenant.client
        message = SamlMessage(
            acs=urls.acs_url(ctx, client, Surface.USER),
            audience=urls.entity_id(ctx, client),
            request_id=request.get("ID", ""),
            now=datetime.now(UTC),
            email=f"{self.login}@acme.test",
            id=f"id{secrets.token_hex(8)}",
        )
        return saml_response(message, by=key)

    def deliver(self, field: str) -> TestResponse:
        """Post the answer as from another site (no Lax cookies), then follow to the same-site address."""
        path = f"/{self.tenant.client.code}/sso/saml/user/acs"
        visitor = self.tenant.site.portal.test_client()
        answer = visitor.post(path, base_url=BASE, data={"SAMLResponse": field})
        return self.browser.get(answer.headers["Location"], base_url=BASE) if is_redirect(answer) else answer

    def log_out(self) -> TestResponse:
        return self.browser.post(f"/{self.tenant.client.code}/logout", base_url=BASE)

    def who(self) -> str | None:
        """Return the login that this browser's session belongs to."""
        found: dict[str, Any] = self.browser.get(
            f"/{self.tenant.client.code}/whoami", base_url=BASE
        ).get_json()
        return found["user"]["login"] if found["user"] else None


def password(login: str) -> str:
    return f"correct-horse-{login}"


def is_redirect(answer: TestResponse) -> bool:
    return answer.status_code == 303


@contextmanager
def site(policy: Policy = STRICT, database_url: str | None = None) -> Iterator[Site]:
    """Run a portal until the end of the block."""
    store = Store(database_url)
    settings = Settings(base_url=BASE, operator_token="t", password_cost=1)
    ctx = PlatformContext(settings=settings, store=store, policy=policy)
    portal = create_app(ctx, PROTOCOLS)
    portal.testing = True
    try:
        yield Site(ctx, portal)
    finally:
        store.close()
