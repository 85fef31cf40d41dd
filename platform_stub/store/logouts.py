"""What single logout needs: whom the IdP named for a session, logouts under way, the platform's own keys."""

from dataclasses import asdict, fields

from sqlalchemy import Connection, bindparam, delete, insert, select

from platform_stub.store.models import IDP_SESSION, LOGOUT_REQUEST, PLATFORM_KEY
from platform_stub.store.records import IdpSession, KeyUse, LogoutRequest, PlatformKey, Surface

_NAMES = tuple(IDP_SESSION.c[field.name] for field in fields(IdpSession))
_NOTE = insert(IDP_SESSION).inline()
_NAMED = select(*_NAMES).where(IDP_SESSION.c.session_key == bindparam("of"))
_OF_ISSUER = select(IDP_SESSION.c.session_key, *_NAMES).where(
    IDP_SESSION.c.client_id == bindparam("client"), IDP_SESSION.c.issuer == bindparam("from_issuer")
)
_FORGET = delete(LOGOUT_REQUEST).where(
    LOGOUT_REQUEST.c.client_id == bindparam("client"), LOGOUT_REQUEST.c.expires_at < bindparam("moment")
)
_START = insert(LOGOUT_REQUEST).inline()
_FINISH = (
    delete(LOGOUT_REQUEST)
    .where(LOGOUT_REQUEST.c.client_id == bindparam("client"), LOGOUT_REQUEST.c.id == bindparam("wanted"))
    .returning(LOGOUT_REQUEST.c.surface)
)
_KEY = select(PLATFORM_KEY.c.private_key, PLATFORM_KEY.c.certificate).where(
    PLATFORM_KEY.c.id == bindparam("use")
)
_KEEP_KEY = insert(PLATFORM_KEY).inline()


class Logouts:
    """The logout repository of one transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def note(self, session_key: str, client_id: int, named: IdpSession) -> None:
        """Remember how the IdP named the person and the session that opened this one."""
        self._db.execute(_NOTE, {"session_key": session_key, "client_id": client_id, **asdict(named)})

    def named(self, session_key: str) -> IdpSession | None:
        """Return how the IdP named this session, None for one that a password opened."""
        row = self._db.execute(_NAMED, {"of": session_key}).first()
        return IdpSession(*row) if row else None

    def of_issuer(self, client_id: int, issuer: str) -> dict[str, IdpSession]:
        """Return the open sessions, by key, that this IdP opened at this client."""
        rows = self._db.execute(_OF_ISSUER, {"client": client_id, "from_issuer": issuer})
        return {key: IdpSession(*named) for key, *named in rows}

    def start(self, request: LogoutRequest) -> None:
        """Remember a logout that is being sent to the IdP, and forget those that nobody answered in time."""
        self._db.execute(_FORGET, {"client": request.client_id, "moment": request.started_at})
        self._db.execute(
            _START,
            {
                "client_id": request.client_id,
                "id": request.id,
                "surface": request.surface.value,
                "expires_at": request.expires_at,
            },
        )

    def finish(self, client_id: int, request_id: str) -> Surface | None:
        """Return where an outstanding logout began and forget it: the second answer gets None."""
        surface = self._db.scalar(_FINISH, {"client": client_id, "wanted": request_id})
        return None if surface is None else Surface(surface)

    def key(self, use: KeyUse) -> PlatformKey | None:
        """Return the platform's key for this use, None before it was made."""
        row = self._db.execute(_KEY, {"use": use.value}).first()
        return PlatformKey(*row) if row else None

    def keep_key(self, use: KeyUse, key: PlatformKey) -> PlatformKey:
        """Keep a new key for this use, or return the one that somebody else kept meanwhile."""
        known = self.key(use)
        if known is None:
            self._db.execute(_KEEP_KEY, {"id": use.value, **asdict(key)})
        return known or key
