"""The audit trail's table: append and read. There is no way to change or remove a line."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select

from platform_stub.store.models import AUDIT
from platform_stub.store.records import AuditEntry

_APPEND = insert(AUDIT).inline()
_OF_CLIENT = (
    select(*(AUDIT.c[field.name] for field in fields(AuditEntry)))
    .where(AUDIT.c.client_id == bindparam("client_id"))
    .limit(bindparam("most"))
)
_ENTRIES = _OF_CLIENT.where(AUDIT.c.seq > bindparam("after")).order_by(AUDIT.c.seq)
_LATEST = _OF_CLIENT.order_by(AUDIT.c.seq.desc())
_REFUSED_SINCE = select(func.count()).where(
    *(AUDIT.c[name] == bindparam(name) for name in ("client_id", "action", "reason", "source")),
    AUDIT.c.at > bindparam("moment"),
)


class AuditTrail:
    """The audit trail of one transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def append(
        self,
        client_id: int | None,
        *,
        at: datetime,
        actor: str,
        action: str,
        result: str,
        reason: str,
        reference: str,
        source: str,
        detail: Mapping[str, Any],
    ) -> None:
        """Write one line."""
        line = {
            "client_id": client_id,
            "at": at,
            "actor": actor,
            "action": action,
            "result": result,
            "reason": reason,
            "reference": reference,
            "source": source,
            "detail": dict(detail),
        }
        self._db.execute(_APPEND, line)

    def entries(self, client_id: int, *, after: int = 0, limit: int = 500) -> list[AuditEntry]:
        """Return the client's lines with a higher ``seq``, oldest first."""
        wanted = {"client_id": client_id, "after": after, "most": limit}
        return [AuditEntry(*row) for row in self._db.execute(_ENTRIES, wanted)]

    def refused_since(self, client_id: int, action: str, reason: str, source: str, moment: datetime) -> int:
        """Count what was refused for one reason to one address since that moment."""
        wanted = {"client_id": client_id, "action": action, "reason": reason, "source": source}
        return self._db.scalar(_REFUSED_SINCE, {**wanted, "moment": moment}) or 0

    def latest(self, client_id: int, *, limit: int = 100) -> list[AuditEntry]:
        """Return the client's last lines, newest first."""
        wanted = {"client_id": client_id, "most": limit}
        return [AuditEntry(*row) for row in self._db.execute(_LATEST, wanted)]
