"""Logins under way and messages already used. What makes an answer valid is not decided here."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from platform_stub.store.models import ADMISSION, CONSUMED, LOGIN_REQUEST
from platform_stub.store.records import Admission, IdpSession, LoginRequest, Method, Surface

_KEEP_EXPIRED = timedelta(hours=1)  # long enough to say "expired" instead of "unknown" to a slow person
_REQUEST_COLUMNS = tuple(LOGIN_REQUEST.c[field.name] for field in fields(LoginRequest))
_ADMISSION_COLUMNS = tuple(ADMISSION.c[field.name] for field in fields(Admission))
_REQUEST_KEY = (
    LOGIN_REQUEST.c.client_id == bindparam("client_id"),
    LOGIN_REQUEST.c.id == bindparam("wanted"),
)
_ADD_REQUEST = insert(LOGIN_REQUEST).inline()
_FORGET_REQUESTS = delete(LOGIN_REQUEST).where(
    _REQUEST_KEY[0], LOGIN_REQUEST.c.expires_at < bindparam("moment")
)
_FIND_REQUEST = select(*_REQUEST_COLUMNS).where(*_REQUEST_KEY)
_NEWEST_REQUEST = (
    select(*_REQUEST_COLUMNS)
    .where(
        _REQUEST_KEY[0],
        LOGIN_REQUEST.c.browser_binding == bindparam("browser_binding"),
        LOGIN_REQUEST.c.protocol == bindparam("protocol"),
        LOGIN_REQUEST.c.surface == bindparam("surface"),
    )
    .order_by(LOGIN_REQUEST.c.expires_at.desc())
    .limit(1)
)
_TAKE_REQUEST = delete(LOGIN_REQUEST).where(*_REQUEST_KEY).returning(*_REQUEST_COLUMNS)
_ADD_ADMISSION = insert(ADMISSION).inline()
_FORGET_ADMISSIONS = delete(ADMISSION).where(
    ADMISSION.c.client_id == bindparam("client_id"), ADMISSION.c.expires_at < bindparam("moment")
)
_TAKE_ADMISSION = (
    delete(ADMISSION)
    .where(ADMISSION.c.token_hash == bindparam("token_hash"), ADMISSION.c.client_id == bindparam("client_id"))
    .returning(*_ADMISSION_COLUMNS)
)
_CONSUMED = select(CONSUMED.c.until).where(
    CONSUMED.c.client_id == bindparam("client_id"), CONSUMED.c.message_id == bindparam("message_id")
)
_CONSUME = insert(CONSUMED).inline()
_FORGET_CONSUMED = delete(CONSUMED).where(CONSUMED.c.until < bindparam("moment"))


class Logins:
    """Outstanding login requests, and verified logins that wait for the same-site hop."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def create(self, request: LoginRequest) -> None:
        """Remember a login that is being sent to the IdP, and forget those that expired long ago."""
        long_ago = request.expires_at - 2 * _KEEP_EXPIRED
        self._db.execute(_FORGET_REQUESTS, {"client_id": request.client_id, "moment": long_ago})
        self._db.execute(_ADD_REQUEST, asdict(request))

    def find(self, client_id: int, request_id: str) -> LoginRequest | None:
        """Return an outstanding request, expired or not, and leave it there."""
        row = self._db.execute(_FIND_REQUEST, {"client_id": client_id, "wanted": request_id}).first()
        return _request(row) if row else None

    def newest(
        self, client_id: int, browser_binding: str, protocol: Method, surface: Surface
    ) -> LoginRequest | None:
        """Return the latest outstanding request of a browser, expired or not, and leave it there."""
        wanted = {
            "client_id": client_id,
            "browser_binding": browser_binding,
            "protocol": protocol.value,
            "surface": surface.value,
        }
        row = self._db.execute(_NEWEST_REQUEST, wanted).first()
        return _request(row) if row else None

    def consume(self, client_id: int, request_id: str) -> LoginRequest | None:
        """Return an outstanding request, expired or not, and remove it: the second caller gets None."""
        row = self._db.execute(_TAKE_REQUEST, {"client_id": client_id, "wanted": request_id}).first()
        return _request(row) if row else None

    def park(self, admission: Admission) -> str:
        """Keep a verified login for the hop; returns the one-time token that the hop presents."""
        token = secrets.token_urlsafe(32)
        long_ago = admission.expires_at - 2 * _KEEP_EXPIRED
        self._db.execute(_FORGET_ADMISSIONS, {"client_id": admission.client_id, "moment": long_ago})
        self._db.execute(_ADD_ADMISSION, {"token_hash": _hash(token), **asdict(admission)})
        return token

    def claim(self, client_id: int, token: str) -> Admission | None:
        """Return the admission of this token, expired or not, and remove it: the second caller gets None."""
        row = self._db.execute(_TAKE_ADMISSION, {"client_id": client_id, "token_hash": _hash(token)}).first()
        if row is None:
            return None
        of_client, account_id, protocol, surface, deep_link, binding, named, expires_at = row
        return Admission(
            of_client,
            account_id,
            Method(protocol),
            Surface(surface),
            deep_link,
            binding,
            IdpSession(**named),
            expires_at,
        )


class Replays:
    """The identifiers of accepted messages, kept until their own expiry makes a replay useless."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def remember(self, client_id: int, message_id: str, until: datetime) -> bool:
        """Note an accepted message. Returns False when it had been accepted before."""
        message = {"client_id": client_id, "message_id": message_id}
        if self._db.execute(_CONSUMED, message).first() is not None:
            return False
        self._db.execute(_CONSUME, {**message, "until": until})
        return True

    def forget_before(self, moment: datetime) -> None:
        """Remove the notes whose messages are expired at that moment."""
        self._db.execute(_FORGET_CONSUMED, {"moment": moment})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _request(row: Sequence[Any]) -> LoginRequest:
    id_, client_id, protocol, surface, *others = row
    return LoginRequest(id_, client_id, Method(protocol), Surface(surface), *others)
