"""Faults in the parameters of the authorization response (RFC 6749 section 4.1.2). Tokens are elsewhere."""

from __future__ import annotations

from mock_idp.faults.model import Param, Params
from mock_idp.faults.oidc_drafts import AuthorizationResponseDraft
from mock_idp.faults.registry import fault


@fault(
    "oidc.authz-response.state.replace",
    stage="envelope",
    fault_class="request-binding",
    params={"state": Param()},
    touches=("authorization_response.state",),
)
def state_replace(draft: AuthorizationResponseDraft, params: Params) -> str:
    """The authorization response carries another state than the request did."""
    wrong = str(params["state"])
    before = dict(draft.parameters).get("state")
    draft.parameters = [(name, wrong if name == "state" else value) for name, value in draft.parameters]
    return f"The parameter state was changed from {before!r} to {wrong!r}."


@fault(
    "oidc.authz-response.state.remove",
    stage="envelope",
    fault_class="request-binding",
    touches=("authorization_response.state",),
)
def state_remove(draft: AuthorizationResponseDraft, params: Params) -> str:
    """The authorization response carries no state although the request did."""
    del params
    before = dict(draft.parameters).get("state")
    draft.parameters = [(name, value) for name, value in draft.parameters if name != "state"]
    return f"The parameter state, which was {before!r}, was removed."


@fault(
    "oidc.authz-response.error",
    stage="envelope",
    fault_class="status",
    params={"error": Param(required=False, default="access_denied")},
    touches=(
        "authorization_response.code",
        "authorization_response.error",
        "authorization_response.error_description",
        "authorization_response.session_state",
        "authorization_response.iss",
    ),
)
def error(draft: AuthorizationResponseDraft, params: Params) -> str:
    """The person signed in, and the authorization response is an error all the same (RFC 6749 4.1.2.1)."""
    said = str(params["error"])
    kept = [(name, value) for name, value in draft.parameters if name == "state"]
    draft.parameters = [("error", said), ("error_description", "Refused on purpose."), *kept]
    return f"The authorization response became the error {said!r}."
