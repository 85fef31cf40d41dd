"""What the script of Entra's page for a second factor calls: BeginAuth sends a code, EndAuth takes it (MEM).

Robots do the same, and then post the page's form to ProcessAuth. The members are those that they read."""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, abort

from mock_idp.clock import instant_ms
from mock_idp.login_pages import second_factor
from mock_idp.login_pages.entra_steps import PROOFS, proof_named
from mock_idp.personas import Factor, Persona
from mock_idp.sessions import PendingLogin
from mock_idp.tenants import Tenant
from mock_idp.web import find_tenant, json_object

WRONG_CODE = 500121  # the number of a strong authentication that failed (documented)


def register(pages: Blueprint) -> None:
    """Serve both."""
    for name in ("BeginAuth", "EndAuth"):
        pages.add_url_rule(
            f"/t/<tenant>/<directory>/SAS/{name}",
            endpoint=name,
            view_func=partial(_call, name),
            methods=["POST"],
        )


def _call(name: str, tenant: str, directory: str) -> dict[str, Any]:
    del directory
    found, asked = find_tenant(tenant, "entra"), json_object()
    said = {key.casefold(): value for key, value in asked.items()}  # FlowToken and flowToken, both in use
    pending = found.logins.get(str(said.get("flowtoken", "")))
    persona = found.personas.get(pending.persona_id or "") if pending else None
    if pending is None or persona is None:
        abort(400, "The flowToken is of no login that waits for a second factor.")
    factor = proof_named(persona, str(said.get("authmethodid", "")))
    wrong = _trouble(found, pending, persona, factor, None if name == "BeginAuth" else said)
    return {
        "Success": not wrong,
        "ResultValue": wrong or "Success",
        "Message": None,
        "AuthMethodId": PROOFS[factor][0] if factor else None,
        "ErrCode": WRONG_CODE if wrong else 0,
        "Retry": False,
        "FlowToken": pending.handle,
        "Ctx": pending.handle,
        "SessionId": str(said.get("sessionid") or uuid.uuid4()),
        "CorrelationId": str(uuid.uuid4()),
        "Timestamp": instant_ms(found.clock.now()),
        "Entropy": 0,
        "ReselectUIOption": 0,
    }


def _trouble(
    tenant: Tenant,
    pending: PendingLogin,
    persona: Persona,
    factor: Factor | None,
    answer: dict[str, Any] | None,
) -> str:
    """Send the code (no answer yet), or take the answer; returns what is wrong, "" for nothing."""
    if factor is None or not second_factor.is_wanted(tenant, pending):
        return "AuthenticationMethodNotAvailable"
    if answer is None:
        second_factor.send(tenant, pending, persona, factor)
        tenant.logins.put(pending.handle, replace(pending, factor=factor))
        return ""
    code = str(answer.get("additionalauthdata", ""))
    if not second_factor.is_right(tenant, pending, persona, factor, code):
        return "OathCodeIncorrect" if factor == "app" else "SMSAuthFailedWrongCodeEntered"
    tenant.logins.put(pending.handle, replace(pending, factor=factor, verified=True))
    return ""
