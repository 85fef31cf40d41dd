"""The sign-in robot at the real mock IdP, which runs as a process of its own: nothing of it is imported."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from conformance.agents.browser import BrowserFactory
from conformance.agents.http import HttpFactory
from conformance.agents.protocol import Action, AgentFactory
from conformance.steps.idp_login import Ended, Person, sign_in
from tests.conformance.agent_scenarios import ROUTES
from tests.conformance.tiny_site import TinySite

START_SECONDS = 20
ALICE, PASSWORD = "alice@acme.test", "correct-horse-alice"
EVERY_PAGE = {"access_policy": "mfa", "consent": "asked", "stay_signed_in": "asked"}


@pytest.fixture(scope="module")
def idp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The control API of a fresh mock IdP."""
    ready = tmp_path_factory.mktemp("idp") / "ready.json"
    command = [sys.executable, "-m", "mock_idp", "serve", "--port", "0", "--control-port", "0", "--quiet"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [*command, "--token", "t", "--exit-with-parent", "--ready-file", str(ready)], cwd=root
    ) as process:
        try:
            _wait_for(ready, process)
            url = json.loads(ready.read_text())["control_url"]
            with httpx.Client(base_url=url, headers={"Authorization": "Bearer t"}, trust_env=False) as client:
                yield client
        finally:
            process.terminate()


def _wait_for(ready: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while not ready.exists():
        assert process.poll() is None, "the mock IdP ended instead of starting"
        assert time.monotonic() < end, f"the mock IdP did not start within {START_SECONDS} s"
        time.sleep(0.02)  # waits for the file of a server that starts; the moment above bounds it


@pytest.fixture(scope="module")
def factories() -> Iterator[dict[str, AgentFactory]]:
    made: dict[str, AgentFactory] = {"http": HttpFactory(), "chromium": BrowserFactory()}
    yield made
    for factory in made.values():
        factory.close()


@pytest.fixture
def site() -> Iterator[TinySite]:
    with TinySite(dict(ROUTES)) as made:
        yield made


def login_url(idp: httpx.Client, personality: str, callback: str, **settings: str) -> tuple[str, str]:
    """Make a tenant with an app, and return its name and where a login starts."""
    body = {"personality": personality, "settings": settings}
    tenant = idp.post("/tenants", json=body).raise_for_status().json()["name"]
    wanted = {"protocol": "oidc", "redirect_uris": [callback], "assigned": "everyone"}
    app = idp.put(f"/tenants/{tenant}/apps/rp", json=wanted).raise_for_status().json()
    query = {
        "client_id": app["client_id"],
        "response_type": "code",
        "scope": "openid email",
        "redirect_uri": callback,
        "state": "a-state",
        "nonce": "a-nonce",
    }
    return tenant, f"{app['authorization_endpoint']}?{urlencode(query)}"


@pytest.mark.parametrize("kind", ["http", "chromium"])
@pytest.mark.parametrize("personality", ["okta", "entra"])
def test_signing_in(
    kind: str, personality: str, factories: dict[str, AgentFactory], idp: httpx.Client, site: TinySite
) -> None:
    callback = site.here + "/echo"
    _, url = login_url(idp, personality, callback)
    with factories[kind].new() as agent:
        agent.open(url)
        wrong = sign_in(agent, Person(ALICE, "wrong"), personality=personality)
        assert wrong.ended is Ended.REFUSED_AT_IDP

        agent.open(url)
        agent.watch(callback, lambda _: Action.HOLD)
        assert sign_in(agent, Person(ALICE, PASSWORD)).ended is Ended.HELD
        assert agent.deliver().url.startswith(callback)

        agent.open(url)  # the IdP knows the person now and asks nothing
        assert agent.held is not None
        assert "state=a-state" in agent.held.url


@pytest.mark.parametrize("kind", ["http", "chromium"])
@pytest.mark.parametrize("personality", ["okta", "entra"])
def test_every_page_on_the_way(
    kind: str, personality: str, factories: dict[str, AgentFactory], idp: httpx.Client, site: TinySite
) -> None:
    callback = site.here + "/echo"
    tenant, url = login_url(idp, personality, callback, **EVERY_PAGE)
    people = f"/tenants/{tenant}/personas"
    idp.patch(
        f"{people}/alice", json={"factors": ["app", "sms"], "personal_account": True}
    ).raise_for_status()

    def person(name: str) -> Person:
        return Person(
            f"{name}@acme.test",
            f"correct-horse-{name}",
            lambda: str(idp.get(f"{people}/{name}/code").json()["code"]),
        )

    with factories[kind].new() as agent:
        agent.open(url)
        assert sign_in(agent, Person(ALICE, PASSWORD)).ended is Ended.REFUSED_AT_IDP  # without a code
        for name in ("alice", "mona"):
            agent.open(f"{url}&prompt=login")
            assert sign_in(agent, person(name)).ended is Ended.LEFT_IDP
            assert "code=" in agent.page.url
        agent.open(url)  # Entra has two accounts to choose from, Okta one session
        if personality == "entra":
            assert "Pick an account" in agent.page.text
            assert sign_in(agent, person("alice")).ended is Ended.LEFT_IDP
        assert "code=" in agent.page.url


@pytest.mark.parametrize("kind", ["http", "chromium"])
def test_consent_is_cancelled(
    kind: str, factories: dict[str, AgentFactory], idp: httpx.Client, site: TinySite
) -> None:
    _, url = login_url(idp, "entra", site.here + "/echo", consent="asked")
    with factories[kind].new() as agent:
        agent.open(url)
        assert sign_in(agent, Person(ALICE, PASSWORD, consents=False)).ended is Ended.LEFT_IDP
        assert "error=access_denied&error_description=AADSTS65004" in agent.page.url
