"""Is single sign-on on for this client, right now? Changing it is the business of ``sso_admin``."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from platform_stub.context import PlatformContext
from platform_stub.refusals import RefusalError
from platform_stub.store import Client, SsoConfig, Standard


def effective(ctx: PlatformContext, client: Client) -> SsoConfig:
    """Return the current configuration; ``enabled`` is Customer Care's flag and the client's switch together.

    Read anew for every request, so that the switch works on the next one, unless the policy caches.
    """
    keep = ctx.policy.switch_cache_seconds
    now = ctx.clock.now().timestamp()
    if keep and client.id in ctx.seen_switches:
        seen_at, config = ctx.seen_switches[client.id]
        if now - seen_at < keep:
            return config
    with ctx.store.read() as tx:
        config = tx.configurations.current(client)
    if keep:
        ctx.seen_switches[client.id] = (now, config)
    return config


def require_filled(missing: Sequence[str], field: str, address: str) -> None:
    """Raise RefusalError ``sso-not-configured`` for empty fields, or a field whose address leads nowhere.

    The address is where the login goes on, `field` its label on the Security tab.
    """
    if missing:
        fields = ", ".join(missing)
        raise RefusalError(
            "sso-not-configured",
            f"Empty: {fields}.",
            sentence=f"Single sign-on is switched on, but the Security tab is not filled in: {fields}.",
        )
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise RefusalError(
            "sso-not-configured",
            f"{field} is {address!r}.",
            sentence=f"The field {field} on the Security tab holds no web address (https://…).",
        )


def require_active(ctx: PlatformContext, client: Client, standard: Standard) -> SsoConfig:
    """Return the configuration when single sign-on is on with this standard.

    Raises RefusalError ``sso-disabled`` otherwise: an endpoint of a switched-off login admits nobody.
    """
    with ctx.store.read() as tx:
        config = tx.configurations.current(client)
    guarded = ctx.policy.acs_needs_sso if standard is Standard.SAML else ctx.policy.callback_needs_sso
    if not guarded:
        return config
    if not config.enabled:
        raise RefusalError("sso-disabled", "Single sign-on is switched off for this client.")
    former = "former-settings-refused" in ctx.policy.lifecycle_rules
    if former and config.authentication_standard is not standard:
        raise RefusalError(
            "sso-disabled",
            f"The Authentication Standard is {config.authentication_standard}; the answer is {standard}.",
            sentence="Single sign-on uses another standard now. Start again from the login page.",
        )
    return config
