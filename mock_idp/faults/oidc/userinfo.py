"""Faults in the answer of the userinfo endpoint (OIDC Core section 5.3)."""

from __future__ import annotations

import json

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.oidc.drafts import UserinfoDraft
from mock_idp.faults.registry import fault


@fault(
    "oidc.userinfo.claims",
    stage="userinfo",
    fault_class="any",
    params={"json": Param(required=False, default='{"sub": "somebody-else"}')},
    touches=("userinfo.*",),
)
def claims(draft: UserinfoDraft, params: Params) -> str:
    """Userinfo answers with the claims of the object `json` in place of its own; null removes one."""
    try:
        changes = json.loads(str(params["json"]))
    except ValueError as error:
        raise FaultCannotApplyError(f"{params['json']!r} is not JSON: {error}.") from error
    if not isinstance(changes, dict):
        raise FaultCannotApplyError(f"Userinfo's claims are changed by an object, not by {params['json']!r}.")
    merged = {**draft.claims, **changes}
    draft.claims = {name: value for name, value in merged.items() if changes.get(name, "") is not None}
    return f"Userinfo's claims {', '.join(changes)} were changed."


@fault(
    "oidc.userinfo.refused",
    stage="userinfo",
    fault_class="any",
    params={"status": Param("integer", required=False, default=401)},
    touches=("status", "userinfo.*"),
)
def refused(draft: UserinfoDraft, params: Params) -> str:
    """Userinfo refuses an access token that is in order, with the status 401, 403 or 500."""
    draft.status, draft.claims = int(params["status"]), {}
    return f"Userinfo answered with status {draft.status}."


@fault("oidc.userinfo.silent", stage="userinfo", fault_class="any", touches=("timing",))
def silent(draft: UserinfoDraft, params: Params) -> str:
    """Userinfo does not answer for a minute."""
    del params
    draft.hangs = True
    return "Userinfo's answer was held back for a minute."
