"""What `python -m mock_idp bench` measures, in which order, and against which targets.

Rates are shares of the RSA rate, which is measured before and after every window, because absolute figures of
a shared machine drift by half within minutes.
"""

from __future__ import annotations

import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from mock_idp.app import MockIdp
from mock_idp.apps import SamlApp
from mock_idp.bench.breakdown import Breakdown, breakdowns
from mock_idp.bench.logins import ACS, AUDIENCE, Scene
from mock_idp.bench.machine import BenchError, cores, memory_mib, pinned, rate_of_many, rsa_rate
from mock_idp.oidc import jws
from mock_idp.personalities import PERSONALITIES
from mock_idp.saml.issuing import written
from mock_idp.saml.response import Login, composed
from mock_idp.sessions import SignIn
from mock_idp.settings import Settings
from mock_idp.tenants import TenantStore

ROUNDS = 5
STARTS = 5
LOGINS_FOR_MEMORY = 10_000
START_POLL_SECONDS = 0.002
CONNECTIONS = 4
WORKERS = 2
LOGINS: tuple[tuple[str, Callable[[Scene], None], float], ...] = (
    ("SAML login, assertion signed", Scene.saml, 0.40),
    ("OIDC code login, two signatures", Scene.two_signatures, 0.30),
    ("OIDC code login, one signature", Scene.one_signature, 0.45),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. A target is the least ratio to the RSA rate, or the most of any other unit; None
    where the figure is only told."""

    title: str
    value: float
    unit: str
    target: float | None
    ratio: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the target, if there is one, is."""
        if self.target is None:
            return True
        return self.value <= self.target if self.ratio is None else self.ratio >= self.target

    def __str__(self) -> str:
        """Read as one line of the printed table."""
        mark = "ok  " if self.reached else "SLOW"
        compared = f"{self.value:9.1f} {self.unit:4}"
        if self.target is None:
            return f"     {self.title:<44} {compared}"
        if self.ratio is None:
            return f"{mark} {self.title:<44} {compared}            target <= {self.target:g}"
        return f"{mark} {self.title:<44} {compared} {self.ratio:5.2f} RSA  target >= {self.target:.2f}"


def measure(seconds: float) -> Iterator[Figure | Breakdown]:
    """Measure everything with windows of `seconds`, each figure as soon as it is known. Raises BenchError."""
    server_core, driver_core = cores()
    with pinned(server_core):
        yield _share("JWT mint", [_mint()], 0.85, seconds)
        yield _share("SAML Response signed (assertion)", [_signer()], 0.75, seconds)
    with _server(server_core) as ready, pinned(driver_core), _connected(ready) as scenes:
        for title, login, target in LOGINS:
            actions = [partial(login, each) for each in scenes]
            yield _share(title, actions, target, seconds)
        yield _growth(scenes[0], int(ready["pid"]))
    with pinned(server_core):
        yield from breakdowns([(title, login) for title, login, _ in LOGINS])
    yield _scaling(seconds)
    with tempfile.TemporaryDirectory(prefix="mock-idp-bench-") as compiled:
        _cold_start(server_core, compiled)
        starts = [_cold_start(server_core, compiled) for _ in range(STARTS)]
    yield Figure("cold start to the first discovery answer", statistics.median(starts) * 1000, "ms", 500)
    starts = [_start_in_thread() for _ in range(STARTS)]
    yield Figure("start in a thread, as a fixture does", statistics.median(starts) * 1000, "ms", 50)


def _share(title: str, actions: Sequence[Callable[[], object]], target: float, seconds: float) -> Figure:
    """The medians of `ROUNDS` windows of the actions side by side, each between two of the RSA rate."""
    actions[0]()
    limits, rates = [rsa_rate(seconds / 2)], []
    ratios = []
    for _ in range(ROUNDS):
        rates.append(rate_of_many(actions, seconds))
        limits.append(rsa_rate(seconds / 2))
        ratios.append(rates[-1] / statistics.mean(limits[-2:]))
    return Figure(title, statistics.median(rates), "/s", target, statistics.median(ratios))


def _scaling(seconds: float) -> Figure:
    """How many times as many SAML logins two workers answer as one process does, window by window.

    Nothing is pinned: the driver takes its share of the same cores, so this tells less than it could."""
    pinned_to = sorted(set(cores()))
    with _server(*pinned_to) as one, _server(*pinned_to, options=("--workers", str(WORKERS))) as several:
        ratios = []
        with _connected(one) as alone, _connected(several) as shared:
            for _ in range(ROUNDS):
                rates = [rate_of_many([each.saml for each in scenes], seconds) for scenes in (alone, shared)]
                ratios.append(rates[1] / rates[0])
    return Figure(f"logins with {WORKERS} workers", statistics.median(ratios), "times those of one", None)


@contextmanager
def _connected(ready: Mapping[str, Any]) -> Iterator[list[Scene]]:
    """One person on `CONNECTIONS` connections."""
    scene = Scene(ready["base_url"], ready["control_url"], ready["token"])
    scenes = [scene, *(scene.beside() for _ in range(CONNECTIONS - 1))]
    try:
        yield scenes
    finally:
        for each in scenes:
            each.wire.close()


def _mint() -> Callable[[], object]:
    tenant = TenantStore("http://127.0.0.1:9").create(PERSONALITIES[0])
    key = tenant.keys.active
    claims = {"iss": tenant.base_url, "sub": "00u1", "aud": "0oa1", "iat": 1, "exp": 2, "nonce": "n"}
    return lambda: jws.sign({"kid": key.kid, "alg": "RS256"}, claims, key)


def _signer() -> Callable[[], object]:
    tenant = TenantStore("http://127.0.0.1:9").create(PERSONALITIES[0])
    app = SamlApp(name="portal", acs_urls=(ACS,), audience=AUDIENCE, assigned="everyone", sign="assertion")
    tenant.apps[app.name] = app
    sign_in = SignIn(tenant.personas["alice"], tenant.clock.now(), "a-session")
    login = Login(app, ACS, "_a-request")
    return lambda: written(tenant, login, composed(tenant, login, sign_in).facts)


def _growth(scene: Scene, pid: int) -> Figure:
    before = memory_mib(pid)
    for _ in range(LOGINS_FOR_MEMORY // 2):
        scene.saml()
        scene.two_signatures()
    title = f"memory grown by {LOGINS_FOR_MEMORY:,} logins"
    return Figure(title, memory_mib(pid) - before, "MiB", 20)


@contextmanager
def _server(
    *on: int, options: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Iterator[dict[str, Any]]:
    """A server on the cores `on`, by the content of its ready file."""
    with tempfile.TemporaryDirectory(prefix="mock-idp-bench-") as folder:
        ready = Path(folder) / "ready.json"
        usual = ["--port", "0", "--control-port", "0", "--quiet", "--exit-with-parent", *options]
        command = [sys.executable, "-m", "mock_idp", "serve", *usual, "--ready-file", str(ready)]
        with pinned(*on):
            told = {**os.environ, "MOCK_IDP_TOKEN": secrets.token_hex(), **(environment or {})}
            process = subprocess.Popen(command, env=told)  # noqa: S603 - our own module
        with process:
            try:
                while not ready.exists():
                    if process.poll() is not None:
                        raise BenchError(f"the server ended with exit code {process.returncode}")
                    time.sleep(START_POLL_SECONDS)  # measures: waits for a file, proves nothing
                yield json.loads(ready.read_text(encoding="utf-8"))
            finally:
                process.terminate()


def _cold_start(core: int, compiled: str) -> float:
    """Seconds from the command to the first discovery document of a new tenant.

    Byte code is kept in the folder `compiled`, as it is for every installed program."""
    started = time.perf_counter()
    kept = {"PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}
    with _server(core, environment=kept) as ready:
        _first_discovery(ready["base_url"], ready["control_url"], ready["token"])
        return time.perf_counter() - started


def _start_in_thread() -> float:
    """Seconds to the same answer with the server in threads of this process."""
    started = time.perf_counter()
    idp = MockIdp(Settings(token=secrets.token_hex(), port=0, control_port=0))
    try:
        idp.start()
        _first_discovery(idp.base_url, idp.control_url, idp.settings.token)
        return time.perf_counter() - started
    finally:
        idp.stop()


def _first_discovery(base_url: str, control_url: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    body = {"name": "first", "personality": "okta"}
    with httpx.Client(trust_env=False) as client:
        client.post(f"{control_url}/tenants", json=body, headers=headers).raise_for_status()
        client.get(f"{base_url}/t/first/.well-known/openid-configuration").raise_for_status()
