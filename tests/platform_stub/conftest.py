"""A platform without sockets: a client with people in it, browsers, API callers and a clock to move."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, Response, redirect
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from platform_stub.admin import accounts, clients, sso
from platform_stub.app import create_app
from platform_stub.care import create_care_app
from platform_stub.context import PlatformContext
from platform_stub.oidc import transport
from platform_stub.policy import STRICT, Policy
from platform_stub.refusals import RefusalError
from platform_stub.settings import Settings
from platform_stub.store import Client, LiveSession, SsoConfig, Standard, Store, Surface
from tests.platform_stub.sso_provider import Provider

OPERATOR = {"Authorization": "Bearer operator-token"}
ORIGIN = "http://localhost"


@dataclass
class FakeClock:
    """Stands still until a test moves it."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))

    def now(self) -> datetime:
        return self.moment

    def advance(self, **span: float) -> None:
        self.moment += timedelta(**span)


class FakeProtocol:
    """Sends the browser to an address that names what it was asked for; refuses an incomplete set-up."""

    def register(self, app: Flask, ctx: PlatformContext) -> None:
        """Needs no endpoints."""

    def warm_up(self) -> None:
        """Has nothing to import."""

    def start_login(
        self,
        ctx: PlatformContext,
        client: Client,
        config: SsoConfig,
        surface: Surface,
        deep_link: str,
        *,
        trial: str = "",
    ) -> Response:
        if config.missing():
            raise RefusalError("sso-not-configured", ", ".join(config.missing()), surface=surface)
        answer = redirect(f"https://idp.test/{config.authentication_standard}/{surface}?to={deep_link}")
        assert isinstance(answer, Response)
        return answer

    def start_logout(
        self, ctx: PlatformContext, client: Client, config: SsoConfig, session: LiveSession
    ) -> str:
        return ""


@dataclass
class World:
    """The client acme: sam (Sysadmin), sue (Superuser), mona (Manager), ada (Auditor), agents adam, trudy."""

    ctx: PlatformContext
    clock: FakeClock
    portal: Flask
    care: Flask
    acme: Client
    lv_access: str
    stopped: list[str]

    def browser(self) -> "Browser":
        return Browser(self.portal.test_client())

    def signed_in(self, login: str = "sam") -> "Browser":
        browser = self.browser()
        assert browser.sign_in(login).status_code == 303
        return browser

    def api(self, login: str = "sam", *, agent: bool = False) -> "Api":
        body = {
            "clientName": "acme",
            "userName": login,
            "password": f"correct-horse-{login}",
            "isAgent": agent,
        }
        client = self.portal.test_client()
        answer = client.post("/api/session/login", json=body, headers={"LV-Access": self.lv_access})
        assert answer.status_code == 200, answer.text
        return Api(client, {"LV-Session": answer.get_json()["sessionId"]})

    def care_api(self) -> "Api":
        return Api(self.care.test_client(), OPERATOR)

    def flag(self, *, on: bool) -> None:
        clients.set_flag(self.ctx, self.acme, on=on)

    def enable(self, *, on: bool = True) -> None:
        sso.set_enabled(self.ctx, self.acme, "sam", on=on)

    def config(self) -> SsoConfig:
        with self.ctx.store.read() as tx:
            return tx.configurations.current(self.acme)

    def audit(self, action: str) -> list[dict[str, Any]]:
        with self.ctx.store.read() as tx:
            entries = tx.audit.entries(self.acme.id)
        return [
            {"actor": e.actor, "result": e.result, "reason": e.reason, "detail": e.detail}
            for e in entries
            if e.action == action
        ]


@dataclass
class Browser:
    """A browser at the portal that fills in the form token of the page it looked at last."""

    http: FlaskClient
    token: str = ""

    def get(self, path: str) -> TestResponse:
        answer = self.http.get(path)
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, data: dict[str, str] | None = None, *, origin: str = ORIGIN) -> TestResponse:
        sent = {"csrf_token": self.token, **(data or {})}
        return self.http.post(path, data=sent, headers={"Origin": origin} if origin else {})

    def sign_in(self, login: str, password: str = "", *, at: str = "/acme", **more: str) -> TestResponse:
        password = password or f"correct-horse-{login.lower()}"
        return self.post(at, {"client_code": "acme", "user": login, "pass": password, **more})

    def whoami(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get("/acme/whoami").get_json()
        return found


@dataclass
class Api:
    """A JSON caller with its credentials."""

    http: FlaskClient
    headers: dict[str, str]

    def call(self, method: str, path: str, body: object = None, status: int = 200) -> Any:  # noqa: ANN401 - whatever JSON the API answers
        answer = self.http.open(path, method=method, json=body, headers=self.headers)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.get_json() if answer.data else None


def build(policy: Policy = STRICT, database_url: str | None = None) -> World:
    """Make a world; its store is closed by the fixtures."""
    clock = FakeClock()
    settings = Settings(operator_token="operator-token", password_cost=1)
    ctx = PlatformContext(settings=settings, store=Store(database_url), policy=policy, clock=clock)
    protocols = {standard: FakeProtocol() for standard in Standard}
    stopped: list[str] = []
    portal = create_app(ctx, protocols)
    care = create_care_app(ctx, lambda: stopped.append("stop"))
    portal.testing = care.testing = True
    sysadmin = {"login": "sam", "password": "correct-horse-sam", "email": "sam@acme.test"}
    made = clients.create(ctx, "acme", "Acme", sysadmin)
    for kind, login, role in (
        (Surface.USER, "sue", "Superuser"),
        (Surface.USER, "mona", "Manager"),
        (Surface.USER, "ada", "Auditor"),
        (Surface.AGENT, "adam", ""),
        (Surface.AGENT, "trudy", ""),
    ):
        values = {
            "login": login,
            "password": f"correct-horse-{login}",
            "email": f"{login}@acme.test",
            "role": role,
        }
        accounts.create(ctx, made.client, kind, values, actor="sam", actor_role="Sysadmin")
    return World(ctx, clock, portal, care, made.client, made.lv_access, stopped)


@pytest.fixture
def database() -> str | None:
    """The URL of an empty database: None, a private one, unless a module says `database = on_both`."""
    return None


@pytest.fixture
def world(database: str | None) -> Iterator[World]:
    """A strict platform; Customer Care has not set the flag."""
    made = build(database_url=database)
    yield made
    made.ctx.store.close()


@pytest.fixture
def licensed(world: World) -> World:
    """A strict platform whose client has the Single Sign On flag."""
    world.flag(on=True)
    return world


COMPLETE_SAML = {
    "single_sign_on_url": "https://idp.test/sso",
    "issuer_url": "https://idp.test/entity",
}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    """An OpenID provider that answers whatever the platform fetches."""
    made = Provider()
    monkeypatch.setattr(transport, "fetch", made.fetch)
    return made
