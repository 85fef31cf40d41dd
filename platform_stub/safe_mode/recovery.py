"""Recovery codes: a Sysadmin's way back to the Security tab when single sign-on lets nobody in.

Ten codes of 78 bits each, shown once and kept as hashes, each good for one session of 15 minutes.
"""

from __future__ import annotations

import secrets
from typing import Final

from flask import has_request_context, request

from platform_stub import audit
from platform_stub.context import PlatformContext
from platform_stub.errors import RejectedError
from platform_stub.roles import SYSADMIN
from platform_stub.safe_mode import require_on
from platform_stub.store import Account, Client, Surface, Transaction

ACTION: Final = "login.recovery"
_ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # nothing that is read for something else
_GROUPS: Final = 4
_CODES: Final = 10

_ANSWERS: Final[dict[str, tuple[int, str]]] = {
    "recovery-rate-limited": (
        429,
        "Too many wrong recovery codes from your address. Wait 15 minutes, then try again.",
    ),
    "recovery-code-wrong": (
        401,
        "This is not an unused recovery code of this client. A code works once; new ones replace the old.",
    ),
    "recovery-account-closed": (
        403,
        "The account that made this code is no active Sysadmin any more. Ask Customer Care.",
    ),
}


def generate(ctx: PlatformContext, client: Client, account: Account) -> tuple[str, ...]:
    """Make new codes for this Sysadmin and void the former ones; nobody can see them again.

    Raises RejectedError ``safe-mode-off`` (404).
    """
    require_on(ctx, client)
    codes = tuple(_code() for _ in range(_CODES))
    with ctx.store.write() as tx:
        voided = tx.recovery_codes.void(account.id) if ctx.policy.recovery_codes_voided else 0
        tx.recovery_codes.add(client.id, account.id, [_kept(ctx, one) for one in codes], ctx.clock.now())
        audit.record(
            ctx,
            client=client,
            actor=account.login,
            action="recovery-codes.made",
            result="ok",
            detail={"made": len(codes), "voided": voided},
            tx=tx,
        )
    return codes


def redeem(ctx: PlatformContext, client: Client, code: str) -> Account:
    """Spend a code and return the Sysadmin whose session it opens; every try is in the audit.

    Raises RejectedError ``safe-mode-off`` (404), ``recovery-not-needed`` (409), ``recovery-code-wrong``
    (401), ``recovery-rate-limited`` (429) or ``recovery-account-closed`` (403).
    """
    require_on(ctx, client)
    account: Account | None = None
    with ctx.store.write() as tx:
        if not tx.configurations.current(client).enabled:
            raise RejectedError(
                "recovery-not-needed",
                "Single sign-on is off: sign in with your password. The code was not used up.",
                status=409,
            )
        problem = _rate_problem(ctx, tx, client)
        if not problem:
            account, problem = _spend(ctx, tx, client, _kept(ctx, code))
        if problem or ctx.policy.recovery_audited:
            audit.record(
                ctx,
                client=client,
                actor=account.login if account else audit.NOBODY,
                action=ACTION,
                result="refused" if problem else "ok",
                reason=problem,
                detail={"codes_left": tx.recovery_codes.left(client.id)},
                tx=tx,
            )
    if account is None or problem:
        status, sentence = _ANSWERS[problem]
        raise RejectedError(problem, sentence, status=status)
    return account


def stored(ctx: PlatformContext, account: Account) -> list[str]:
    """Return an account's codes as far as the database knows them: nothing, unless they are kept readable."""
    if ctx.policy.recovery_codes_stored == "hashed":
        return []
    with ctx.store.read() as tx:
        return tx.recovery_codes.stored(account.id)


def _spend(ctx: PlatformContext, tx: Transaction, client: Client, kept: str) -> tuple[Account | None, str]:
    own = ctx.policy.recovery_code_own_client
    account_id = tx.recovery_codes.find(kept, client_id=client.id if own else None)
    account = tx.accounts.get(account_id) if account_id is not None else None
    if account is None:
        return None, "recovery-code-wrong"
    if ctx.policy.recovery_code_single_use:
        tx.recovery_codes.use_up(kept)
    if account.client_id != client.id:  # only with the weakness: any client's code is good here
        account = next((a for a in tx.accounts.all(client.id, Surface.USER) if a.role == SYSADMIN), account)
    if account.role != SYSADMIN or not account.active:
        return account, "recovery-account-closed"
    return account, ""


def _rate_problem(ctx: PlatformContext, tx: Transaction, client: Client) -> str:
    """Count wrong codes by address, so that a stranger elsewhere cannot keep the Sysadmin out."""
    if not ctx.policy.recovery_attempts_limited:
        return ""
    source = (request.remote_addr or "") if has_request_context() else ""
    since = ctx.clock.now() - ctx.settings.recovery_window
    wrong = tx.audit.refused_since(client.id, ACTION, "recovery-code-wrong", source, since)
    return "recovery-rate-limited" if wrong >= ctx.settings.recovery_attempts else ""


def _code() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(_GROUPS))


def _kept(ctx: PlatformContext, code: str) -> str:
    """Return what the database holds of a code, however it was typed."""
    plain = "".join(code.split()).replace("-", "").upper()
    return audit.digest(plain) if ctx.policy.recovery_codes_stored == "hashed" else plain
