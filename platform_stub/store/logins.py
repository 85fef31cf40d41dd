"""Logins under way and messages already used. What makes an answer valid is not decided here."""

import hashlib
import secrets
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from platform_stub.store.models import AdmissionRow, ConsumedRow, LoginRequestRow
from platform_stub.store.records import Admission, LoginRequest, Method, Surface

_KEEP_EXPIRED = timedelta(hours=1)  # long enough to say "expired" instead of "unknown" to a slow person


class Logins:
    """Outstanding login requests, and verified logins that wait for the same-site hop."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, request: LoginRequest) -> None:
        """Remember a login that is being sent to the IdP, and forget those that expired long ago."""
        self._session.execute(
            delete(LoginRequestRow).where(
                LoginRequestRow.client_id == request.client_id,
                LoginRequestRow.expires_at < request.expires_at - 2 * _KEEP_EXPIRED,
            )
        )
        self._session.add(LoginRequestRow(**asdict(request)))

    def find(self, client_id: int, request_id: str) -> LoginRequest | None:
        """Return an outstanding request, expired or not, and leave it there."""
        row = self._session.get(LoginRequestRow, (client_id, request_id))
        return _request(row) if row else None

    def newest(
        self, client_id: int, browser_binding: str, protocol: Method, surface: Surface
    ) -> LoginRequest | None:
        """Return the latest outstanding request of a browser, expired or not, and leave it there."""
        row = self._session.scalar(
            select(LoginRequestRow)
            .where(
                LoginRequestRow.client_id == client_id,
                LoginRequestRow.browser_binding == browser_binding,
                LoginRequestRow.protocol == protocol.value,
                LoginRequestRow.surface == surface.value,
            )
            .order_by(LoginRequestRow.expires_at.desc())
        )
        return _request(row) if row else None

    def consume(self, client_id: int, request_id: str) -> LoginRequest | None:
        """Return an outstanding request, expired or not, and remove it: the second caller gets None."""
        row = self._session.get(LoginRequestRow, (client_id, request_id), with_for_update=True)
        if row is None:
            return None
        self._session.delete(row)
        return _request(row)

    def park(self, admission: Admission) -> str:
        """Keep a verified login for the hop; returns the one-time token that the hop presents."""
        token = secrets.token_urlsafe(32)
        self._session.execute(
            delete(AdmissionRow).where(
                AdmissionRow.client_id == admission.client_id,
                AdmissionRow.expires_at < admission.expires_at - 2 * _KEEP_EXPIRED,
            )
        )
        self._session.add(AdmissionRow(token_hash=_hash(token), **asdict(admission)))
        return token

    def claim(self, client_id: int, token: str) -> Admission | None:
        """Return the admission of this token, expired or not, and remove it: the second caller gets None."""
        row = self._session.get(AdmissionRow, _hash(token), with_for_update=True)
        if row is None or row.client_id != client_id:
            return None
        self._session.delete(row)
        return Admission(
            client_id=row.client_id,
            account_id=row.account_id,
            protocol=Method(row.protocol),
            surface=Surface(row.surface),
            deep_link=row.deep_link,
            browser_binding=row.browser_binding,
            expires_at=row.expires_at,
        )


class Replays:
    """The identifiers of accepted messages, kept until their own expiry makes a replay useless."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def remember(self, client_id: int, message_id: str, until: datetime) -> bool:
        """Note an accepted message. Returns False when it had been accepted before."""
        if self._session.get(ConsumedRow, (client_id, message_id), with_for_update=True) is not None:
            return False
        self._session.add(ConsumedRow(client_id=client_id, message_id=message_id, until=until))
        self._session.flush()
        return True

    def forget_before(self, moment: datetime) -> None:
        """Remove the notes whose messages are expired at that moment."""
        self._session.execute(delete(ConsumedRow).where(ConsumedRow.until < moment))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _request(row: LoginRequestRow) -> LoginRequest:
    return LoginRequest(
        id=row.id,
        client_id=row.client_id,
        protocol=Method(row.protocol),
        surface=Surface(row.surface),
        revision=row.revision,
        deep_link=row.deep_link,
        browser_binding=row.browser_binding,
        expires_at=row.expires_at,
        nonce=row.nonce,
        verifier=row.verifier,
    )
