"""Faults in how an ID token is signed (RFC 7515, OIDC Core section 3.1.3.7 point 6). Claims are elsewhere.

`email` of a forgery is whom it claims to be about; without it the claims stay those of the login.
"""

from __future__ import annotations

import base64

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.oidc.drafts import IdTokenDraft
from mock_idp.faults.oidc.public_key import RENDERINGS
from mock_idp.faults.registry import fault

EMAIL = {"email": Param(required=False)}
FORGED = ("id_token.payload.email", "id_token.signature")
"""What every forgery may touch."""
OTHER_ALGORITHMS = ("RS384", "RS512", "PS256", "PS384", "PS512")
"""What a published RSA key can sign with besides RS256 (RFC 7518 section 3.1)."""

_ZEROS = 64
"""Octets of a signature by ES256 (RFC 7518 section 3.4)."""


def forge_email(draft: IdTokenDraft, params: Params) -> str:
    """Put the victim's address into the claims where the case names one; the sentence's second half."""
    if "email" not in params:
        return ", over the claims of this login."
    before, draft.claims["email"] = draft.claims.get("email"), params["email"]
    return f", and the claim email was changed from {before!r} to {params['email']!r}."


@fault(
    "oidc.id-token.alg-none",
    stage="signature",
    fault_class="signature",
    params={
        "alg": Param(required=False, default="none"),
        "signature": Param(required=False, default="empty", choices=("empty", "kept", "no-dot")),
        "kid": Param(required=False),
        **EMAIL,
    },
    touches=("id_token.header.alg", "id_token.header.kid", "id_token.form", *FORGED),
)
def alg_none(draft: IdTokenDraft, params: Params) -> str:
    """The ID token says alg none (`alg`: in other letters) and is not signed.

    `kid` is another key ID, and an empty one takes it away. `signature` is `empty`, `kept` (the published
    key's over the honest header and claims stays) or `no-dot` (two parts).
    """
    shape = params["signature"]
    before = draft.header["alg"]
    if shape == "kept":
        draft.header_sent = {**draft.header, "alg": params["alg"]}
        draft.claims_sent = {**draft.claims, "email": params.get("email", draft.claims.get("email"))}
        return f"The ID token's alg became {params['alg']!r} after signing, and its e-mail another."
    draft.header["alg"] = params["alg"]
    if "kid" in params:
        draft.header["kid"] = params["kid"]
    if not draft.header["kid"]:
        del draft.header["kid"]
    draft.signed_by = "nobody"
    if shape == "no-dot":
        draft.rewrite, draft.form = lambda compact: compact.removesuffix("."), "two parts, no second dot"
    return f"The ID token's alg was changed from {before} to {params['alg']!r}, its signature is {shape}" + (
        forge_email(draft, params)
    )


@fault(
    "oidc.id-token.foreign-key",
    stage="signature",
    fault_class="signature",
    params={"kid": Param(required=False), **EMAIL},
    touches=("id_token.header.kid", *FORGED),
)
def foreign_key(draft: IdTokenDraft, params: Params) -> str:
    """The ID token is signed with a key that the tenant never published, under the published kid or `kid`."""
    draft.signed_by = "foreign"
    draft.header["kid"] = params.get("kid", draft.header["kid"])
    return f"The ID token was signed with a foreign key while its header names kid {draft.header['kid']}" + (
        forge_email(draft, params)
    )


