"""What a fault is, as data. No fault is defined here; what it means to arm one is in `armoury`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Protocol = Literal["saml", "oidc"]
Message = Literal["login", "logout-request", "logout-response", "logout-token"]
MESSAGES: Mapping[str, Message] = {
    "logout-request": "logout-request",
    "logout-response": "logout-response",
    "logout-token": "logout-token",
}
"""Messages other than a login's, by the second word of their faults' names."""
ParamValue = str | int
Params = Mapping[str, ParamValue]

STAGES: Mapping[str, str] = {
    "content": "The message's own content, before it is signed; it is signed afterwards and verifies.",
    "signature": "How the message is signed: whether, and with which key.",
    "after-signing": "The signed message, changed without signing again.",
    "serialised": "The text of the signed message, where a tree could not hold what it becomes.",
    "envelope": "The parameters that travel beside the message in the redirect or form.",
    "exchange": "The answer of the token endpoint to a grant that is in order.",
    "header": "Header or payload of a token other than its claims, before it is signed by the right key.",
    "userinfo": "The answer of the userinfo endpoint to an access token that is in order.",
    "token": "The claims of a token, before it is signed; it is signed afterwards and verifies.",
}

CLASSES = (
    "login", "identity", "surface", "provisioning", "routing", "lifecycle", "closure", "signature",
    "wrapping", "parser", "audience", "recipient", "issuer", "time", "replay", "request-binding", "status",
    "session", "secrecy", "availability", "any",
)  # fmt: skip
"""`any` is a fault whose class depends on its parameters: the case that uses it says which."""


class FaultCannotApplyError(Exception):
    """The message has no place for this fault, for example a wrapping of an assertion that is not signed."""


@dataclass(frozen=True)
class Param:
    """A parameter of a fault; with `choices`, a word of a closed set."""

    type: Literal["string", "integer"] = "string"
    required: bool = True
    default: ParamValue | None = None
    choices: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The parameter as the catalogue shows it."""
        shown = {"type": self.type, "required": self.required, "default": self.default}
        return {**shown, "choices": list(self.choices)} if self.choices else shown


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
        return {
            "name": self.name,
            "protocol": self.protocol,
            "stage": self.stage,
            "class": self.fault_class,
            "summary": self.summary,
            "params": {name: param.as_json() for name, param in self.params.items()},
            "touches": list(self.touches),
        }
