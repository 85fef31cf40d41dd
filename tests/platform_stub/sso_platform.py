"""The SSO half of the platform on a bare Flask app, with browsers that ask who is signed in."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask, Response, g, jsonify
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from platform_stub import oidc, saml, sessions, urls
from platform_stub.app import new_app
from platform_stub.clients import client_or_404
from platform_stub.context import PlatformContext
from platform_stub.policy import STRICT, Policy
from platform_stub.refusals import RefusalError, note
from platform_stub.screens import trials as trial_pages
from platform_stub.settings import Settings
from platform_stub.sso_state import effective
from platform_stub.store import Client, SamlConfig, SsoConfig, Standard, Store, Surface
from tests.platform_stub.sso_signer import ISSUER, Edit, SamlMessage, saml_response, signer

BASE = "http://localhost:8500"


@dataclass
class MovingClock:
    """A clock that a test moves."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def now(self) -> datetime:
        return self.moment

    def advance(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass
class Platform:
    """One client, ACME: users alice, mallory, dora (inactive), lena (locked), agent adam."""

    ctx: PlatformContext
    client: Client
    clock: MovingClock
    app: Flask

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def save(self, config: SsoConfig) -> None:
        with self.ctx.store.write() as tx:
            tx.configurations.save(self.client.id, config, saved_by="sam", now=self.clock.now())

    def switch(self, *, on: bool) -> None:
        with self.ctx.store.write() as tx:
            tx.clients.set_flag(self.client.id, on=on)
            tx.clients.set_enabled(self.client.id, on=on)

    def acs(self, surface: str = "user") -> str:
        return urls.acs_url(self.ctx, self.client, Surface(surface))

    def message(self, request_id: str, surface: str = "user", **changes: object) -> SamlMessage:
        values: dict[str, Any] = {
            "acs": self.acs(surface),
            "audience": urls.entity_id(self.ctx, self.client),
            "request_id": request_id,
            "now": self.clock.now(),
        }
        return SamlMessage(**{**values, **changes})

    def audit(self) -> list[dict[str, Any]]:
        with self.ctx.store.read() as tx:
            return [
                {"action": e.action, "result": e.result, "reason": e.reason, "detail": e.detail}
                for e in tx.audit.entries(self.client.id)
            ]


@contextmanager
def running(policy: Policy = STRICT) -> Iterator[Platform]:
    """Run a platform on a private database, with SAML saved and single sign-on on."""
    clock = MovingClock()
    store = Store()
    ctx = PlatformContext(
        settings=Settings(base_url=BASE, operator_token="t"), store=store, policy=policy, clock=clock
    )
    with store.write() as tx:
        client = tx.clients.create("ACME", "Acme", "hash", clock.now())
        for kind, login, active in (
            (Surface.USER, "alice", True),
            (Surface.USER, "mallory", True),
            (Surface.USER, "dora", False),
            (Surface.AGENT, "adam", True),
            (Surface.USER, "lena", True),
        ):
            values: dict[str, Any] = {"login": login, "email": f"{login}@acme.test", "password_hash": ""}
            values |= {"active": active, "locked": login == "lena"}
            tx.accounts.create(client.id, kind, values)
    platform = Platform(ctx, client, clock, _app(ctx))
    platform.save(saml_config())
    platform.switch(on=True)
    try:
        yield platform
    finally:
        store.close()


def saml_config(**changes: str) -> SsoConfig:
    values = {
        "single_sign_on_url": "http://127.0.0.1:8400/t/x/sso",
        "issuer_url": ISSUER,
        "certificate_x509": signer("idp").pem,
    }
    return SsoConfig(authentication_standard=Standard.SAML, saml=SamlConfig(**{**values, **changes}))


def _app(ctx: PlatformContext) -> Flask:
    app = new_app()
    app.testing = True
    saml.register(app, ctx)
    oidc.register(app, ctx)

    @app.get("/<code>/start/<surface>")
    def _start(code: str, surface: str) -> Response:
        client = client_or_404(ctx, code)
        config = effective(ctx, client)
        if config.authentication_standard is Standard.OIDC:
            return oidc.start_login(ctx, client, config, Surface(surface), "")
        return saml.start_login(ctx, client, config, Surface(surface), "")

    @app.get("/<code>/whoami")
    def _whoami(code: str) -> Response:
        client = client_or_404(ctx, code)
        live = {s.value: sessions.current(ctx, client, s) for s in Surface}
        return jsonify({s: found.account.email if found else None for s, found in live.items()})

    trial_pages.register(app, ctx, {Standard.SAML: saml, Standard.OIDC: oidc})

    @app.errorhandler(RefusalError)
    def _refused(error: RefusalError) -> tuple[Response, int]:
        note(ctx, g.client, error, actor="anonymous")
        return jsonify({"code": error.code, "sentence": error.sentence, "detail": error.detail}), 403

    return app


def start(platform: Platform, browser: FlaskClient, surface: str = "user") -> TestResponse:
    return browser.get(f"/ACME/start/{surface}", base_url=BASE)


def query(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def who(browser: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = browser.get("/ACME/whoami", base_url=BASE).get_json()
    return found


def refusal(response: TestResponse) -> str:
    """Return the code of a refusal, "" for anything else."""
    return str(response.get_json()["code"]) if response.status_code == 403 else ""


def saml_login(
    platform: Platform,
    browser: FlaskClient,
    surface: str = "user",
    *,
    change: dict[str, Any] | None = None,
    sign: str = "assertion",
    by: str = "idp",
    before: Edit | None = None,
    after: Edit | None = None,
) -> TestResponse:
    """Start a login, answer it as the identity provider would, and follow to the end."""
    request_id = start_saml(platform, browser, surface)
    message = platform.message(request_id, surface, **(change or {}))
    return post_acs(browser, saml_response(message, sign=sign, by=by, before=before, after=after), surface)


def start_saml(platform: Platform, browser: FlaskClient, surface: str = "user") -> str:
    """Start a login and return the AuthnRequest's ID."""
    root = authn_request(start(platform, browser, surface).headers["Location"])
    assert root.get("AssertionConsumerServiceURL") == platform.acs(surface)
    return root.get("ID", "")


def authn_request(location: str) -> etree._Element:
    """Return the AuthnRequest that a redirect carries."""
    return etree.fromstring(zlib.decompress(base64.b64decode(query(location)["SAMLRequest"]), -15))


def post_acs(browser: FlaskClient, field: str, surface: str = "user") -> TestResponse:
    """Post as a browser does that comes from another site (no Lax cookies), then follow the completion."""
    visitor = browser.application.test_client()
    answer = visitor.post(f"/ACME/sso/saml/{surface}/acs", base_url=BASE, data={"SAMLResponse": field})
    if answer.status_code != 303:
        return answer
    return browser.get(answer.headers["Location"], base_url=BASE)
