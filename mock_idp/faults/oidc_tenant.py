"""An ID token of another tenant at a vendor whose tenants share their signing keys, as Entra ID does."""

from __future__ import annotations

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.oidc_drafts import IdTokenDraft
from mock_idp.faults.oidc_signature import EMAIL, forge_email
from mock_idp.faults.registry import fault

_ANOTHER = "b7c1a5d2-3f64-4e0b-9a8d-51c2e7f0a934"


@fault(
    "oidc.id-token.other-tenant",
    stage="token",
    fault_class="issuer",
    params={"tenant": Param(required=False, default=_ANOTHER), **EMAIL},
    touches=("id_token.payload.iss", "id_token.payload.tid", "id_token.payload.email"),
)
def other_tenant(draft: IdTokenDraft, params: Params) -> str:
    """The ID token is one of another tenant (iss and tid), where `email` is what its admin likes."""
    own, another = str(draft.claims.get("tid", "")), str(params["tenant"])
    issuer = str(draft.claims.get("iss", ""))
    if not own or own not in issuer:
        raise FaultCannotApplyError("The ID token names no tenant (tid) that stands in its issuer.")
    draft.claims["iss"] = issuer.replace(own, another)
    draft.claims["tid"] = another
    return f"The tenant was changed from {own!r} to {another!r} in iss and tid{forge_email(draft, params)}"
