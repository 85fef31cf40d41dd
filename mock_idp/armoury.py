"""The faults that are armed at a tenant: for one login attempt, or ordered for logins to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from mock_idp.faults.model import Fault, Message, Params, Protocol
from mock_idp.storage.memory import Memory
from mock_idp.storage.model import Limits, Log, Storage

MOST_REMEMBERED = 10_000  # logins whose fault is kept, and firings of each fault
MOST_ARMED = 100_000  # faults and orders


class Applied(NamedTuple):
    """One firing of a fault."""

    at: str
    attempt: str
    detail: str


@dataclass(frozen=True)
class ArmedFault:
    """A fault bound to one login attempt, with the record of every time it was applied."""

    id: str
    attempt: str
    fault: Fault
    params: Params
    log: Log[Applied]

    def apply(self, context: object, *, at: str) -> str:
        """Apply the fault to `context` and note it under the instant `at`. Raises FaultCannotApplyError."""
        detail = self.fault.apply(context, self.params)
        self.log.append(lambda _: Applied(at, self.attempt, detail))
        return detail

    @property
    def applied(self) -> list[dict[str, str]]:
        """Every time it was applied: when, and what was changed."""
        return [{"at": entry.at, "detail": entry.detail} for entry in self.log.after(0)]

    def as_json(self) -> dict[str, Any]:
        """The armed fault as the control API shows it."""
        applied = self.applied
        return {
            "id": self.id,
            "name": self.fault.name,
            "attempt": self.attempt,
            "armed": True,
            "fired": len(applied),
            "applied": applied,
        }


LoginFacts = Mapping[str, tuple[str, ...]]
"""What is known of a login when it succeeds, by the names of MATCHABLE: every name that fits."""

MATCHABLE: Mapping[str, str] = {
    "persona": "who signs in: the persona's ID or login name",
    "app": "for which application: its name, its client ID or its entity ID",
    "login_hint": "the login_hint that the request carried",
    "relay_state": "the RelayState of a SAML login",
}
"""By what a standing order chooses logins."""


@dataclass(frozen=True)
class StandingOrder:
    """A fault for logins that are yet to come: those that fit `match`, `left` of them (None: every one)."""

    id: str
    fault: Fault
    params: Params
    match: Mapping[str, str]
    left: int | None
    log: Log[Applied]

    def as_json(self) -> dict[str, Any]:
        """The order as the control API shows it, with what it led to so far."""
        applied = [
            {"at": entry.at, "detail": entry.detail, "attempt": entry.attempt} for entry in self.log.after(0)
        ]
        return {
            "id": self.id,
            "name": self.fault.name,
            "match": dict(self.match),
            "left": self.left,
            "armed": self.left != 0,
            "fired": len(applied),
            "applied": applied,
        }


class _Carried(NamedTuple):
    """What an attempt carries, as it is kept."""

    id: str
    attempt: str
    fault: Fault
    params: Params


class _Order(NamedTuple):
    """A standing order as it is kept."""

    id: str
    fault: Fault
    params: Params
    match: Mapping[str, str]

    def fits(self, facts: LoginFacts) -> bool:
        """Whether the login is one of those that are meant; an empty match means every login."""
        return all(wanted in facts.get(name, ()) for name, wanted in self.match.items())


class AlreadyArmedError(Exception):
    """One attempt carries one fault: a second could hide the first."""


class Armoury:
    """The armed faults of one tenant, found by attempt, and the standing orders for logins to come."""

    def __init__(self, storage: Storage | None = None, owner: str = "") -> None:
        self._storage = storage or Memory()
        self._owner = owner
        self._numbers = self._storage.log(owner, "fault-numbers", Limits(1))
        self._all = self._storage.shelf(owner, "faults", MOST_ARMED)
        self._orders = self._storage.shelf(owner, "fault-orders", MOST_ARMED)
        self._left = self._storage.shelf(owner, "fault-logins-left", MOST_ARMED)
        self._carried = self._storage.shelf(owner, "fault-attempts", MOST_REMEMBERED)

    def arm(self, attempt: str, fault: Fault, params: Params) -> ArmedFault:
        """Bind `fault` to `attempt`. Raises AlreadyArmedError."""
        with self._storage.atomic():
            known = self._carried.get(attempt)
            if known is not None:
                raise AlreadyArmedError(
                    f"The attempt {attempt!r} carries the fault {known.fault.name} already; "
                    "one attempt takes one."
                )
            armed = _Carried(self._next_id(), attempt, fault, params)
            self._all.put(armed.id, armed)
            self._carried.put(attempt, armed)
        return self._armed(armed)

    def order(
        self, match: Mapping[str, str], fault: Fault, params: Params, times: int | None
    ) -> StandingOrder:
        """Keep `fault` for the next `times` logins (None: all) that `match` describes."""
        with self._storage.atomic():
            order = _Order(self._next_id(), fault, params, dict(match))
            self._left.put(order.id, times)
            self._all.put(order.id, order)
            self._orders.put(order.id, order)
        return self._standing(order)

    def disarm(self, fault_id: str) -> bool:
        """Forget an armed fault or order; False when there is none of that ID."""
        with self._storage.atomic():
            gone = self._all.pop(fault_id)
            self._orders.pop(fault_id)
            if isinstance(gone, _Carried):
                self._carried.pop(gone.attempt)
        return gone is not None

    def all(self) -> list[ArmedFault | StandingOrder]:
        """Everything that was armed or ordered, oldest first."""
        return [self._shown(kept) for _, kept in self._all.items()]

    def by_id(self, fault_id: str) -> ArmedFault | StandingOrder | None:
        """The armed fault or order of that ID."""
        kept = self._all.get(fault_id)
        return None if kept is None else self._shown(kept)

    def for_attempt(
        self, attempt: str | None, protocol: Protocol, message: Message = "login"
    ) -> ArmedFault | None:
        """The fault that this attempt carries for this message of `protocol`, if any."""
        carried = self._carried.get(attempt) if attempt else None
        if carried is None or (carried.fault.protocol, carried.fault.message) != (protocol, message):
            return None
        return self._armed(carried)

    def enlist(
        self, attempt: str | None, protocol: Protocol, facts: LoginFacts, message: Message = "login"
    ) -> ArmedFault | None:
        """The fault of a login that is about to succeed: its own, else that of the oldest order that fits.

        All that descends from the attempt carries it from now on. A login without a name (no AuthnRequest)
        carries it in this one message.
        """
        if not self._orders.items():
            return self.for_attempt(attempt, protocol, message)
        with self._storage.atomic():
            if attempt and self._carried.get(attempt) is not None:
                return self.for_attempt(attempt, protocol, message)
            for _, order in self._orders.items():
                left, meant = self._left.get(order.id), (order.fault.protocol, order.fault.message)
                if left != 0 and meant == (protocol, message) and order.fits(facts):
                    self._left.put(order.id, left and left - 1)
                    return self._carried_out(order, attempt)
        return None

    def _carried_out(self, order: _Order, attempt: str | None) -> ArmedFault:
        carried = _Carried(order.id, attempt or "(unsolicited)", order.fault, order.params)
        if attempt:
            self._carried.put(attempt, carried)
        return self._armed(carried)

    def _shown(self, kept: _Carried | _Order) -> ArmedFault | StandingOrder:
        return self._armed(kept) if isinstance(kept, _Carried) else self._standing(kept)

    def _armed(self, kept: _Carried) -> ArmedFault:
        return ArmedFault(*kept, self._log(kept.id))

    def _standing(self, kept: _Order) -> StandingOrder:
        return StandingOrder(*kept, self._left.get(kept.id), self._log(kept.id))

    def _log(self, fault_id: str) -> Log[Applied]:
        return self._storage.log(self._owner, f"fired {fault_id}", Limits(MOST_REMEMBERED))

    def _next_id(self) -> str:
        number: int = self._numbers.append(lambda number: number)
        return f"fault-{number}"
