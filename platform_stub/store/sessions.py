"""Open sessions. Cookies, headers and the idle limit are the business of ``platform_stub.sessions``."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from platform_stub.store.accounts import ACCOUNT_COLUMNS, account_record
from platform_stub.store.models import ACCOUNT, SESSION
from platform_stub.store.records import ON_CALL, Account, Channel, LiveSession, Method, Surface

_KEY = SESSION.c.key == bindparam("of")
_BUT_ONE = SESSION.c.key != bindparam("except_key")
_FIND = (
    select(
        *ACCOUNT_COLUMNS,
        SESSION.c.surface,
        SESSION.c.channel,
        SESSION.c.method,
        SESSION.c.csrf_token,
        SESSION.c.created_at,
        SESSION.c.last_seen_at,
    )
    .join_from(SESSION, ACCOUNT, ACCOUNT.c.id == SESSION.c.account_id)
    .where(_KEY)
)
_OPEN = insert(SESSION).inline()
_TOUCH = update(SESSION).where(_KEY).values(last_seen_at=bindparam("now"))
_END = delete(SESSION).where(_KEY)
_FORGET = delete(SESSION).where(SESSION.c.last_seen_at < bindparam("moment"))
_END_ALL_OF_ACCOUNT = delete(SESSION).where(SESSION.c.account_id == bindparam("account_id"), _BUT_ONE)
_END_ALL_OF_CLIENT = delete(SESSION).where(SESSION.c.client_id == bindparam("client_id"), _BUT_ONE)
_ON_CALL = select(ACCOUNT.c.id).where(ACCOUNT.c.call_state.in_(sorted(ON_CALL)))
_END_ALL_BUT_CALLS = _END_ALL_OF_CLIENT.where(SESSION.c.account_id.not_in(_ON_CALL))


class Sessions:
    """The sessions of one transaction; ``key`` is always the hash of what the caller presents."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def find(self, key: str) -> LiveSession | None:
        """Return the open session with this key and its account as it is now."""
        row = self._db.execute(_FIND, {"of": key}).first()
        if row is None:
            return None
        *account, surface, channel, method, csrf_token, created_at, last_seen_at = row
        owner = account_record(account)
        return LiveSession(
            key=key,
            client_id=owner.client_id,
            account=owner,
            surface=Surface(surface),
            channel=Channel(channel),
            method=Method(method),
            csrf_token=csrf_token,
            created_at=created_at,
            last_seen_at=last_seen_at,
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
        row = {
            "key": key,
            "client_id": account.client_id,
            "account_id": account.id,
            "surface": surface.value,
            "channel": channel.value,
            "method": method.value,
            "csrf_token": csrf_token,
            "created_at": now,
            "last_seen_at": now,
        }
        self._db.execute(_OPEN, row)

    def touch(self, key: str, now: datetime) -> None:
        """Note that the session was used."""
        self._db.execute(_TOUCH, {"of": key, "now": now})

    def end(self, key: str) -> None:
        """End one session."""
        self._db.execute(_END, {"of": key})

    def forget_unused_since(self, moment: datetime) -> None:
        """Remove the sessions of every client that were last used before that moment."""
        self._db.execute(_FORGET, {"moment": moment})

    def end_all_of_account(self, account_id: int, *, except_key: str = "") -> None:
        """End every session of an account, but for one."""
        self._db.execute(_END_ALL_OF_ACCOUNT, {"account_id": account_id, "except_key": except_key})

    def end_all_of_client(self, client_id: int, *, except_key: str = "", calls_too: bool = False) -> None:
        """End every session of a client, but for one, and those of agents in a call unless `calls_too`."""
        order = _END_ALL_OF_CLIENT if calls_too else _END_ALL_BUT_CALLS
        self._db.execute(order, {"client_id": client_id, "except_key": except_key})
