"""The tables, as SQLAlchemy typed models. Only the repositories of this folder use them, as plain tables.

The repositories work with SQLAlchemy Core: an ORM session costs five times what one of their statements does.
"""

import re
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import DDL, JSON, DateTime, Dialect, ForeignKey, Index, String, UniqueConstraint, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.types import TypeDecorator, TypeEngine

_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware UTC time; stored without zone, because SQLite keeps none."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store as UTC without zone."""
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return as aware UTC."""
        return value.replace(tzinfo=UTC) if value else None


class PlainText(TypeDecorator[str]):
    """Text that any database takes and sorts alike, by code points.

    Callers may be sent NUL and halves of surrogate pairs, which one database or the other cannot store. Each
    becomes a private-use character: no account's field may hold one, so nothing is found by such a text.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the database's own type; SQLite sorts by code points anyhow."""
        return dialect.type_descriptor(String(collation="C" if dialect.name == "postgresql" else None))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace what cannot be stored."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return _UNSTORABLE.sub("\ue000", value)


class Base(DeclarativeBase):
    """The metadata that every table of the platform hangs on."""

    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, str: PlainText}  # noqa: RUF012 - SQLAlchemy reads this class attribute


class ClientRow(Base):
    """A LiveVox client, with Customer Care's flag, the client's switch and the current revision."""

    __tablename__ = "client"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - ids are never used again, so an audit stays its own

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    lv_access_hash: Mapped[str]
    single_sign_on_flag: Mapped[bool] = mapped_column(default=False)
    sso_enabled: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=0)
    metadata_mode: Mapped[str] = mapped_column(default="import_once")
    knobs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class AccountRow(Base):
    """A user or agent. ``login_key`` is what must be unique: agents' logon IDs ignore case."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("client_id", "kind", "login_key"),
        Index("account_email", "client_id", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    kind: Mapped[str]
    login: Mapped[str]
    login_key: Mapped[str]
    password_hash: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="")
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    wrong_passwords: Mapped[int] = mapped_column(default=0)
    locked: Mapped[bool] = mapped_column(default=False)
    last_login_at: Mapped[datetime | None]
    password_expired: Mapped[bool] = mapped_column(default=False)
    call_state: Mapped[str] = mapped_column(default="Not Ready")


class RevisionRow(Base):
    """One saved SSO configuration. Rows are only ever added."""

    __tablename__ = "sso_revision"

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    saved_at: Mapped[datetime]
    saved_by: Mapped[str]
    restored_from: Mapped[int | None]
    authentication_standard: Mapped[str]
    saml: Mapped[dict[str, Any]]
    oidc: Mapped[dict[str, Any]]


class RefreshedMetadataRow(Base):
    """The last reading of the metadata link of a client that refreshes it."""

    __tablename__ = "refreshed_metadata"

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int]
    certificate_x509: Mapped[str]
    due_at: Mapped[datetime]


class SessionRow(Base):
    """An open or ended session; the key is a hash, so that a copied database opens nothing."""

    __tablename__ = "session"

    key: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    surface: Mapped[str]
    channel: Mapped[str]
    method: Mapped[str]
    csrf_token: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(index=True)


class IdpSessionRow(Base):
    """How the IdP named the person and the session that opened one of ours; gone with the session."""

    __tablename__ = "idp_session"
    __table_args__ = (Index("idp_session_issuer", "client_id", "issuer"),)

    session_key: Mapped[str] = mapped_column(ForeignKey("session.key", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    issuer: Mapped[str]
    name_id: Mapped[str]
    name_id_format: Mapped[str]
    session_index: Mapped[str]
    id_token: Mapped[str]


class LogoutRequestRow(Base):
    """A logout that was sent to the IdP and has not come back."""

    __tablename__ = "logout_request"

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    surface: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class PlatformKeyRow(Base):
    """The key with which the platform signs, and the one that others encrypt for, as PEM; a row for each."""

    __tablename__ = "platform_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    private_key: Mapped[str]
    certificate: Mapped[str]


class LoginRequestRow(Base):
    """A login that was sent to the IdP and has not come back."""

    __tablename__ = "login_request"

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    protocol: Mapped[str]
    surface: Mapped[str]
    revision: Mapped[int]
    deep_link: Mapped[str]
    browser_binding: Mapped[str]
    nonce: Mapped[str]
    verifier: Mapped[str]
    trial: Mapped[str] = mapped_column(default="")
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AdmissionRow(Base):
    """A verified login between the cross-site answer and the same-site hop."""

    __tablename__ = "admission"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    protocol: Mapped[str]
    surface: Mapped[str]
    deep_link: Mapped[str]
    browser_binding: Mapped[str]
    named: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class TrialRow(Base):
    """A test sign-in of safe mode and the result of its last use."""

    __tablename__ = "trial"

    id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), index=True)
    surface: Mapped[str]
    revision: Mapped[int]
    fingerprint: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    confirmed: Mapped[bool]
    passed: Mapped[bool]
    reason: Mapped[str]
    sentence: Mapped[str]
    detail: Mapped[str]
    email: Mapped[str]
    account_id: Mapped[int | None]
    account: Mapped[str]
    received: Mapped[dict[str, Any]]
    ticket_hash: Mapped[str] = mapped_column(index=True)
    browser_binding: Mapped[str]


class RecoveryCodeRow(Base):
    """A recovery code that was not used yet, as a hash."""

    __tablename__ = "recovery_code"

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime]


class ConsumedRow(Base):
    """An assertion, response or token that was accepted once and must not be again."""

    __tablename__ = "consumed"

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), primary_key=True)
    message_id: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime] = mapped_column(index=True)


class AuditRow(Base):
    """One audit line. No foreign key: the trail outlives what it tells about."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_client", "client_id", "seq"), {"sqlite_autoincrement": True})

    seq: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int | None]
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    result: Mapped[str]
    reason: Mapped[str]
    reference: Mapped[str]
    source: Mapped[str]
    detail: Mapped[dict[str, Any]]


CLIENT: Final = Base.metadata.tables["client"]
TRIAL: Final = Base.metadata.tables["trial"]
RECOVERY_CODE: Final = Base.metadata.tables["recovery_code"]
ACCOUNT: Final = Base.metadata.tables["account"]
REVISION: Final = Base.metadata.tables["sso_revision"]
REFRESHED_METADATA: Final = Base.metadata.tables["refreshed_metadata"]
SESSION: Final = Base.metadata.tables["session"]
LOGIN_REQUEST: Final = Base.metadata.tables["login_request"]
ADMISSION: Final = Base.metadata.tables["admission"]
IDP_SESSION: Final = Base.metadata.tables["idp_session"]
LOGOUT_REQUEST: Final = Base.metadata.tables["logout_request"]
PLATFORM_KEY: Final = Base.metadata.tables["platform_key"]
CONSUMED: Final = Base.metadata.tables["consumed"]
AUDIT: Final = Base.metadata.tables["audit"]


_REFUSAL: Final = "the audit trail is append-only"
_GUARDS: Final = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql "
            f"AS $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
        ),
        (
            "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
        ),
    ),
}
for _database, _guards in _GUARDS.items():
    for _guard in _guards:
        _order: ExecutableDDLElement = DDL(_guard)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves DDL() without types
        event.listen(AUDIT, "after_create", _order.execute_if(dialect=_database))
