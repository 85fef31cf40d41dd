"""Faults in the claims of an ID token, which is signed afterwards and verifies (OIDC Core 3.1.3.7)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.oidc.drafts import IdTokenDraft
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


def _other_case(issuer: str) -> str:
    scheme, found, rest = issuer.partition("://")
    return scheme + found + rest.swapcase()


def _other_port(issuer: str) -> str:
    parts = urlsplit(issuer)
    return parts._replace(netloc=f"{parts.hostname}:{(parts.port or 443) + 1}").geturl()


NEAR: Mapping[str, Callable[[str], str]] = {
    "trailing-slash": lambda issuer: issuer.removesuffix("/") if issuer.endswith("/") else f"{issuer}/",
    "case": _other_case,
    "scheme": lambda issuer: f"http{'' if issuer.startswith('https') else 's'}:{issuer.partition(':')[2]}",
    "port": _other_port,
    "prefix": lambda issuer: issuer[:-1],
    "suffix": lambda issuer: f"{issuer}.evil.test",
    "path-suffix": lambda issuer: f"{issuer.rstrip('/')}/evil",
    "blank": lambda issuer: f"{issuer} ",
}
"""Issuers that a careless comparison takes for the right one."""


@fault(
    "oidc.id-token.issuer.near",
    stage="token",
    fault_class="issuer",
    params={"how": Param(required=False, default="trailing-slash", choices=tuple(NEAR))},
    touches=("id_token.payload.iss",),
)
def issuer_near(draft: IdTokenDraft, params: Params) -> str:
    """The ID token names an issuer that looks like the right one; `how` says in what it differs."""
    return _replace(draft, "iss", NEAR[str(params["how"])](draft.claims["iss"]))


@fault(
    "oidc.id-token.claim.remove",
    stage="token",
    fault_class="any",
    params={"claim": Param(required=False, default="iss")},
    touches=("id_token.payload.{claim}",),
)
def claim_remove(draft: IdTokenDraft, params: Params) -> str:
    """The ID token lacks the claim `claim`."""
    name = str(params["claim"])
    if name not in draft.claims:
        raise FaultCannotApplyError(f"The ID token has no claim {name} that could be removed.")
    return f"The claim {name}, which was {draft.claims.pop(name)!r}, was removed."


@fault(
    "oidc.id-token.claim.replace",
    stage="token",
    fault_class="any",
    params={
        "claim": Param(required=False, default="sub"),
        "value": Param(required=False),
        "json": Param(required=False),
    },
    touches=("id_token.payload.{claim}",),
)
def claim_replace(draft: IdTokenDraft, params: Params) -> str:
    """The claim `claim` of the ID token is the text `value` (empty without one), or what `json` says."""
    try:
        value = json.loads(str(params["json"])) if "json" in params else params.get("value", "")
    except ValueError as error:
        raise FaultCannotApplyError(f"{params['json']!r} is not JSON: {error}.") from error
    return _replace(draft, str(params["claim"]), value)


@fault(
    "oidc.id-token.claims",
    stage="token",
    fault_class="any",
    params={"json": Param(required=False, default='{"aud": "another-client", "azp": "another-client"}')},
    touches=("id_token.payload.*",),
)
def claims_changed(draft: IdTokenDraft, params: Params) -> str:
    """The ID token has the claims of the object `json` in place of its own; null removes one."""
    try:
        changes = json.loads(str(params["json"]))
    except ValueError as error:
        raise FaultCannotApplyError(f"{params['json']!r} is not JSON: {error}.") from error
    if not isinstance(changes, dict):
        raise FaultCannotApplyError(f"Claims are changed by a JSON object, not by {params['json']!r}.")
    merged = {**draft.claims, **changes}
    draft.claims = {name: value for name, value in merged.items() if changes.get(name, "") is not None}
    return f"The claims {', '.join(changes)} were changed."


@fault(
    "oidc.id-token.nonce.unsupported",
    stage="token",
    fault_class="request-binding",
    touches=("id_token.payload.nonce", "id_token.payload.nonce_supported"),
)
def nonce_unsupported(draft: IdTokenDraft, params: Params) -> str:
    """The ID token carries no nonce, and says that nonces are not supported (as Apple's once did)."""
    del params
    _nonce_must_be_there(draft)
    draft.claims["nonce_supported"] = False
    return f"The claim nonce, which was {draft.claims.pop('nonce')!r}, was removed, and excused."


@fault(
    "oidc.id-token.expired-since",
    stage="token",
    fault_class="time",
    params={"seconds": Param("integer", required=False, default=600)},
    touches=("id_token.payload.iat", "id_token.payload.nbf", "id_token.payload.exp"),
)
def expired_since(draft: IdTokenDraft, params: Params) -> str:
    """The ID token expired so many `seconds` ago, and was issued as long before that as is usual."""
    back = draft.claims["exp"] - draft.now + int(params["seconds"])
    for name in ("iat", "nbf", "exp"):
        if name in draft.claims:
            draft.claims[name] -= back
    return f"The ID token expired {params['seconds']} seconds ago, at {draft.claims['exp']}."


@fault(
    "oidc.id-token.in-future",
    stage="token",
    fault_class="time",
    params={
        "claim": Param(required=False, default="nbf", choices=("nbf", "iat")),
        "seconds": Param("integer", required=False, default=3600),
    },
    touches=("id_token.payload.{claim}",),
)
def in_future(draft: IdTokenDraft, params: Params) -> str:
    """The instant `claim` (nbf or iat) of the ID token is so many `seconds` ahead of now."""
    return _replace(draft, str(params["claim"]), draft.now + int(params["seconds"]))


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


def _replace(draft: IdTokenDraft, name: str, value: object) -> str:
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
