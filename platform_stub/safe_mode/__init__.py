"""Safe mode: what stands between a client and locking itself out. Ours, documented nowhere, off by default.

Test sign-ins (``trials``), the readiness report and the gate in front of the switch (``readiness``,
``gate``), and recovery codes (``recovery``). The history with its rollback is there in every mode.
"""

from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.store import Client


def is_on(ctx: PlatformContext, client: Client) -> bool:
    """Say whether safe mode guards this client: the knob that Customer Care turned, else the platform's."""
    return ctx.policy_of(client).safe_mode == "on"


def require_on(ctx: PlatformContext, client: Client) -> None:
    """Raise RejectedError ``safe-mode-off`` (404) where there is no safe mode."""
    if not is_on(ctx, client):
        raise RejectedError(
            "safe-mode-off",
            "This client has no safe mode, so there are no test sign-ins and no recovery codes. "
            "Customer Care can turn it on.",
            status=404,
        )
