"""The userinfo endpoint (OIDC Core section 5.3): GET or POST with a bearer token."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from flask import Response
from werkzeug.datastructures import Authorization

from mock_idp.clock import instant_ms
from mock_idp.faults.model import FaultCannotApplyError
from mock_idp.faults.oidc.drafts import UserinfoDraft
from mock_idp.indented import indented
from mock_idp.lean import verbatim_headers
from mock_idp.oidc.exchange import Exchange, Grant
from mock_idp.oidc.grants import Grants
from mock_idp.oidc.issuing import login_of
from mock_idp.oidc.received import NOT_SHOWN, received
from mock_idp.oidc.trouble import slow
from mock_idp.personas import with_own_claims

REFUSALS = {401: "invalid_token", 403: "insufficient_scope"}
"""RFC 6750 section 3.1."""


def userinfo(exchange: Exchange, form: Mapping[str, str], header: Authorization | None) -> Response:
    """The claims of the token's person, or the vendor's refusal of the token."""
    token = header.token if header is not None and header.type == "bearer" else form.get("access_token")
    tenant = exchange.tenant
    grant = Grants(tenant).access_token(token or "")
    tenant.journal.record(
        "oidc.userinfo_request",
        summary="Userinfo was asked for.",
        attempt=grant.attempt if grant else None,
        detail={"form": dict.fromkeys(form, NOT_SHOWN), "received": received()},
    )
    persona = tenant.personas.get(grant.persona_id) if grant else None
    valid = grant is not None and persona is not None and grant.expires > tenant.clock.timestamp()
    here = grant is not None and grant.server == exchange.server.name and tenant.oidc_app(grant.client_id)
    if grant is None or persona is None or not valid or not here:
        return _refused(exchange, grant.attempt if grant else None, missing_scope=False)
    if not exchange.server.is_for_userinfo(login_of(exchange, grant, persona)):
        return _refused(exchange, grant.attempt, missing_scope=False)
    if not {"openid", "profile", "email", "address", "phone"} & set(grant.scopes):
        return _refused(exchange, grant.attempt, missing_scope=True)
    claims = with_own_claims(
        exchange.server.userinfo(exchange.org, login_of(exchange, grant, persona)), persona
    )
    draft = UserinfoDraft(claims)
    detail = {"claims": claims, **_faulted(exchange, grant, draft)}
    tenant.journal.record(
        "oidc.userinfo",
        summary=f"The claims of {persona.id} were read.",
        attempt=grant.attempt,
        app=grant.app,
        persona=persona.id,
        detail=detail,
    )
    if draft.status != HTTPStatus.OK:
        body = {"error": REFUSALS.get(draft.status, "server_error"), "error_description": "On purpose."}
        return exchange.json(body, draft.status)
    answer = exchange.json(draft.claims)
    return slow(answer, hangs=True) if draft.hangs else answer


def _faulted(exchange: Exchange, grant: Grant, draft: UserinfoDraft) -> dict[str, object]:
    """Apply the fault that is armed for the attempt, if any, and say so for the journal."""
    armed = exchange.fault(grant.attempt, "userinfo")
    if armed is None:
        return {}
    control = _as_text(draft)
    try:
        changed = armed.apply(draft, at=instant_ms(exchange.tenant.clock.now()))
    except FaultCannotApplyError as error:
        return {"fault": armed.fault.name, "not_applied": str(error)}
    told = {"fault": armed.fault.name, "changed": changed, "control": control, "sent": _as_text(draft)}
    return {"claims": draft.claims, **told}


def _as_text(draft: UserinfoDraft) -> str:
    timing = "after a minute" if draft.hangs else "at once"
    return indented({"status": draft.status, "timing": timing, "userinfo": draft.claims})


def _refused(exchange: Exchange, attempt: str | None, *, missing_scope: bool) -> Response:
    status, headers, body = exchange.server.invalid_bearer(missing_scope=missing_scope)
    reason = "lacks the scopes" if missing_scope else "is not valid here"
    exchange.tenant.journal.record(
        "oidc.refused", summary=f"Userinfo was refused: the access token {reason}.", attempt=attempt
    )
    usual = verbatim_headers(exchange.headers())
    usual.update(headers)
    return Response(body, status, usual)
