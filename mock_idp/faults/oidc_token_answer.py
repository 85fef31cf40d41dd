"""Faults in the answer of the token endpoint. What is in the tokens is elsewhere."""

from __future__ import annotations

from mock_idp.faults.model import Param, Params
from mock_idp.faults.oidc_drafts import TokenAnswerDraft
from mock_idp.faults.registry import fault


@fault(
    "oidc.token-response.error",
    stage="exchange",
    fault_class="status",
    params={"error": Param(required=False, default="invalid_grant")},
    touches=("token_response.error", "token_response.error_description"),
)
def error(draft: TokenAnswerDraft, params: Params) -> str:
    """The token endpoint refuses a code that is in order."""
    draft.error, draft.description = str(params["error"]), "Refused on purpose."
    return f"The token endpoint answered with the error {draft.error!r} instead of tokens."
