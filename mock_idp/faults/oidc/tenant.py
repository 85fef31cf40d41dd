"""An ID token of another tenant at a vendor whose tenants share their signing keys, as Entra ID does."""

from __future__ import annotations

from urllib.parse import urlsplit

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.oidc.drafts import IdTokenDraft
from mock_idp.faults.oidc.signature import EMAIL, forge_email
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
    """The ID token is one of another tenant (iss, and any tid); `email` is what its admin likes."""
    issuer, another = str(draft.claims["iss"]), str(params["tenant"])
    own = str(draft.claims.get("tid") or next(filter(None, urlsplit(issuer).path.split("/")), ""))
    if not own or own not in issuer:
        raise FaultCannotApplyError(f"The issuer {issuer!r} names no tenant in its path.")
    draft.claims["iss"] = issuer.replace(own, another)
    if "tid" in draft.claims:
        draft.claims["tid"] = another
    return f"The tenant was changed from {own!r} to {another!r}{forge_email(draft, params)}"
