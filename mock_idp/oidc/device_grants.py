"""Devices that wait for a person, and what they get when they poll (RFC 8628 sections 3.4 and 3.5)."""

from __future__ import annotations

from dataclasses import dataclass

from mock_idp.oidc.exchange import Exchange, Grant, RefusedError
from mock_idp.personalities.oidc_base import Org
from mock_idp.personalities.oidc_problems import Problem
from mock_idp.tenants import Tenant

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True)
class DeviceRequest:
    """A device that waits. `grant` is what it will get; `approved` is set once a person has signed in."""

    grant: Grant
    org: Org
    approved: bool = False


def redeem(exchange: Exchange, client_id: str, device_code: str) -> Grant:
    """What a device gets for its code, once a person has approved it. Raises RefusedError."""
    waiting = exchange.tenant.grants.get(f"device:{device_code}")
    if not isinstance(waiting, DeviceRequest) or waiting.grant.client_id != client_id:
        raise RefusedError(Problem.DEVICE_CODE_UNKNOWN)
    if waiting.grant.server != exchange.server.name:
        raise RefusedError(Problem.DEVICE_CODE_UNKNOWN)
    if is_over(exchange.tenant, waiting):
        raise RefusedError(Problem.DEVICE_CODE_EXPIRED)
    if not waiting.approved:
        raise RefusedError(Problem.AUTHORIZATION_PENDING)
    if exchange.tenant.grants.pop(f"device:{device_code}") is None:
        raise RefusedError(Problem.DEVICE_CODE_UNKNOWN)
    return waiting.grant


def is_over(tenant: Tenant, waiting: DeviceRequest) -> bool:
    """Whether its codes have expired."""
    return waiting.grant.expires <= tenant.clock.timestamp()
