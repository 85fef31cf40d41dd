"""SSO configuration revisions: an append-only history and a pointer to the current one."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from platform_stub.store.models import ClientRow, RefreshedMetadataRow, RevisionRow
from platform_stub.store.records import (
    Client,
    OidcConfig,
    RefreshedMetadata,
    Revision,
    SamlConfig,
    SsoConfig,
    Standard,
)


class Configurations:
    """The SSO configurations of one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def current(self, client: Client) -> SsoConfig:
        """Return the current revision with the state of the switch; empty fields when none was saved."""
        row = self._session.get(ClientRow, client.id, populate_existing=True)
        if row is None:
            return SsoConfig()
        enabled = row.single_sign_on_flag and row.sso_enabled
        saved = self._session.get(RevisionRow, (client.id, row.revision)) if row.revision else None
        return _config(saved, enabled=enabled) if saved else SsoConfig(revision=row.revision, enabled=enabled)

    def revision(self, client_id: int, revision: int) -> Revision | None:
        """Return one revision of the history."""
        row = self._session.get(RevisionRow, (client_id, revision))
        return _revision(row) if row else None

    def history(self, client_id: int) -> list[Revision]:
        """Return every revision, newest first."""
        query = select(RevisionRow).where(RevisionRow.client_id == client_id)
        return [_revision(row) for row in self._session.scalars(query.order_by(RevisionRow.revision.desc()))]

    def refreshed_metadata(self, client_id: int) -> RefreshedMetadata | None:
        """Return the last reading of the metadata link."""
        row = self._session.get(RefreshedMetadataRow, client_id, populate_existing=True)
        return (
            RefreshedMetadata(row.client_id, row.revision, row.certificate_x509, row.due_at) if row else None
        )

    def keep_metadata(self, read: RefreshedMetadata) -> None:
        """Keep a reading of the metadata link instead of the one before."""
        self._session.merge(RefreshedMetadataRow(**asdict(read)))

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
        query = select(func.max(RevisionRow.revision)).where(RevisionRow.client_id == client_id)
        row = RevisionRow(
            client_id=client_id,
            revision=(self._session.scalar(query) or 0) + 1,
            saved_at=now,
            saved_by=saved_by,
            restored_from=restored_from,
            authentication_standard=config.authentication_standard.value,
            saml=asdict(config.saml),
            oidc=asdict(config.oidc),
        )
        self._session.add(row)
        self._session.flush()
        self._session.execute(
            update(ClientRow).where(ClientRow.id == client_id).values(revision=row.revision)
        )
        return _config(row, enabled=config.enabled)


def _config(row: RevisionRow, *, enabled: bool) -> SsoConfig:
    return SsoConfig(
        revision=row.revision,
        enabled=enabled,
        authentication_standard=Standard(row.authentication_standard),
        saml=SamlConfig(**row.saml),
        oidc=OidcConfig(**row.oidc),
    )


def _revision(row: RevisionRow) -> Revision:
    return Revision(
        config=_config(row, enabled=False),
        saved_at=row.saved_at,
        saved_by=row.saved_by,
        restored_from=row.restored_from,
    )
