"""Faults in logout tokens (OpenID Connect Back-Channel Logout 1.0 sections 2.4 and 2.6)."""

from __future__ import annotations

from mock_idp.faults.model import Param, Params
from mock_idp.faults.oidc.drafts import LogoutTokenDraft
from mock_idp.faults.registry import fault


@fault(
    "oidc.logout-token.alg-none",
    stage="signature",
    fault_class="session",
    touches=("id_token.header.alg", "id_token.signature"),
)
def alg_none(draft: LogoutTokenDraft, params: Params) -> str:
    """The logout token says alg none and is not signed."""
    del params
    draft.header["alg"], draft.signed_by = "none", "nobody"
    return "The logout token's alg became none, and its signature is empty."


@fault(
    "oidc.logout-token.foreign-key",
    stage="signature",
    fault_class="session",
    touches=("id_token.signature",),
)
def foreign_key(draft: LogoutTokenDraft, params: Params) -> str:
    """The logout token is signed with a key that the tenant never published."""
    del params
    draft.signed_by = "foreign"
    return "The logout token was signed with a foreign key."


@fault(
    "oidc.logout-token.issuer.replace",
    stage="token",
    fault_class="session",
    params={"issuer": Param()},
    touches=("id_token.payload.iss",),
)
def issuer_replace(draft: LogoutTokenDraft, params: Params) -> str:
    """The logout token names another issuer."""
    return _replace(draft, "iss", str(params["issuer"]))


@fault(
    "oidc.logout-token.audience.replace",
    stage="token",
    fault_class="session",
    params={"audience": Param()},
    touches=("id_token.payload.aud",),
)
def audience_replace(draft: LogoutTokenDraft, params: Params) -> str:
    """The logout token is made for another application."""
    return _replace(draft, "aud", str(params["audience"]))


@fault(
    "oidc.logout-token.events.remove",
    stage="token",
    fault_class="session",
    touches=("id_token.payload.events",),
)
def events_remove(draft: LogoutTokenDraft, params: Params) -> str:
    """The logout token has no events, so that nothing says that it is one."""
    del params
    del draft.claims["events"]
    return "The claim events was removed."


@fault(
    "oidc.logout-token.id-token",
    stage="token",
    fault_class="session",
    touches=("id_token.header.typ", "id_token.payload.*"),
)
def id_token(draft: LogoutTokenDraft, params: Params) -> str:
    """The ID token of the login is sent in place of a logout token."""
    del params
    header, claims = draft.id_token
    draft.header, draft.claims = dict(header), dict(claims)
    return "The logout token became the ID token of the login."


def _replace(draft: LogoutTokenDraft, claim: str, value: str) -> str:
    before, draft.claims[claim] = draft.claims.get(claim), value
    return f"The claim {claim} was changed from {before!r} to {value!r}."
