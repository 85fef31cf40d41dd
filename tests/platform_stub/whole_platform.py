"""The whole portal in process, people who sign in as browsers do, and what an IdP would sign for them."""

from __future__ import annotations

import base64
import secrets
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
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
from tests.platform_stub.sso_provider import OP, SigningProvider, oidc_config
from tests.platform_stub.sso_signer import ISSUER, SamlMessage, saml_response, signer

BASE = "http://localhost:8500"
OTHER_ISSUER = "http://www.okta.com/exk-of-another-app"


@dataclass(frozen=True)
class Site:
    """One running portal; clients are made in it as they are needed."""

    ctx: PlatformContext
    portal: Flask
    provider: SigningProvider = field(default_factory=SigningProvider)
    """The identity provider with OpenID Connect; a test puts its `fetch` where the platform's is."""

    def tenant(self, code: str, people: Sequence[str], agents: Sequence[str] = ()) -> Tenant:
        """Return a new client with these users and agents; its flag is set and the switch is off."""
        sysadmin = {"login": "sam", "password": "correct-horse-sam", "email": "sam@acme.test"}
        client = clients.create(self.ctx, code, code, sysadmin).client
        for login in people:
            values = {"login": login, "password": password(login), "email": f"{login}@acme.test"}
            role = {"role": "Manager"}
            accounts.create(self.ctx, client, Surface.USER, values | role, actor="sam", actor_role="Sysadmin")
        for login in agents:
            values = {"login": login, "password": password(login), "email": f"{login}@acme.test"}
            active = {"active": True}
            accounts.create(
                self.ctx, client, Surface.AGENT, values | active, actor="sam", actor_role="Sysadmin"
            )
        return Tenant(self, clients.set_flag(self.ctx, client, on=True), frozenset(agents))


@dataclass(frozen=True)
class Tenant:
    """One client of the portal, and what its administrator does."""

    site: Site
    client: Client
    agents: frozenset[str] = frozenset()

    def save(self, *, key: str, issuer: str = ISSUER) -> None:
        fields = {
            "single_sign_on_url": "http://127.0.0.1:8400/sso",
            "issuer_url": issuer,
            "certificate_x509": signer(key).pem,
        }
        sso.save(self.site.ctx, self.client, "sam", revision=None, standard="SAML", saml=fields)

    def save_oidc(self, *, issuer: str = OP) -> None:
        fields = asdict(oidc_config(issuer=issuer).oidc)
        sso.save(self.site.ctx, self.client, "sam", revision=None, standard="OIDC", oidc=fields)

    def switch(self, *, on: bool) -> None:
        sso.set_enabled(self.site.ctx, self.client, "sam", on=on)

    def restore(self, revision: int) -> None:
        sso.roll_back(self.site.ctx, self.client, "sam", revision)

    def audit(self) -> list[AuditEntry]:
        with self.site.ctx.store.read() as tx:
            return tx.audit.entries(self.client.id, limit=10_000)

    def person(self, login: str) -> Person:
        surface = Surface.AGENT if login in self.agents else Surface.USER
        return Person(self, login, self.site.portal.test_client(), surface)


@dataclass(frozen=True)
class Person:
    """A person at a browser of their own."""

    tenant: Tenant
    login: str
    browser: FlaskClient
    surface: Surface = Surface.USER

    @property
    def account(self) -> str:
        """The account that this person's logins open, as `who` tells it."""
        return f"{self.surface} {self.login}"

    def open_login_page(self) -> TestResponse:
        return self.browser.get(urls.login_path(self.tenant.client, self.surface), base_url=BASE)

    def send_password(self) -> TestResponse:
        form = {"client_code": self.tenant.client.code, "user": self.login, "pass": password(self.login)}
        return self.browser.post(urls.login_path(self.tenant.client, self.surface), base_url=BASE, data=form)

    def answer(self, redirect: TestResponse, *, key: str) -> Answer:
        """Return what the identity provider answers to this login's request, for `deliver`."""
        query = parse_qs(urlsplit(redirect.headers["Location"]).query)
        if "SAMLRequest" not in query:
            return CodeAnswer(query["state"][0], query["nonce"][0])
        request = etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -15))
        ctx, client = self.tenant.site.ctx, self.tenant.client
        message = SamlMessage(
            acs=urls.acs_url(ctx, client, self.surface),
            audience=urls.entity_id(ctx, client),
            request_id=request.get("ID", ""),
            now=datetime.now(UTC),
            email=f"{self.login}@acme.test",
            id=f"id{secrets.token_hex(8)}",
        )
        return saml_response(message, by=key)

    def deliver(self, answer: Answer, *, key: str = "idp") -> TestResponse:
        """Bring the answer to the platform; an OIDC code is redeemed for a token by the key of that time."""
        root = f"/{self.tenant.client.code}/sso"
        if isinstance(answer, CodeAnswer):
            self.tenant.site.provider.now_signs(self.login, answer.nonce, key)
            sent = {"code": "c0de", "state": answer.state}
            return self.browser.get(f"{root}/oidc/{self.surface}/callback", base_url=BASE, query_string=sent)
        # Posted as from another site (no Lax cookies), and then the same-site address.
        visitor = self.tenant.site.portal.test_client()
        path = f"{root}/saml/{self.surface}/acs"
        taken = visitor.post(path, base_url=BASE, data={"SAMLResponse": answer})
        return self.browser.get(taken.headers["Location"], base_url=BASE) if is_redirect(taken) else taken

    def log_out(self) -> TestResponse:
        end = "logout" if self.surface is Surface.USER else "AgentLogout"
        return self.browser.post(f"/{self.tenant.client.code}/{end}", base_url=BASE)

    def who(self) -> str | None:
        """Return the account that this browser's session belongs to; several are told together."""
        found: dict[str, Any] = self.browser.get(
            f"/{self.tenant.client.code}/whoami", base_url=BASE
        ).get_json()
        return " and ".join(f"{kind} {one['login']}" for kind, one in found.items() if one) or None


@dataclass(frozen=True)
class CodeAnswer:
    """What an OIDC login's browser brings back; the code stands for the nonce of its request."""

    state: str
    nonce: str


Answer = str | CodeAnswer
"""A SAMLResponse field, or an OIDC answer."""


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
