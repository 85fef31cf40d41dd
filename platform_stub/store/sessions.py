"""Open sessions. Cookies, headers and the idle limit are the business of ``platform_stub.sessions``."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from platform_stub.store.accounts import account_record
from platform_stub.store.models import AccountRow, SessionRow
from platform_stub.store.records import Account, Channel, LiveSession, Method, Surface


class Sessions:
    """The sessions of one transaction; ``key`` is always the hash of what the caller presents."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, key: str) -> LiveSession | None:
        """Return the open session with this key and its account as it is now."""
        found = self._session.execute(
            select(SessionRow, AccountRow)
            .join(AccountRow, AccountRow.id == SessionRow.account_id)
            .where(SessionRow.key == key)
        ).first()
        if found is None:
            return None
        row, account = found
        return LiveSession(
            key=row.key,
            client_id=row.client_id,
            account=account_record(account),
            surface=Surface(row.surface),
            channel=Channel(row.channel),
            method=Method(row.method),
            csrf_token=row.csrf_token,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
        )

    def open(
        self,
        key: str,
        account: Account,
        *,
        surface: Surface,
        channel: Channel,
        method: Method,
        csrf_token: str,
        now: datetime,
    ) -> None:
        """Open a session, replacing one with the same key."""
        self.end(key)
        self._session.add(
            SessionRow(
                key=key,
                client_id=account.client_id,
                account_id=account.id,
                surface=surface.value,
                channel=channel.value,
                method=method.value,
                csrf_token=csrf_token,
                created_at=now,
                last_seen_at=now,
            )
        )
        self._session.flush()

    def touch(self, key: str, now: datetime) -> None:
        """Note that the session was used."""
        self._session.execute(update(SessionRow).where(SessionRow.key == key).values(last_seen_at=now))

    def end(self, key: str) -> None:
        """End one session."""
        self._session.execute(delete(SessionRow).where(SessionRow.key == key))

    def forget_unused_since(self, moment: datetime) -> None:
        """Remove the sessions of every client that were last used before that moment."""
        self._session.execute(delete(SessionRow).where(SessionRow.last_seen_at < moment))

    def end_all_of_account(self, account_id: int, *, except_key: str = "") -> None:
        """End every session of an account, but for one."""
        self._session.execute(
            delete(SessionRow).where(SessionRow.account_id == account_id, SessionRow.key != except_key)
        )

    def end_all_of_client(self, client_id: int, *, except_key: str = "") -> None:
        """End every session of a client, but for one."""
        self._session.execute(
            delete(SessionRow).where(SessionRow.client_id == client_id, SessionRow.key != except_key)
        )
