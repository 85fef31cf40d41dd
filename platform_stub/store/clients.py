"""LiveVox clients: look up, create, delete, and the two switches. The configuration's content is not here."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from platform_stub.store.models import CLIENT
from platform_stub.store.records import Client, MetadataMode

_COLUMNS = tuple(CLIENT.c[field.name] for field in fields(Client))
_ID = CLIENT.c.id == bindparam("client_id")
_READ = select(*_COLUMNS)
_GET = _READ.where(_ID)
_BY_CODE = _READ.where(CLIENT.c.code == bindparam("code"))
_BY_ACCESS_TOKEN = _READ.where(CLIENT.c.lv_access_hash == bindparam("token_hash"))
_ALL = _READ.order_by(CLIENT.c.code)
_CREATE = insert(CLIENT).returning(*_COLUMNS)
_DELETE = delete(CLIENT).where(_ID)
_CHANGE = update(CLIENT).where(_ID)


class Clients:
    """The clients of one transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def by_code(self, code: str) -> Client | None:
        """Return the client with this Client Code (case-sensitive)."""
        row = self._db.execute(_BY_CODE, {"code": code}).first()
        return _record(row) if row else None

    def get(self, client_id: int) -> Client | None:
        """Return the client with this database id."""
        row = self._db.execute(_GET, {"client_id": client_id}).first()
        return _record(row) if row else None

    def by_access_token(self, token_hash: str) -> Client | None:
        """Return the client whose LV-Access token has this hash."""
        row = self._db.execute(_BY_ACCESS_TOKEN, {"token_hash": token_hash}).first()
        return _record(row) if row else None

    def all(self) -> list[Client]:
        """Return every client, by Client Code."""
        return [_record(row) for row in self._db.execute(_ALL)]

    def create(self, code: str, name: str, lv_access_hash: str, now: datetime) -> Client:
        """Add a client with flag and switch off. The caller has checked that the code is free."""
        columns = {"code": code, "name": name, "lv_access_hash": lv_access_hash, "created_at": now}
        return _record(self._db.execute(_CREATE, columns).one())

    def delete(self, client_id: int) -> None:
        """Remove the client and all it owns; its audit stays."""
        self._db.execute(_DELETE, {"client_id": client_id})

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
        self._db.execute(_CHANGE, {"client_id": client_id, **values})


def _record(row: Sequence[Any]) -> Client:
    id_, code, name, flag, switch, revision, metadata_mode, knobs = row
    return Client(id_, code, name, flag, switch, revision, MetadataMode(metadata_mode), knobs)
