"""Control of back-channel logout: a logout token for a person's session, wrong on purpose when asked."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from mock_idp.apps import OidcApp
from mock_idp.control.bodies import LogoutTokenBody
from mock_idp.control.errors import ControlError, unknown
from mock_idp.control.lookup import json_body, parsed, tenant_of
from mock_idp.faults.model import Fault, FaultCannotApplyError
from mock_idp.faults.oidc.drafts import LogoutTokenDraft
from mock_idp.faults.registry import (
    FaultParamError,
    UnknownFaultError,
    all_faults,
    checked_params,
    find_fault,
)
from mock_idp.indented import indented
from mock_idp.oidc import id_token, logout_token

routes = Blueprint("logout-tokens", __name__)


@routes.post("/tenants/<name>/logout-tokens")
def make(name: str) -> ResponseReturnValue:
    """Make a logout token for the person's newest session at the application; the caller delivers it."""
    tenant, body = tenant_of(name), parsed(LogoutTokenBody, json_body())
    if not isinstance(tenant.apps.get(body.app), OidcApp):
        raise unknown("app", body.app, [app.name for app in tenant.oidc_apps])
    try:
        honest = logout_token.draft(tenant, body.app, body.persona)
    except logout_token.NobodySignedInError as error:
        raise ControlError(409, "nobody-signed-in", str(error)) from error
    sent, changed = honest, ""
    if body.fault is not None:
        params = dict(body.fault)
        fault = _fault(params.pop("name", None))
        sent = logout_token.honest_copy(honest)
        try:
            changed = fault.apply(sent, checked_params(fault, params))
        except FaultParamError as error:
            raise ControlError(422, "invalid-fault-parameter", str(error), fault.params) from error
        except FaultCannotApplyError as error:
            raise ControlError(422, "fault-cannot-apply", str(error)) from error
    detail = {"sent": _text(sent)}
    if body.fault is not None:
        detail |= {
            "control": _text(honest),
            "fault": str(body.fault.get("name")),
            "changed": changed,
        }
    tenant.journal.record(
        "oidc.logout_token",
        summary=f"A logout token for {body.persona} was made.",
        app=body.app,
        persona=body.persona,
        detail=detail,
    )
    return jsonify({"logout_token": id_token.mint(sent), **detail}), 201


def _text(draft: LogoutTokenDraft) -> str:
    return indented(id_token.shown(draft).value)


def _fault(name: object) -> Fault:
    try:
        fault = find_fault(str(name))
    except UnknownFaultError as error:
        raise unknown("fault", name, all_faults()) from error
    if fault.message != "logout-token":
        fitting = [each.name for each in all_faults().values() if each.message == "logout-token"]
        raise unknown("fault of a logout token", name, fitting)
    return fault
