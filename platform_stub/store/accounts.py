"""Users and agents of a client. Whether somebody may be created or let in is decided by the callers."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from platform_stub.email_match import ascii_folded
from platform_stub.store.models import ACCOUNT
from platform_stub.store.records import Account, CallState, Surface

ACCOUNT_COLUMNS = tuple(ACCOUNT.c[field.name] for field in fields(Account))
"""The columns of an Account, in the record's order."""
_CLIENT_ID = ACCOUNT.c.client_id == bindparam("client_id")
_KIND = ACCOUNT.c.kind == bindparam("kind")
_ID = ACCOUNT.c.id == bindparam("account_id")
_READ = select(*ACCOUNT_COLUMNS)
_GET = _READ.where(_ID)
_BY_LOGIN = _READ.where(_CLIENT_ID, _KIND, ACCOUNT.c.login_key == bindparam("login_key"))
_OF_CLIENT = _READ.where(_CLIENT_ID).order_by(ACCOUNT.c.id)
_BY_EMAIL = _OF_CLIENT.where(ACCOUNT.c.email == bindparam("email"))
_ALL = _READ.where(_CLIENT_ID, _KIND).order_by(ACCOUNT.c.login_key)
_COUNT = select(func.count()).select_from(ACCOUNT).where(_CLIENT_ID, _KIND)
_CREATE = insert(ACCOUNT).returning(*ACCOUNT_COLUMNS)
_CHANGE = update(ACCOUNT).where(_ID).returning(*ACCOUNT_COLUMNS)
_DELETE = delete(ACCOUNT).where(_ID)
_WRONG_PASSWORD = (
    update(ACCOUNT)
    .where(_ID)
    .values(
        wrong_passwords=ACCOUNT.c.wrong_passwords + 1,
        locked=or_(ACCOUNT.c.locked, ACCOUNT.c.wrong_passwords + 1 >= bindparam("lock_after")),
    )
    .returning(ACCOUNT.c.locked)
)
_ALL_NOT_READY = update(ACCOUNT).where(ACCOUNT.c.client_id == bindparam("of"))
_LOGGED_IN = update(ACCOUNT).where(_ID).values(wrong_passwords=0, last_login_at=bindparam("now"))


def login_key(kind: Surface, login: str) -> str:
    """Return what makes a login unique: agents' logon IDs ignore case, users' user names do not."""
    return login.casefold() if kind is Surface.AGENT else login


class Accounts:
    """The accounts of one transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def get(self, account_id: int) -> Account | None:
        """Return the account with this database id."""
        row = self._db.execute(_GET, {"account_id": account_id}).first()
        return account_record(row) if row else None

    def by_login(self, client_id: int, kind: Surface, login: str) -> Account | None:
        """Return the user (case-sensitive) or agent (case-insensitive) with this login."""
        wanted = {"client_id": client_id, "kind": kind.value, "login_key": login_key(kind, login)}
        row = self._db.execute(_BY_LOGIN, wanted).first()
        return account_record(row) if row else None

    def with_email(self, client_id: int, email: str, *, ignore_case: bool = False) -> tuple[Account, ...]:
        """Return the users and agents with this e-mail, by id: byte for byte, or A to Z in any case."""
        if not ignore_case:
            rows = self._db.execute(_BY_EMAIL, {"client_id": client_id, "email": email})
            return tuple(account_record(row) for row in rows)
        found = map(account_record, self._db.execute(_OF_CLIENT, {"client_id": client_id}))
        wanted = ascii_folded(email)
        return tuple(account for account in found if ascii_folded(account.email) == wanted)

    def all(self, client_id: int, kind: Surface) -> list[Account]:
        """Return every user or every agent, by login."""
        rows = self._db.execute(_ALL, {"client_id": client_id, "kind": kind.value})
        return [account_record(row) for row in rows]

    def count(self, client_id: int, kind: Surface) -> int:
        """Return the number of users or agents."""
        return self._db.scalar(_COUNT, {"client_id": client_id, "kind": kind.value}) or 0

    def create(self, client_id: int, kind: Surface, values: Mapping[str, Any]) -> Account:
        """Add an account; ``values`` are columns and hold at least ``login`` and ``password_hash``."""
        key = login_key(kind, values["login"])
        columns = {"client_id": client_id, "kind": kind.value, "login_key": key, **values}
        return account_record(self._db.execute(_CREATE, columns).one())

    def change(self, account_id: int, values: Mapping[str, Any]) -> Account:
        """Set columns of an account and return it; unlocking also forgets the wrong passwords."""
        values = dict(values)
        if values.get("locked") is False:
            values["wrong_passwords"] = 0
        old = account_record(self._db.execute(_GET, {"account_id": account_id}).one())
        if "login" in values:
            values["login_key"] = login_key(old.kind, values["login"])
        if not values:
            return old
        return account_record(self._db.execute(_CHANGE, {"account_id": account_id, **values}).one())

    def delete(self, account_id: int) -> None:
        """Remove an account and its sessions."""
        self._db.execute(_DELETE, {"account_id": account_id})

    def note_wrong_password(self, account_id: int, lock_after: int) -> bool:
        """Count one wrong password; lock the account at ``lock_after``. Returns True when it is locked."""
        values = {"account_id": account_id, "lock_after": lock_after}
        return bool(self._db.execute(_WRONG_PASSWORD, values).scalar_one())

    def end_all_calls(self, client_id: int) -> None:
        """Put every agent of a client to Not Ready."""
        self._db.execute(_ALL_NOT_READY, {"of": client_id, "call_state": CallState.NOT_READY.value})

    def note_login(self, account_id: int, now: datetime) -> None:
        """Remember a successful login; the count of wrong passwords starts again."""
        self._db.execute(_LOGGED_IN, {"account_id": account_id, "now": now})


def account_record(row: Sequence[Any]) -> Account:
    """Return the record of a row of ACCOUNT_COLUMNS; the sessions repository needs it too."""
    id_, client_id, kind, *others = row
    return Account(id_, client_id, Surface(kind), *others)
