"""What every request of one running platform works with. Nothing is looked up by name in a global."""

from dataclasses import dataclass, field, replace
from typing import Any

from platform_stub.clock import Clock, SystemClock
from platform_stub.policy import STRICT, Policy
from platform_stub.settings import Settings
from platform_stub.store import Client, SsoConfig, Store


@dataclass(frozen=True)
class PlatformContext:
    """Settings, policy, clock and store of one platform; handed to every function that needs them."""

    settings: Settings
    store: Store
    policy: Policy = STRICT
    clock: Clock = field(default_factory=SystemClock)
    seen_switches: dict[int, tuple[float, SsoConfig]] = field(default_factory=dict, repr=False)
    """Client id → when and what ``sso_state`` last read; stays empty unless the policy caches."""
    seen_subjects: dict[tuple[int, str, str], int] = field(default_factory=dict, repr=False)
    """Client, surface and NameID or sub → account; stays empty unless the policy remembers subjects."""
    last_asked: list[SsoConfig] = field(default_factory=list, repr=False)
    """Whom the newest OpenID Connect login asked; stays empty unless the policy confuses providers."""

    redeemed: dict[str, Any] = field(default_factory=dict, repr=False)
    """Code → tokens; stays empty unless the policy answers callbacks again."""

    def policy_of(self, client: Client) -> Policy:
        """Return the platform's policy with the knobs that Customer Care has turned for this client."""
        knobs: dict[str, Any] = dict(client.knobs)  # checked against KNOBS when they were turned
        return replace(self.policy, **knobs) if knobs else self.policy
