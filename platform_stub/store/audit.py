"""The audit trail's table: append and read. There is no way to change or remove a line."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from platform_stub.store.models import AuditRow
from platform_stub.store.records import AuditEntry


class AuditTrail:
    """The audit trail of one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

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
        self._session.add(
            AuditRow(
                client_id=client_id,
                at=at,
                actor=actor,
                action=action,
                result=result,
                reason=reason,
                reference=reference,
                source=source,
                detail=dict(detail),
            )
        )
        self._session.flush()

    def entries(self, client_id: int, *, after: int = 0, limit: int = 500) -> list[AuditEntry]:
        """Return the client's lines with a higher ``seq``, oldest first."""
        query = select(AuditRow).where(AuditRow.client_id == client_id, AuditRow.seq > after)
        return [_entry(row) for row in self._session.scalars(query.order_by(AuditRow.seq).limit(limit))]

    def latest(self, client_id: int, *, limit: int = 100) -> list[AuditEntry]:
        """Return the client's last lines, newest first."""
        query = select(AuditRow).where(AuditRow.client_id == client_id)
        return [
            _entry(row) for row in self._session.scalars(query.order_by(AuditRow.seq.desc()).limit(limit))
        ]


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        action=row.action,
        result=row.result,
        reason=row.reason,
        reference=row.reference,
        source=row.source,
        detail=row.detail,
    )
