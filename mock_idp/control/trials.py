"""Control of one login attempt: arming a fault for it, and reading in the journal what happened."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from mock_idp.apps import names_of
from mock_idp.armoury import AlreadyArmedError, ArmedFault, StandingOrder
from mock_idp.control.bodies import FaultBody, MatchBody
from mock_idp.control.errors import ControlError, unknown
from mock_idp.control.lookup import json_body, parsed, tenant_of
from mock_idp.faults.registry import (
    FaultParamError,
    UnknownFaultError,
    all_faults,
    checked_params,
    find_fault,
)
from mock_idp.tenants import Tenant

routes = Blueprint("trials", __name__)

FILTERS = ("kind", "app", "persona")
REFUSED = ("saml.refused", "oidc.refused", "login.failed")
REQUESTS = ("saml.authn_request", "saml.logout_request", "oidc.authorization_request")


@routes.post("/tenants/<name>/faults")
def arm(name: str) -> ResponseReturnValue:
    """Arm a fault for one attempt, or order it for logins to come."""
    tenant, body = tenant_of(name), parsed(FaultBody, json_body())
    params = dict(body.fault)
    fault_name = params.pop("name", None)
    armed: ArmedFault | StandingOrder
    try:
        fault = find_fault(str(fault_name))
        checked = checked_params(fault, params)
        if body.attempt is not None:
            armed = tenant.faults.arm(body.attempt, fault, checked)
        else:
            armed = tenant.faults.order(_match(tenant, body.match), fault, checked, body.times)
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


def _match(tenant: Tenant, body: MatchBody | None) -> dict[str, str]:
    """What a standing order compares. Raises ControlError for a person or application that is not here."""
    said = body.model_dump(exclude_none=True) if body else {}
    people = {name: 1 for person in tenant.personas.values() for name in (person.id, person.login)}
    if "persona" in said and said["persona"] not in people and tenant.settings.unknown_people == "refuse":
        raise unknown("persona", said["persona"], tenant.personas)
    apps = [name for app in tenant.apps.values() for name in names_of(app)]
    if "app" in said and said["app"] not in apps:
        raise unknown("app", said["app"], apps)
    return said


@routes.get("/tenants/<name>/faults")
def list_faults(name: str) -> ResponseReturnValue:
    """Everything that is armed, oldest first."""
    return jsonify({"faults": [armed.as_json() for armed in tenant_of(name).faults.all()]})


@routes.get("/tenants/<name>/faults/<fault_id>")
def show(name: str, fault_id: str) -> ResponseReturnValue:
    """Show an armed fault and what it has done so far."""
    armed = tenant_of(name).faults.by_id(fault_id)
    if armed is None:
        raise _no_such_fault(name, fault_id)
    return jsonify(armed.as_json())


@routes.delete("/tenants/<name>/faults/<fault_id>")
def disarm(name: str, fault_id: str) -> ResponseReturnValue:
    """Disarm a fault: logins from now on do not carry it."""
    if not tenant_of(name).faults.disarm(fault_id):
        raise _no_such_fault(name, fault_id)
    return "", 204


def _no_such_fault(name: str, fault_id: str) -> ControlError:
    message = f"No fault was armed under the ID {fault_id!r} at {name}."
    return ControlError(404, "unknown-armed-fault", message)


@routes.get("/tenants/<name>/journal")
def journal(name: str) -> ResponseReturnValue:
    """The journal's entries after a number, of one attempt, kind, application or person; and how many of each
    kind there are among them."""
    tenant = tenant_of(name)
    after = request.args.get("after", "0")
    if not after.isdecimal():
        raise ControlError(422, "invalid-parameter", f"'after' is the number of an entry, not {after!r}.")
    found = [
        entry
        for entry in tenant.journal.entries(attempt=request.args.get("attempt"), after=int(after))
        if all(getattr(entry, field) == request.args.get(field, getattr(entry, field)) for field in FILTERS)
    ]
    counts = Counter(entry.kind for entry in found)
    entries = [entry.as_json() for entry in found]
    return jsonify({"entries": entries, "counts": counts, "last": tenant.journal.last})


@routes.get("/tenants/<name>/refusals")
def refusals(name: str) -> ResponseReturnValue:
    """Why logins were refused, newest first, each with the request that was refused, decoded."""
    entries = tenant_of(name).journal.entries()
    asked = {entry.attempt: entry.as_json() for entry in entries if entry.kind in REQUESTS and entry.attempt}
    refused = [entry for entry in reversed(entries) if entry.kind in REFUSED]
    return jsonify({"refusals": [{**e.as_json(), "request": asked.get(e.attempt or "")} for e in refused]})
