"""Users and agents of a client. Whether somebody may be created or let in is decided by the callers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from platform_stub.store.models import AccountRow
from platform_stub.store.records import Account, Surface


def login_key(kind: Surface, login: str) -> str:
    """Return what makes a login unique: agents' logon IDs ignore case, users' user names do not."""
    return login.casefold() if kind is Surface.AGENT else login


class Accounts:
    """The accounts of one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, account_id: int) -> Account | None:
        """Return the account with this database id."""
        row = self._session.get(AccountRow, account_id, populate_existing=True)
        return account_record(row) if row else None

    def by_login(self, client_id: int, kind: Surface, login: str) -> Account | None:
        """Return the user (case-sensitive) or agent (case-insensitive) with this login."""
        row = self._session.scalar(
            select(AccountRow).where(
                AccountRow.client_id == client_id,
                AccountRow.kind == kind.value,
                AccountRow.login_key == login_key(kind, login),
            )
        )
        return account_record(row) if row else None

    def with_email(self, client_id: int, email: str, *, ignore_case: bool = False) -> tuple[Account, ...]:
        """Return the users and agents with this e-mail, byte for byte or ignoring case, by id."""
        query = select(AccountRow).where(AccountRow.client_id == client_id)
        if not ignore_case:
            query = query.where(AccountRow.email == email)
        rows = self._session.scalars(query.order_by(AccountRow.id))
        return tuple(account_record(row) for row in rows if row.email.casefold() == email.casefold())

    def all(self, client_id: int, kind: Surface) -> list[Account]:
        """Return every user or every agent, by login."""
        query = select(AccountRow).where(AccountRow.client_id == client_id, AccountRow.kind == kind.value)
        return [account_record(row) for row in self._session.scalars(query.order_by(AccountRow.login_key))]

    def count(self, client_id: int, kind: Surface) -> int:
        """Return the number of users or agents."""
        query = select(func.count()).where(AccountRow.client_id == client_id, AccountRow.kind == kind.value)
        return self._session.scalar(query) or 0

    def create(self, client_id: int, kind: Surface, values: Mapping[str, Any]) -> Account:
        """Add an account; ``values`` are columns and hold at least ``login`` and ``password_hash``."""
        row = AccountRow(
            client_id=client_id, kind=kind.value, login_key=login_key(kind, values["login"]), **values
        )
        self._session.add(row)
        self._session.flush()
        return account_record(row)

    def change(self, account_id: int, values: Mapping[str, Any]) -> Account:
        """Set columns of an account and return it; unlocking also forgets the wrong passwords."""
        values = dict(values)
        if values.get("locked") is False:
            values["wrong_passwords"] = 0
        row = self._session.get_one(AccountRow, account_id)
        if "login" in values:
            values["login_key"] = login_key(Surface(row.kind), values["login"])
        for column, value in values.items():
            setattr(row, column, value)
        self._session.flush()
        return account_record(row)

    def delete(self, account_id: int) -> None:
        """Remove an account and its sessions."""
        self._session.execute(delete(AccountRow).where(AccountRow.id == account_id))

    def note_wrong_password(self, account_id: int, lock_after: int) -> bool:
        """Count one wrong password; lock the account at ``lock_after``. Returns True when it is locked."""
        row = self._session.get_one(AccountRow, account_id, populate_existing=True)
        row.wrong_passwords += 1
        row.locked = row.locked or row.wrong_passwords >= lock_after
        return row.locked

    def note_login(self, account_id: int, now: datetime) -> None:
        """Remember a successful login; the count of wrong passwords starts again."""
        self._session.execute(
            update(AccountRow).where(AccountRow.id == account_id).values(wrong_passwords=0, last_login_at=now)
        )


def account_record(row: AccountRow) -> Account:
    """Return the record of a row; the sessions repository needs it too."""
    return Account(
        id=row.id,
        client_id=row.client_id,
        kind=Surface(row.kind),
        login=row.login,
        email=row.email,
        role=row.role,
        first_name=row.first_name,
        last_name=row.last_name,
        active=row.active,
        locked=row.locked,
        password_hash=row.password_hash,
        last_login_at=row.last_login_at,
    )
