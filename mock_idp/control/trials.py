"""Control of one login attempt: arming a fault for it, and reading in the journal what happened."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from mock_idp.control.bodies import FaultBody
from mock_idp.control.errors import ControlError, unknown
from mock_idp.control.lookup import json_body, parsed, tenant_of
from mock_idp.faults.model import AlreadyArmedError
from mock_idp.faults.registry import (
    FaultParamError,
    UnknownFaultError,
    all_faults,
    checked_params,
    find_fault,
)

routes = Blueprint("trials", __name__)


@routes.post("/tenants/<name>/faults")
def arm(name: str) -> ResponseReturnValue:
    """Arm a fault for one attempt."""
    tenant, body = tenant_of(name), parsed(FaultBody, json_body())
    params = dict(body.fault)
    fault_name = params.pop("name", None)
    try:
        fault = find_fault(str(fault_name))
        armed = tenant.faults.arm(body.attempt, fault, checked_params(fault, params))
    except UnknownFaultError as error:
        raise unknown("fault", fault_name, all_faults()) from error
    except FaultParamError as error:
        raise ControlError(422, "invalid-fault-parameter", str(error), fault.params) from error
    except AlreadyArmedError as error:
        raise ControlError(409, "already-armed", str(error)) from error
    tenant.journal.record(
        "control.fault",
        attempt=body.attempt,
        summary=f"The fault {fault.name} was armed.",
        detail={"id": armed.id},
    )
    return jsonify(armed.as_json()), 201


@routes.get("/tenants/<name>/faults/<fault_id>")
def show(name: str, fault_id: str) -> ResponseReturnValue:
    """Show an armed fault and what it has done so far."""
    armed = tenant_of(name).faults.by_id(fault_id)
    if armed is None:
        raise ControlError(
            404, "unknown-armed-fault", f"No fault was armed under the ID {fault_id!r} at {name}."
        )
    return jsonify(armed.as_json())


@routes.get("/tenants/<name>/journal")
def journal(name: str) -> ResponseReturnValue:
    """The journal's entries, of one attempt or after a number."""
    tenant = tenant_of(name)
    after = request.args.get("after", "0")
    if not after.isdecimal():
        raise ControlError(422, "invalid-parameter", f"'after' is the number of an entry, not {after!r}.")
    entries = tenant.journal.entries(attempt=request.args.get("attempt"), after=int(after))
    return jsonify({"entries": [entry.as_json() for entry in entries], "last": tenant.journal.last})