@fault(
    "oidc.id-token.other-provider-key",
    stage="signature",
    fault_class="signature",
    params={"provider": Param(required=False), "kid": Param(required=False), **EMAIL},
    touches=("id_token.header.kid", "id_token.header.x5t", *FORGED),
)
def other_provider_key(draft: IdTokenDraft, params: Params) -> str:
    """The ID token is signed with the key of another provider, the tenant at the URL `provider`.

    The header names that key, or `kid`. Without `provider` it is a key of nobody.
    """
    if "provider" in params and draft.keys_of is not None:
        try:
            draft.other_keys = draft.keys_of(str(params["provider"]))
        except LookupError as error:
            raise FaultCannotApplyError(str(error)) from error
    key = draft.other_keys.active if draft.other_keys else draft.keys.foreign
    draft.signed_by = "other-provider" if draft.other_keys else "foreign"
    for name in ("kid", "x5t"):
        if name in draft.header:
            draft.header[name] = params.get("kid", key.kid)
    return f"The ID token was signed with the key {key.kid} of another provider" + forge_email(draft, params)


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
    "oidc.id-token.hmac",
    stage="signature",
    fault_class="signature",
    params={
        "key": Param(required=False, default="spki-pem", choices=tuple(RENDERINGS)),
        "alg": Param(required=False, default="HS256", choices=("HS256", "HS384", "HS512")),
        **EMAIL,
    },
    touches=("id_token.header.alg", *FORGED),
)
def hmac(draft: IdTokenDraft, params: Params) -> str:
    """The ID token is an HMAC by `alg`, whose secret is the published public key in the rendering `key`."""
    rendering = str(params["key"])
    draft.header["alg"] = draft.algorithm = str(params["alg"])
    draft.signed_by, draft.secret = "secret", RENDERINGS[rendering](draft.keys.active)
    return f"The ID token was signed with {params['alg']} and the secret {rendering}" + (
        forge_email(draft, params)
    )


@fault(
    "oidc.id-token.algorithm",
    stage="signature",
    fault_class="signature",
    params={"alg": Param(required=False, default="RS512", choices=OTHER_ALGORITHMS)},
    touches=("id_token.header.alg", "id_token.signature"),
)
def algorithm(draft: IdTokenDraft, params: Params) -> str:
    """The ID token is signed by the published key with another algorithm, which its header names."""
    wanted = str(params["alg"])
    draft.header["alg"] = draft.algorithm = wanted
    return f"The ID token was signed by the published key with {wanted}."


@fault(
    "oidc.id-token.signature.empty",
    stage="signature",
    fault_class="signature",
    params=EMAIL,
    touches=FORGED,
)
def signature_empty(draft: IdTokenDraft, params: Params) -> str:
    """The third part of the ID token, whose alg stays, is empty."""
    draft.signed_by = "nobody"
    return "The signature of the ID token was left out while its alg stays" + forge_email(draft, params)


@fault(
    "oidc.id-token.signature.zeros",
    stage="signature",
    fault_class="signature",
    params={"alg": Param(required=False, default="ES256", choices=("ES256", "unknown")), **EMAIL},
    touches=("id_token.header.alg", "id_token.form", *FORGED),
)
def signature_zeros(draft: IdTokenDraft, params: Params) -> str:
    """The algorithm is one that no published key is for, and the signature is zeros.

    For ES256 that is r = s = 0, which holds for every message where nobody looks (CVE-2022-21449)."""
    draft.header["alg"] = params["alg"]
    draft.signed_by = "nobody"
    draft.rewrite, draft.form = _signed_by_zeros, f"compact, with {_ZEROS} zeros for a signature"
    return f"The ID token's alg is {params['alg']} and its signature {_ZEROS} zeros" + (
        forge_email(draft, params)
    )


def _signed_by_zeros(compact: str) -> str:
    return compact + base64.urlsafe_b64encode(bytes(_ZEROS)).rstrip(b"=").decode("ascii")


@fault(
    "oidc.id-token.signature.damaged",
    stage="after-signing",
    fault_class="signature",
    touches=("id_token.form",),
)
def signature_damaged(draft: IdTokenDraft, params: Params) -> str:
    """One character of the signature is another; header and claims are as they were signed."""
    del params
    draft.rewrite, draft.form = _damaged, "compact, with one character of the signature changed"
    return "The tenth character of the ID token's signature was changed."


def _damaged(compact: str) -> str:
    covered, _, signature = compact.rpartition(".")
    other = "A" if signature[9] != "A" else "B"
    return f"{covered}.{signature[:9]}{other}{signature[10:]}"


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
