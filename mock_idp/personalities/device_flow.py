"""What a vendor decides about the device grant (RFC 8628): URLs, forms of the codes, words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class DeviceAnswer:
    """What the device is told; `verification_uri` is the absolute URL of the page for people."""

    device_code: str
    user_code: str
    verification_uri: str
    expires_in: int


@dataclass(frozen=True)
class DeviceFlow:
    """One vendor's device grant.

    `rule` is the URL of the page below the tenant, `field` the name of its one input and of the query
    parameter that fills it in, `template` the page itself, which shows `done` (the application's name) at
    the end; `lifetime` is in seconds; `new_user_code` makes what a person types; `body` answers the device.
    """

    rule: str
    field: str
    template: str
    lifetime: int
    new_user_code: Callable[[], str]
    body: Callable[[DeviceAnswer], dict[str, object]]
