"""What a fault is, as data, and what it means to arm one. No fault is defined here."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Protocol = Literal["saml", "oidc"]
Message = Literal["login", "logout-request", "logout-response"]
MESSAGES: Mapping[str, Message] = {
    "logout-request": "logout-request",
    "logout-response": "logout-response",
}
"""Messages other than a login's, by the second word of their faults' names."""
ParamValue = str | int
Params = Mapping[str, ParamValue]

MOST_REMEMBERED = 10_000  # logins whose fault is kept

STAGES: Mapping[str, str] = {
    "content": "The message's own content, before it is signed; it is signed afterwards and verifies.",
    "signature": "How the message is signed: whether, and with which key.",
    "after-signing": "The signed message, changed without signing again.",
    "envelope": "The parameters that travel beside the message in the redirect or form.",
    "exchange": "The answer of the token endpoint to a grant that is in order.",
    "token": "The claims of a token, before it is signed; it is signed afterwards and verifies.",
}

CLASSES = (
    "login", "identity", "surface", "provisioning", "routing", "lifecycle", "closure", "signature",
    "wrapping", "parser", "audience", "recipient", "issuer", "time", "replay", "request-binding", "status",
    "session",
)  # fmt: skip


class FaultCannotApplyError(Exception):
    """The message has no place for this fault, for example a wrapping of an assertion that is not signed."""


@dataclass(frozen=True)
class Param:
    """A parameter of a fault."""

    type: Literal["string", "integer"] = "string"
    required: bool = True
    default: ParamValue | None = None


@dataclass(frozen=True)
class Fault:
    """A named lie. `apply` changes the protocol's message context and returns one sentence that says what it
    changed; `touches` lists the only places of the message that may differ from the honest one."""

    name: str
    protocol: Protocol
    stage: str
    fault_class: str
    summary: str
    params: Mapping[str, Param]
    touches: tuple[str, ...]
    apply: Callable[[Any, Params], str]

    @property
    def message(self) -> Message:
        """In which message of the protocol it is: one of a login, or one of single logout."""
        kind = self.name.split(".")[1]
        return MESSAGES.get(kind, "login")

    def as_json(self) -> dict[str, Any]:
        """The fault as the catalogue shows it."""
        params = {
            name: {"type": param.type, "required": param.required, "default": param.default}
            for name, param in self.params.items()
        }
        return {
            "name": self.name,
            "protocol": self.protocol,
            "stage": self.stage,
            "class": self.fault_class,
            "summary": self.summary,
            "params": params,
            "touches": list(self.touches),
        }


@dataclass
class ArmedFault:
    """A fault bound to one login attempt, with the record of every time it was applied."""

    id: str
    attempt: str
    fault: Fault
    params: Params
    applied: list[dict[str, str]] = field(default_factory=list)

    def apply(self, context: object, *, at: str) -> str:
        """Apply the fault to `context` and note it under the instant `at`. Raises FaultCannotApplyError."""
        detail = self.fault.apply(context, self.params)
        self.applied.append({"at": at, "detail": detail})
        return detail

    def as_json(self) -> dict[str, Any]:
        """The armed fault as the control API shows it."""
        return {
            "id": self.id,
            "name": self.fault.name,
            "attempt": self.attempt,
            "armed": True,
            "fired": len(self.applied),
            "applied": list(self.applied),
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


@dataclass
class StandingOrder:
    """A fault for logins that are yet to come: those that fit `match`, `left` of them (None: every one)."""

    id: str
    fault: Fault
    params: Params
    match: Mapping[str, str]
    left: int | None
    armed: deque[ArmedFault] = field(default_factory=lambda: deque(maxlen=MOST_REMEMBERED))

    def fits(self, facts: LoginFacts) -> bool:
        """Whether the login is one of those that are meant; an empty match means every login."""
        return self.left != 0 and all(wanted in facts.get(name, ()) for name, wanted in self.match.items())

    def as_json(self) -> dict[str, Any]:
        """The order as the control API shows it, with what it led to so far."""
        applied = [{**entry, "attempt": armed.attempt} for armed in self.armed for entry in armed.applied]
        return {
            "id": self.id,
            "name": self.fault.name,
            "match": dict(self.match),
            "left": self.left,
            "armed": self.left != 0,
            "fired": len(applied),
            "applied": applied,
        }


class AlreadyArmedError(Exception):
    """One attempt carries one fault: a second could hide the first."""


class Armoury:
    """The armed faults of one tenant, found by attempt, and the standing orders for logins to come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._by_id: dict[str, ArmedFault | StandingOrder] = {}
        self._by_attempt: dict[str, ArmedFault] = {}
        self._orders: dict[str, StandingOrder] = {}

    def arm(self, attempt: str, fault: Fault, params: Params) -> ArmedFault:
        """Bind `fault` to `attempt`. Raises AlreadyArmedError."""
        with self._lock:
            if attempt in self._by_attempt:
                name = self._by_attempt[attempt].fault.name
                raise AlreadyArmedError(
                    f"The attempt {attempt!r} carries the fault {name} already; one attempt takes one."
                )
            armed = ArmedFault(self._next_id(), attempt, fault, params)
            self._by_id[armed.id] = self._by_attempt[attempt] = armed
            return armed

    def order(
        self, match: Mapping[str, str], fault: Fault, params: Params, times: int | None
    ) -> StandingOrder:
        """Keep `fault` for the next `times` logins (None: all) that `match` describes."""
        with self._lock:
            order = StandingOrder(self._next_id(), fault, params, dict(match), times)
            self._by_id[order.id] = self._orders[order.id] = order
            return order

    def disarm(self, fault_id: str) -> bool:
        """Forget an armed fault or order; False when there is none of that ID."""
        with self._lock:
            gone = self._by_id.pop(fault_id, None)
            self._orders.pop(fault_id, None)
            if isinstance(gone, ArmedFault):
                self._by_attempt.pop(gone.attempt, None)
            return gone is not None

    def all(self) -> list[ArmedFault | StandingOrder]:
        """Everything that was armed or ordered, oldest first."""
        with self._lock:
            return list(self._by_id.values())

    def by_id(self, fault_id: str) -> ArmedFault | StandingOrder | None:
        """The armed fault or order of that ID."""
        return self._by_id.get(fault_id)

    def for_attempt(
        self, attempt: str | None, protocol: Protocol, message: Message = "login"
    ) -> ArmedFault | None:
        """The fault that this attempt carries for this message of `protocol`, if any."""
        armed = self._by_attempt.get(attempt) if attempt else None
        if armed is None or (armed.fault.protocol, armed.fault.message) != (protocol, message):
            return None
        return armed

    def enlist(
        self, attempt: str | None, protocol: Protocol, facts: LoginFacts, message: Message = "login"
    ) -> ArmedFault | None:
        """The fault of a login that is about to succeed: its own, else that of the oldest order that fits.

        All that descends from the attempt carries it from now on. A login without a name (no AuthnRequest)
        carries it in this one message.
        """
        if not self._orders:
            return self.for_attempt(attempt, protocol, message)
        with self._lock:
            if attempt in self._by_attempt:
                return self.for_attempt(attempt, protocol, message)
            for order in self._orders.values():
                if (order.fault.protocol, order.fault.message) == (protocol, message) and order.fits(facts):
                    return self._carried_out(order, attempt)
        return None

    def _carried_out(self, order: StandingOrder, attempt: str | None) -> ArmedFault:
        armed = ArmedFault(order.id, attempt or "(unsolicited)", order.fault, order.params)
        order.armed.append(armed)
        if order.left is not None:
            order.left -= 1
        if attempt:
            self._by_attempt[attempt] = armed
            while len(self._by_attempt) > MOST_REMEMBERED:
                self._by_attempt.pop(next(iter(self._by_attempt)))
        return armed

    def _next_id(self) -> str:
        return f"fault-{next(self._numbers)}"
