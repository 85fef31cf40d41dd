"""Writing the audit trail: who did what to whom, from where, with which result. Secrets never get here."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, Literal

from flask import has_request_context, request

from platform_stub.context import PlatformContext
from platform_stub.store import Client, Transaction

Result = Literal["ok", "refused", "failed"]
CUSTOMER_CARE = "Customer Care"
NOBODY = "anonymous"


def record(
    ctx: PlatformContext,
    *,
    client: Client | None,
    actor: str,
    action: str,
    result: Result,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
    tx: Transaction | None = None,
) -> str:
    """Write one line and return its reference, a short code that a person can read out.

    ``reason`` is the code of a refusal. With ``tx`` the line is part of that transaction.
    """
    reference = secrets.token_hex(4).upper()
    values: dict[str, Any] = {
        "at": ctx.clock.now(),
        "actor": actor,
        "action": action,
        "result": result,
        "reason": reason,
        "reference": reference,
        "source": (request.remote_addr or "") if has_request_context() else "",
        "detail": detail or {},
    }
    client_id = client.id if client else None
    if tx is not None:
        tx.audit.append(client_id, **values)
        return reference
    with ctx.store.write() as own:
        own.audit.append(client_id, **values)
    return reference


def digest(secret: str) -> str:
    """Return the hash under which a token is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def fingerprint(secret: str) -> str:
    """Return what the trail shows instead of a secret: enough to see that it changed."""
    return f"sha256:{digest(secret)[:12]}" if secret else ""
