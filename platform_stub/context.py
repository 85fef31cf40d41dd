"""What every request of one running platform works with. Nothing is looked up by name in a global."""

from dataclasses import dataclass, field

from platform_stub.clock import Clock, SystemClock
from platform_stub.policy import STRICT, Policy
from platform_stub.settings import Settings
from platform_stub.store import SsoConfig, Store


@dataclass(frozen=True)
class PlatformContext:
    """Settings, policy, clock and store of one platform; handed to every function that needs them."""

    settings: Settings
    store: Store
    policy: Policy = STRICT
    clock: Clock = field(default_factory=SystemClock)
    seen_switches: dict[int, tuple[float, SsoConfig]] = field(default_factory=dict, repr=False)
    """Client id → when and what ``sso_state`` last read; stays empty unless the policy caches."""
