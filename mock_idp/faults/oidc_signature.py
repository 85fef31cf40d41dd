"""Faults in how an ID token is signed (RFC 7515, OIDC Core section 3.1.3.7 point 6). Claims are elsewhere."""

from __future__ import annotations

from mock_idp.faults.model import Param, Params
from mock_idp.faults.oidc_drafts import IdTokenDraft
from mock_idp.faults.registry import fault


@fault(
    "oidc.id-token.alg-none",
    stage="signature",
    fault_class="signature",
    touches=("id_token.header.alg", "id_token.signature"),
)
def alg_none(draft: IdTokenDraft, params: Params) -> str:
    """The ID token says alg none and carries an empty signature."""
    del params
    before = draft.header["alg"]
    draft.header["alg"] = "none"
    draft.signed_by = "nobody"
    return f"The ID token's alg was changed from {before} to none, and its signature was removed."


@fault(
    "oidc.id-token.foreign-key",
    stage="signature",
    fault_class="signature",
    touches=("id_token.signature",),
)
def foreign_key(draft: IdTokenDraft, params: Params) -> str:
    """The ID token is signed with a key that the tenant never published, under the published kid."""
    del params
    draft.signed_by = "foreign"
    return (
        f"The ID token was signed with a foreign key while its header still names kid {draft.header['kid']}."
    )


@fault(
    "oidc.id-token.retired-key",
    stage="signature",
    fault_class="signature",
    touches=("id_token.header.kid", "id_token.header.x5t", "id_token.signature"),
)
def retired_key(draft: IdTokenDraft, params: Params) -> str:
    """The ID token is signed with a key, and names its kid, that the JWKS listed once and lists no more."""
    del params
    draft.header = dict(draft.retired_header())
    draft.signed_by = "retired"
    return f"The ID token was signed with the key {draft.header['kid']}, which the JWKS no longer lists."


@fault(
    "oidc.id-token.tamper",
    stage="after-signing",
    fault_class="signature",
    params={"email": Param()},
    touches=("id_token.payload.email", "id_token.signature"),
)
def tamper(draft: IdTokenDraft, params: Params) -> str:
    """The e-mail in the ID token is replaced after signing; the old signature stays."""
    before = draft.claims.get("email")
    draft.claims_sent = {**draft.claims, "email": params["email"]}
    after = params["email"]
    return f"The claim email was changed from {before!r} to {after!r} after signing; the signature is stale."
