"""What Customer Care alone may do: create and delete clients, set the Single Sign On flag, switch SSO off."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from platform_stub import audit
from platform_stub.admin import accounts, sso
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.policy import KNOBS
from platform_stub.roles import SYSADMIN
from platform_stub.sso_state import effective
from platform_stub.store import Account, Client, MetadataMode, SsoConfig, Surface

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_RESERVED = {"api", "care", "static", "favicon.ico"}


@dataclass(frozen=True)
class CreatedClient:
    """A new client, its first user, and the token for the header LV-Access, which is shown only now."""

    client: Client
    sysadmin: Account
    lv_access: str = field(repr=False)


def create(ctx: PlatformContext, code: str, name: str, sysadmin: Mapping[str, Any]) -> CreatedClient:
    """Create a client with its system administrator, the only account that Customer Care creates.

    Raises RejectedError: ``invalid-client``, ``client-exists`` (409) or an invalid account.
    """
    if not _CODE.fullmatch(code) or code.lower() in _RESERVED:
        raise RejectedError(
            "invalid-client",
            f"“{code}” cannot be a Client Code; expected 1 to 64 letters, digits, “-”, “_” or “.”, "
            f"none of {', '.join(sorted(_RESERVED))}.",
            fields={"code": "not usable in a URL"},
        )
    lv_access = secrets.token_urlsafe(24)
    columns = accounts.prepare(ctx, Surface.USER, {**sysadmin, "role": SYSADMIN})
    care = audit.CUSTOMER_CARE
    with ctx.store.write() as tx:
        if tx.clients.by_code(code):
            raise RejectedError("client-exists", f"The Client Code “{code}” is taken.", status=409)
        client = tx.clients.create(code, name.strip() or code, audit.digest(lv_access), ctx.clock.now())
        detail = {"code": code, "name": client.name}
        audit.record(
            ctx, client=client, actor=care, action="client.created", result="ok", detail=detail, tx=tx
        )
        account = accounts.insert(ctx, tx, client, Surface.USER, columns, actor=care, actor_role=SYSADMIN)
    return CreatedClient(client, account, lv_access)


def delete(ctx: PlatformContext, client: Client) -> None:
    """Remove a client with all its accounts, sessions and configurations; the audit stays."""
    with ctx.store.write() as tx:
        tx.clients.delete(client.id)
        audit.record(
            ctx,
            client=client,
            actor=audit.CUSTOMER_CARE,
            action="client.deleted",
            result="ok",
            detail={"code": client.code},
            tx=tx,
        )


def set_flag(ctx: PlatformContext, client: Client, *, on: bool, actor: str = audit.CUSTOMER_CARE) -> Client:
    """Set the Single Sign On flag; taking it away also turns the switch off, so that passwords work again."""
    stays = client.sso_enabled and "withdrawal-ends-sso" not in ctx.policy.lifecycle_rules
    with ctx.store.write() as tx:
        tx.clients.set_flag(client.id, on=on or stays)
        if not on and not stays:
            tx.clients.set_enabled(client.id, on=False)
        audit.record(
            ctx,
            client=client,
            actor=actor,
            action="sso.flag",
            result="ok",
            detail={"old": client.single_sign_on_flag, "new": on, "switch_was_on": client.sso_enabled},
            tx=tx,
        )
        return tx.clients.get(client.id) or client


def set_metadata_mode(ctx: PlatformContext, client: Client, mode: MetadataMode) -> None:
    """Say whether the client's metadata link is read by the green arrow alone, or again and again."""
    with ctx.store.write() as tx:
        tx.clients.set_metadata_mode(client.id, mode)
        detail = {"old": client.metadata_mode.value, "new": mode.value}
        audit.record(
            ctx,
            client=client,
            actor=audit.CUSTOMER_CARE,
            action="sso.metadata-mode",
            result="ok",
            detail=detail,
            tx=tx,
        )


def set_knobs(ctx: PlatformContext, client: Client, turned: Mapping[str, str]) -> None:
    """Turn knobs of the policy for this client alone; those not named stay. Raises RejectedError."""
    for name, value in turned.items():
        if value not in KNOBS[name]:
            raise RejectedError(
                "invalid-request", f"“{name}” is “{value}”; expected one of {', '.join(KNOBS[name])}."
            )
    knobs = {**client.knobs, **turned}
    with ctx.store.write() as tx:
        tx.clients.set_knobs(client.id, knobs)
        audit.record(
            ctx,
            client=client,
            actor=audit.CUSTOMER_CARE,
            action="client.knobs",
            result="ok",
            detail={"old": dict(client.knobs), "new": knobs},
            tx=tx,
        )


def disable_single_sign_on(ctx: PlatformContext, client: Client) -> SsoConfig:
    """Turn the client's switch off from outside: the way back when nobody can sign in."""
    if not client.single_sign_on_flag:
        return effective(ctx, client)  # without the flag it is off already
    return sso.set_enabled(ctx, client, audit.CUSTOMER_CARE, on=False)
