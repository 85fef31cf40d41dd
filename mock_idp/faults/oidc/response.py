"""Faults in the parameters of the authorization response (RFC 6749 section 4.1.2). Tokens are elsewhere."""

from __future__ import annotations

from mock_idp.faults.model import Param, Params
from mock_idp.faults.oidc.drafts import AuthorizationResponseDraft
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
    params={
        "error": Param(required=False, default="access_denied"),
        "description": Param(required=False, default="Refused on purpose."),
        "filler": Param("integer", required=False, default=0),
    },
    touches=(
        "authorization_response.code",
        "authorization_response.error",
        "authorization_response.error_description",
        "authorization_response.session_state",
        "authorization_response.iss",
    ),
)
def error(draft: AuthorizationResponseDraft, params: Params) -> str:
    """The person signed in, and the authorization response is an error all the same (RFC 6749 4.1.2.1).

    Its text is `description`, behind so many letters as `filler` says.
    """
    said, words = str(params["error"]), "x" * int(params["filler"]) + str(params["description"])
    kept = [(name, value) for name, value in draft.parameters if name == "state"]
    draft.parameters = [("error", said), ("error_description", words), *kept]
    return f"The authorization response became the error {said!r}."


@fault(
    "oidc.authz-response.issuer.replace",
    stage="envelope",
    fault_class="issuer",
    params={"issuer": Param()},
    touches=("authorization_response.iss",),
)
def issuer_replace(draft: AuthorizationResponseDraft, params: Params) -> str:
    """The authorization response says in iss that another provider made it (RFC 9207 section 2.4)."""
    wrong = str(params["issuer"])
    draft.parameters = [*((name, value) for name, value in draft.parameters if name != "iss"), ("iss", wrong)]
    return f"The parameter iss became {wrong!r}."


@fault(
    "oidc.authz-response.code.remove",
    stage="envelope",
    fault_class="status",
    touches=("authorization_response.code",),
)
def code_remove(draft: AuthorizationResponseDraft, params: Params) -> str:
    """The authorization response carries neither a code nor an error."""
    del params
    draft.parameters = [(name, value) for name, value in draft.parameters if name != "code"]
    return "The parameter code was removed."


@fault(
    "oidc.authz-response.code.replace",
    stage="envelope",
    fault_class="request-binding",
    params={"code": Param()},
    touches=("authorization_response.code",),
)
def code_replace(draft: AuthorizationResponseDraft, params: Params) -> str:
    """The authorization response carries the code of another login (RFC 9700 section 4.5)."""
    wrong = str(params["code"])
    draft.parameters = [(name, wrong if name == "code" else value) for name, value in draft.parameters]
    return "The parameter code became that of another login."


@fault(
    "oidc.authz-response.parameter.add",
    stage="envelope",
    fault_class="login",
    params={"parameter": Param(), "value": Param()},
    touches=("authorization_response.*",),
)
def parameter_add(draft: AuthorizationResponseDraft, params: Params) -> str:
    """The authorization response has a parameter more, which no specification knows (RFC 6749 4.1.2)."""
    added = str(params["parameter"]), str(params["value"])
    draft.parameters = [*draft.parameters, added]
    return f"The parameter {added[0]} was added."
