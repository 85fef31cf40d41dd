"""What a fault is, as data, and what it means to arm one. No fault is defined here."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Protocol = Literal["saml", "oidc"]
ParamValue = str | int
Params = Mapping[str, ParamValue]

STAGES: Mapping[str, str] = {
    "content": "The message's own content, before it is signed; it is signed afterwards and verifies.",
    "signature": "How the message is signed: whether, and with which key.",
    "after-signing": "The signed message, changed without signing again.",
    "envelope": "The parameters that travel beside the message in the redirect or form.",
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


class AlreadyArmedError(Exception):
    """One attempt carries one fault: a second could hide the first."""


class Armoury:
    """The armed faults of one tenant, found by attempt."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._by_id: dict[str, ArmedFault] = {}
        self._by_attempt: dict[str, ArmedFault] = {}

    def arm(self, attempt: str, fault: Fault, params: Params) -> ArmedFault:
        """Bind `fault` to `attempt`. Raises AlreadyArmedError."""
        with self._lock:
            if attempt in self._by_attempt:
                name = self._by_attempt[attempt].fault.name
                raise AlreadyArmedError(
                    f"The attempt {attempt!r} carries the fault {name} already; one attempt takes one."
                )
            armed = ArmedFault(f"fault-{next(self._numbers)}", attempt, fault, params)
            self._by_id[armed.id] = self._by_attempt[attempt] = armed
            return armed

    def by_id(self, fault_id: str) -> ArmedFault | None:
        """The armed fault of that ID."""
        return self._by_id.get(fault_id)

    def for_attempt(self, attempt: str | None, protocol: Protocol) -> ArmedFault | None:
        """The fault that this attempt carries for `protocol`, if any."""
        armed = self._by_attempt.get(attempt) if attempt else None
        return armed if armed and armed.fault.protocol == protocol else None
