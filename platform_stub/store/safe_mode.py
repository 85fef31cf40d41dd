"""What safe mode remembers: test sign-ins with their results, and the hashes of unused recovery codes."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from platform_stub.store.models import RECOVERY_CODE, TRIAL
from platform_stub.store.records import Surface, Trial

_TRIALS = select(*(TRIAL.c[field.name] for field in fields(Trial)))
_CODES = RECOVERY_CODE.c


class Trials:
    """The test sign-ins of one transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def create(self, trial: Trial, *, forget_before: datetime) -> None:
        """Remember a test that is being offered, and forget the client's tests that were asked for before."""
        old = (TRIAL.c.client_id == trial.client_id, TRIAL.c.asked_at < forget_before)
        self._db.execute(delete(TRIAL).where(*old))
        self._db.execute(insert(TRIAL).inline(), asdict(trial))

    def get(self, client_id: int, trial_id: str) -> Trial | None:
        """Return a test of this client."""
        query = _TRIALS.where(TRIAL.c.client_id == client_id, TRIAL.c.id == trial_id)
        row = self._db.execute(query).first()
        return _trial(row) if row else None

    def by_ticket(self, client_id: int, ticket_hash: str) -> Trial | None:
        """Return the test whose last result has this ticket."""
        query = _TRIALS.where(TRIAL.c.client_id == client_id, TRIAL.c.ticket_hash == ticket_hash)
        row = self._db.execute(query).first() if ticket_hash else None
        return _trial(row) if row else None

    def all(self, client_id: int) -> list[Trial]:
        """Return the client's tests, the last finished first."""
        found = [_trial(row) for row in self._db.execute(_TRIALS.where(TRIAL.c.client_id == client_id))]
        return sorted(found, key=lambda trial: trial.finished_at or trial.asked_at, reverse=True)

    def keep(self, trial: Trial) -> None:
        """Replace what is known of a test."""
        self._db.execute(delete(TRIAL).where(TRIAL.c.id == trial.id))
        self._db.execute(insert(TRIAL).inline(), asdict(trial))


class RecoveryCodes:
    """The recovery codes of one transaction; only hashes get here."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def add(self, client_id: int, account_id: int, hashes: Iterable[str], now: datetime) -> None:
        """Add codes of an account."""
        made = {"client_id": client_id, "account_id": account_id, "made_at": now}
        self._db.execute(insert(RECOVERY_CODE).inline(), [{**made, "code_hash": one} for one in hashes])

    def void(self, account_id: int) -> int:
        """Remove every code of an account; returns how many there were."""
        left = self.left_of_account(account_id)
        self._db.execute(delete(RECOVERY_CODE).where(_CODES.account_id == account_id))
        return left

    def find(self, code_hash: str, *, client_id: int | None) -> int | None:
        """Return the account of a code of this client (None: of any) and leave the code there."""
        query = select(_CODES.account_id).where(_CODES.code_hash == code_hash)
        if client_id is not None:
            query = query.where(_CODES.client_id == client_id)
        account_id: int | None = self._db.scalar(query)
        return account_id

    def use_up(self, code_hash: str) -> None:
        """Remove a code."""
        self._db.execute(delete(RECOVERY_CODE).where(_CODES.code_hash == code_hash))

    def left(self, client_id: int) -> int:
        """Return how many codes of the client were not used yet."""
        query = select(func.count()).where(_CODES.client_id == client_id)
        return self._db.scalar(query) or 0

    def left_of_account(self, account_id: int) -> int:
        """Return how many codes of an account were not used yet."""
        query = select(func.count()).where(_CODES.account_id == account_id)
        return self._db.scalar(query) or 0

    def stored(self, account_id: int) -> list[str]:
        """Return what the database holds of an account's codes."""
        query = select(_CODES.code_hash).where(_CODES.account_id == account_id)
        return sorted(self._db.scalars(query))


def _trial(row: Sequence[Any]) -> Trial:
    id_, client_id, surface, *others = row
    return Trial(id_, client_id, Surface(surface), *others)
