"""Faults in the claims of an ID token, which is signed afterwards and verifies (OIDC Core 3.1.3.7)."""

from __future__ import annotations

from mock_idp.faults.model import FaultCannotApplyError, Param, Params, ParamValue
from mock_idp.faults.oidc_drafts import IdTokenDraft
from mock_idp.faults.registry import fault

LONG_AGO = 24 * 3600
"""Seconds by which an expired token is moved into the past: far beyond any tolerance for clock skew."""


@fault(
    "oidc.id-token.issuer.replace",
    stage="token",
    fault_class="issuer",
    params={"issuer": Param()},
    touches=("id_token.payload.iss",),
)
def issuer_replace(draft: IdTokenDraft, params: Params) -> str:
    """The ID token names another issuer."""
    return _replace(draft, "iss", params["issuer"])


@fault(
    "oidc.id-token.audience.replace",
    stage="token",
    fault_class="audience",
    params={"audience": Param()},
    touches=("id_token.payload.aud",),
)
def audience_replace(draft: IdTokenDraft, params: Params) -> str:
    """The ID token is addressed to another application."""
    return _replace(draft, "aud", params["audience"])


@fault(
    "oidc.id-token.expired",
    stage="token",
    fault_class="time",
    touches=("id_token.payload.iat", "id_token.payload.nbf", "id_token.payload.exp"),
)
def expired(draft: IdTokenDraft, params: Params) -> str:
    """The ID token was issued, and expired, a day ago."""
    del params
    for name in ("iat", "nbf", "exp"):
        if name in draft.claims:
            draft.claims[name] -= LONG_AGO
    end = draft.claims["exp"]
    return f"The times of the ID token were moved {LONG_AGO} seconds into the past; it expired at {end}."


@fault(
    "oidc.id-token.nonce.replace",
    stage="token",
    fault_class="request-binding",
    params={"nonce": Param()},
    touches=("id_token.payload.nonce",),
)
def nonce_replace(draft: IdTokenDraft, params: Params) -> str:
    """The ID token carries another nonce than the request did."""
    _nonce_must_be_there(draft)
    return _replace(draft, "nonce", params["nonce"])


@fault(
    "oidc.id-token.nonce.remove",
    stage="token",
    fault_class="request-binding",
    touches=("id_token.payload.nonce",),
)
def nonce_remove(draft: IdTokenDraft, params: Params) -> str:
    """The ID token carries no nonce although the request did."""
    del params
    _nonce_must_be_there(draft)
    return f"The claim nonce, which was {draft.claims.pop('nonce')!r}, was removed."


@fault(
    "oidc.id-token.email-unverified",
    stage="token",
    fault_class="identity",
    touches=("id_token.payload.email_verified",),
)
def email_unverified(draft: IdTokenDraft, params: Params) -> str:
    """The ID token says that the e-mail address is not verified."""
    del params
    return _replace(draft, "email_verified", value=False)


@fault(
    "oidc.id-token.email-empty", stage="token", fault_class="identity", touches=("id_token.payload.email",)
)
def email_empty(draft: IdTokenDraft, params: Params) -> str:
    """The claim email is there, and it is empty."""
    del params
    return _replace(draft, "email", "")


@fault(
    "oidc.id-token.email-several",
    stage="token",
    fault_class="identity",
    params={"email": Param()},
    touches=("id_token.payload.email",),
)
def email_several(draft: IdTokenDraft, params: Params) -> str:
    """The claim email is a list: the person's own address and another one (OIDC Core 5.1 has one string)."""
    own, other = draft.claims.get("email"), str(params["email"])
    draft.claims["email"] = [own, other]
    return f"The claim email, which was {own!r}, was made the list of it and {other!r}."


def _replace(draft: IdTokenDraft, name: str, value: ParamValue) -> str:
    before = f"from {draft.claims[name]!r} " if name in draft.claims else "from nothing "
    draft.claims[name] = value
    return f"The claim {name} was changed {before}to {value!r}."


def _nonce_must_be_there(draft: IdTokenDraft) -> None:
    if "nonce" not in draft.claims:
        raise FaultCannotApplyError(
            "The authorization request carried no nonce, so the ID token has none to change or remove."
        )


@fault(
    "oidc.id-token.subject.remove", stage="token", fault_class="identity", touches=("id_token.payload.sub",)
)
def subject_remove(draft: IdTokenDraft, params: Params) -> str:
    """The ID token names no subject (OIDC Core section 2 demands one)."""
    del params
    before = draft.claims.pop("sub", None)
    return f"The claim sub, which was {before!r}, was removed."
