"""SSO configuration revisions: an append-only history and a pointer to the current one."""

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, update

from platform_stub.store.models import CLIENT, REFRESHED_METADATA, REVISION
from platform_stub.store.records import (
    Client,
    OidcConfig,
    RefreshedMetadata,
    Revision,
    SamlConfig,
    SsoConfig,
    Standard,
)

_CONTENT = (REVISION.c.authentication_standard, REVISION.c.saml, REVISION.c.oidc)
_CURRENT = (
    select(CLIENT.c.revision, CLIENT.c.single_sign_on_flag, CLIENT.c.sso_enabled, *_CONTENT)
    .outerjoin(REVISION, and_(REVISION.c.client_id == CLIENT.c.id, REVISION.c.revision == CLIENT.c.revision))
    .where(CLIENT.c.id == bindparam("client_id"))
)
_HISTORY = (
    select(REVISION.c.revision, REVISION.c.saved_at, REVISION.c.saved_by, REVISION.c.restored_from, *_CONTENT)
    .where(REVISION.c.client_id == bindparam("client_id"))
    .order_by(REVISION.c.revision.desc())
)
_REVISION = _HISTORY.where(REVISION.c.revision == bindparam("wanted"))
_LAST = select(func.max(REVISION.c.revision)).where(REVISION.c.client_id == bindparam("client_id"))
_SAVE = insert(REVISION).inline()
_POINT = update(CLIENT).where(CLIENT.c.id == bindparam("of"))
_OF_CLIENT = REFRESHED_METADATA.c.client_id == bindparam("of")
_REFRESHED = select(*(REFRESHED_METADATA.c[field.name] for field in fields(RefreshedMetadata))).where(
    _OF_CLIENT
)
_FORGET_REFRESHED = delete(REFRESHED_METADATA).where(_OF_CLIENT)
_KEEP_REFRESHED = insert(REFRESHED_METADATA).inline()


class Configurations:
    """The SSO configurations of one transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def current(self, client: Client) -> SsoConfig:
        """Return the current revision with the state of the switch; empty fields when none was saved."""
        row = self._db.execute(_CURRENT, {"client_id": client.id}).first()
        if row is None:
            return SsoConfig()
        revision, flag, switch, standard, saml, oidc = row
        if standard is None:
            return SsoConfig(revision=revision, enabled=flag and switch)
        return _config(revision, standard, saml, oidc, enabled=flag and switch)

    def revision(self, client_id: int, revision: int) -> Revision | None:
        """Return one revision of the history."""
        row = self._db.execute(_REVISION, {"client_id": client_id, "wanted": revision}).first()
        return _revision(row) if row else None

    def history(self, client_id: int) -> list[Revision]:
        """Return every revision, newest first."""
        return [_revision(row) for row in self._db.execute(_HISTORY, {"client_id": client_id})]

    def refreshed_metadata(self, client_id: int) -> RefreshedMetadata | None:
        """Return the last reading of the metadata link."""
        row = self._db.execute(_REFRESHED, {"of": client_id}).first()
        return RefreshedMetadata(*row) if row else None

    def keep_metadata(self, read: RefreshedMetadata) -> None:
        """Keep a reading of the metadata link instead of the one before."""
        self._db.execute(_FORGET_REFRESHED, {"of": read.client_id})
        self._db.execute(_KEEP_REFRESHED, asdict(read))

    def save(
        self,
        client_id: int,
        config: SsoConfig,
        *,
        saved_by: str,
        now: datetime,
        restored_from: int | None = None,
    ) -> SsoConfig:
        """Append a revision and make it current; ``config.revision`` and ``config.enabled`` are ignored."""
        revision = (self._db.scalar(_LAST, {"client_id": client_id}) or 0) + 1
        row = {
            "client_id": client_id,
            "revision": revision,
            "saved_at": now,
            "saved_by": saved_by,
            "restored_from": restored_from,
            "authentication_standard": config.authentication_standard.value,
            "saml": asdict(config.saml),
            "oidc": asdict(config.oidc),
        }
        self._db.execute(_SAVE, row)
        self._db.execute(_POINT, {"of": client_id, "revision": revision})
        return replace(config, revision=revision)


def _config(
    revision: int, standard: str, saml: dict[str, Any], oidc: dict[str, Any], *, enabled: bool
) -> SsoConfig:
    return SsoConfig(revision, enabled, Standard(standard), SamlConfig(**saml), OidcConfig(**oidc))


def _revision(row: Sequence[Any]) -> Revision:
    revision, saved_at, saved_by, restored_from, *content = row
    return Revision(_config(revision, *content, enabled=False), saved_at, saved_by, restored_from)
