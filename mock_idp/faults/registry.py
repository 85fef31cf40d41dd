"""Registration of faults by decorator, look-up by name, and the fault part of the catalogue."""

from __future__ import annotations

import copyreg
import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, cast

import mock_idp.faults
from mock_idp.faults.model import CLASSES, STAGES, Fault, Param, Params, ParamValue, Protocol

Apply = Callable[[Any, Params], str]
_faults: dict[str, Fault] = {}


class UnknownFaultError(LookupError):
    """No fault has this name. Carries `allowed` and, in the message, the nearest name."""

    def __init__(self, name: str, allowed: list[str]) -> None:
        near = difflib.get_close_matches(name, allowed, n=1, cutoff=0.4)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        super().__init__(f"There is no fault named {name!r}.{guess}")
        self.allowed = allowed


class FaultParamError(ValueError):
    """A parameter is missing, unknown or of the wrong type; the message names it."""


def fault(
    name: str,
    *,
    stage: str,
    fault_class: str,
    touches: Iterable[str],
    params: Mapping[str, Param] | None = None,
) -> Callable[[Apply], Apply]:
    """Register the decorated function as the fault `name` (`saml.…` or `oidc.…`). Its docstring's first
    paragraph is the published summary. Raises ValueError for a name taken twice or a word
    outside the vocabulary."""
    protocol = name.partition(".")[0]
    if (
        name in _faults
        or protocol not in ("saml", "oidc")
        or stage not in STAGES
        or fault_class not in CLASSES
    ):
        raise ValueError(f"Fault {name!r}: the name is taken, or its protocol, stage or class is unknown")

    def register(apply: Apply) -> Apply:
        summary = " ".join((inspect.getdoc(apply) or "").partition("\n\n")[0].split())
        if not summary:
            raise ValueError(f"Fault {name!r} needs a docstring: it is the published summary")
        _faults[name] = Fault(
            name, cast(Protocol, protocol), stage, fault_class, summary, params or {}, tuple(touches), apply
        )
        return apply

    return register


@cache
def all_faults() -> Mapping[str, Fault]:
    """Every fault by name, in alphabetical order. Imports the fault modules on the first call."""
    for module in pkgutil.walk_packages(mock_idp.faults.__path__, "mock_idp.faults."):
        importlib.import_module(module.name)
    return dict(sorted(_faults.items()))


def find_fault(name: str) -> Fault:
    """The fault of that name. Raises UnknownFaultError."""
    faults = all_faults()
    if name not in faults:
        raise UnknownFaultError(name, list(faults))
    return faults[name]


def _by_name(fault_: Fault) -> tuple[Callable[[str], Fault], tuple[str]]:
    return find_fault, (fault_.name,)


copyreg.pickle(Fault, _by_name)  # another process of the same server has the same faults


def checked_params(fault_: Fault, given: Mapping[str, Any]) -> Params:
    """The parameters with defaults filled in. Raises FaultParamError."""
    for name in given:
        if name not in fault_.params:
            allowed = ", ".join(fault_.params) or "none"
            raise FaultParamError(
                f"The fault {fault_.name} has no parameter {name!r}; its parameters: {allowed}."
            )
    stated = {name: given.get(name, param.default) for name, param in fault_.params.items()}
    return {
        name: _checked(fault_, name, value)
        for name, value in stated.items()
        if value is not None or fault_.params[name].required
    }


def _checked(fault_: Fault, name: str, value: object) -> ParamValue:
    param = fault_.params[name]
    if value is None:
        raise FaultParamError(f"The fault {fault_.name} needs the parameter {name!r} ({param.type}).")
    wanted = str if param.type == "string" else int
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise FaultParamError(f"The fault {fault_.name} wants {name!r} as {param.type}, not {value!r}.")
    if param.choices and value not in param.choices:
        allowed = ", ".join(param.choices)
        raise FaultParamError(f"The fault {fault_.name} knows no {name} {value!r}; it knows: {allowed}.")
    return value


def catalog() -> list[dict[str, Any]]:
    """The fault part of the published catalogue."""
    return [entry.as_json() for entry in all_faults().values()]
