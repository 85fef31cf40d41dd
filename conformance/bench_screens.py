"""How fast the stub's screens answer a signed-in administrator over HTTP. Nothing is judged."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from typing import Final

import httpx

from conformance.launch import Servers

ROUNDS: Final = 30
_CLIENT: Final = "bench"
_SYSADMIN: Final = {"login": "sam", "password": "correct-horse-sam", "email": "sam@acme.test"}
SCREENS: Final = (
    "",
    "/home",
    "/configure/client/billing",
    "/configure/client/security",
    "/configure/client/security/instructions",
    "/configure/client/security/history",
    "/configure/users",
    "/configure/users/new",
    "/configure/agents",
    "/configure/audit",
)
"""Paths below the client's own; the first is the login page."""


def screen_times(rounds: int = ROUNDS) -> Mapping[str, float]:
    """Return each screen's median answer in ms, from a platform started for it.

    Raises RuntimeError when a screen answers anything but 200.
    """
    servers = Servers("platform_stub", idp={"url": ""})
    try:
        with httpx.Client(base_url=servers.variables["platform_url"]) as browser:
            _sign_in(browser, servers.variables)
            times: dict[str, list[float]] = {path: [] for path in SCREENS}
            for _ in range(rounds + 1):
                for path, taken in times.items():
                    taken.append(_milliseconds(browser, f"/{_CLIENT}{path}"))
            return {path: statistics.median(taken[1:]) for path, taken in times.items()}  # the first compiles
    finally:
        servers.stop()


def _sign_in(browser: httpx.Client, variables: Mapping[str, str]) -> None:
    """Make a client with its administrator, who signs in with this browser."""
    care = {"Authorization": f"Bearer {variables['operator_token']}"}
    clients = f"{variables['care_url']}/api/clients"
    made = httpx.post(clients, headers=care, json={"code": _CLIENT, "sysadmin": _SYSADMIN})
    flag = httpx.put(f"{clients}/{_CLIENT}/single-sign-on-flag", headers=care, json={"on": True})
    if (made.status_code, flag.status_code) != (201, 200):
        raise RuntimeError(f"the platform made no client: {made.status_code} {made.text} {flag.status_code}")
    form = {"client_code": _CLIENT, "user": _SYSADMIN["login"], "pass": _SYSADMIN["password"]}
    answer = browser.post(f"/{_CLIENT}", data=form)
    if answer.status_code != 303:
        raise RuntimeError(f"the administrator could not sign in: {answer.status_code}")


def _milliseconds(browser: httpx.Client, path: str) -> float:
    started = time.perf_counter()
    answer = browser.get(path)
    taken = 1000 * (time.perf_counter() - started)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}; expected the screen")
    return taken
