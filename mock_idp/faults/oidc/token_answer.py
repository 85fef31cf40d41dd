"""Faults in the answer of the token endpoint. What is in the tokens is elsewhere."""

from __future__ import annotations

from mock_idp.faults.model import Param, Params
from mock_idp.faults.oidc.drafts import TokenAnswerDraft
from mock_idp.faults.registry import fault


@fault(
    "oidc.token-response.error",
    stage="exchange",
    fault_class="status",
    params={"error": Param(required=False, default="invalid_grant")},
    touches=("token_response.status", "token_response.error", "token_response.error_description"),
)
def error(draft: TokenAnswerDraft, params: Params) -> str:
    """The token endpoint refuses a code that is in order."""
    draft.status, draft.error, draft.description = 400, str(params["error"]), "Refused on purpose."
    return f"The token endpoint answered with the error {draft.error!r} instead of tokens."


@fault(
    "oidc.token-response.status",
    stage="exchange",
    fault_class="status",
    params={"status": Param("integer"), "retry_after": Param(required=False, default="")},
    touches=("token_response.status", "token_response.retry_after"),
)
def status(draft: TokenAnswerDraft, params: Params) -> str:
    """The token endpoint answers a code that is in order with a page of this status (and a Retry-After)."""
    draft.status, draft.retry_after = int(params["status"]), str(params["retry_after"])
    return f"The token endpoint answered with the status {draft.status} instead of tokens."


@fault(
    "oidc.token-response.id-token.remove",
    stage="exchange",
    fault_class="signature",
    touches=("token_response.id_token",),
)
def id_token_remove(draft: TokenAnswerDraft, params: Params) -> str:
    """The token endpoint answers without an ID token although the scope openid was asked for."""
    del params
    draft.removed = ("id_token",)
    return "The member id_token was removed from the answer of the token endpoint."


@fault(
    "oidc.token-response.hang",
    stage="exchange",
    fault_class="status",
    touches=("token_response.delay",),
)
def hang(draft: TokenAnswerDraft, params: Params) -> str:
    """The token endpoint takes the code and does not answer for a minute."""
    del params
    draft.slow = "hang"
    return "The answer of the token endpoint was held back for a minute."


@fault(
    "oidc.token-response.drip",
    stage="exchange",
    fault_class="status",
    touches=("token_response.delay",),
)
def drip(draft: TokenAnswerDraft, params: Params) -> str:
    """The token endpoint answers one byte every half second."""
    del params
    draft.slow = "drip"
    return "The answer of the token endpoint was sent byte by byte."
