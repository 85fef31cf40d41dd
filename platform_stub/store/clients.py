"""LiveVox clients: look up, create, delete, and the two switches. The configuration's content is not here."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from platform_stub.store.models import ClientRow
from platform_stub.store.records import Client, MetadataMode


class Clients:
    """The clients of one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def by_code(self, code: str) -> Client | None:
        """Return the client with this Client Code (case-sensitive)."""
        row = self._session.scalar(select(ClientRow).where(ClientRow.code == code))
        return _record(row) if row else None

    def get(self, client_id: int) -> Client | None:
        """Return the client with this database id."""
        row = self._session.get(ClientRow, client_id, populate_existing=True)
        return _record(row) if row else None

    def by_access_token(self, token_hash: str) -> Client | None:
        """Return the client whose LV-Access token has this hash."""
        row = self._session.scalar(select(ClientRow).where(ClientRow.lv_access_hash == token_hash))
        return _record(row) if row else None

    def all(self) -> list[Client]:
        """Return every client, by Client Code."""
        return [_record(row) for row in self._session.scalars(select(ClientRow).order_by(ClientRow.code))]

    def create(self, code: str, name: str, lv_access_hash: str, now: datetime) -> Client:
        """Add a client with flag and switch off. The caller has checked that the code is free."""
        row = ClientRow(code=code, name=name, lv_access_hash=lv_access_hash, created_at=now)
        self._session.add(row)
        self._session.flush()
        return _record(row)

    def delete(self, client_id: int) -> None:
        """Remove the client and all it owns; its audit stays."""
        self._session.execute(delete(ClientRow).where(ClientRow.id == client_id))

    def set_flag(self, client_id: int, *, on: bool) -> None:
        """Set Customer Care's Single Sign On flag."""
        self._set(client_id, single_sign_on_flag=on)

    def set_enabled(self, client_id: int, *, on: bool) -> None:
        """Set the client's own switch."""
        self._set(client_id, sso_enabled=on)

    def set_metadata_mode(self, client_id: int, mode: MetadataMode) -> None:
        """Say whether the client's metadata link is read again and again."""
        self._set(client_id, metadata_mode=mode.value)

    def set_knobs(self, client_id: int, knobs: Mapping[str, str]) -> None:
        """Replace the knobs that are turned for this client alone."""
        self._set(client_id, knobs=dict(knobs))

    def _set(self, client_id: int, **values: bool | str | dict[str, str]) -> None:
        self._session.execute(update(ClientRow).where(ClientRow.id == client_id).values(**values))


def _record(row: ClientRow) -> Client:
    return Client(
        id=row.id,
        code=row.code,
        name=row.name,
        single_sign_on_flag=row.single_sign_on_flag,
        sso_enabled=row.sso_enabled,
        revision=row.revision,
        metadata_mode=MetadataMode(row.metadata_mode),
        knobs=row.knobs,
    )
