"""From an ID token draft to the token as sent, and to the JSON in which the journal shows it."""

from __future__ import annotations

import json
from typing import Any

from mock_idp.faults.oidc.drafts import IdTokenDraft
from mock_idp.journal import Shown
from mock_idp.keys import SigningKey
from mock_idp.oidc import jws
from mock_idp.personalities.oidc_base import base64url

PHRASES = {
    "nobody": "none",
    "foreign": "by a key that the tenant never published",
    "retired": "by a key that is no longer published",
    "other-provider": "by a key of another provider",
    "secret": "by a secret that anybody can know",
}
"""What the journal says about the signature, by who signed."""


def mint(draft: IdTokenDraft) -> str:
    """The token's text that the draft describes, lies included."""
    header = jws.part(draft.header)
    claims = jws.part(draft.claims) if draft.payload is None else base64url(draft.payload.encode())
    sent = [
        header if draft.header_sent is None else jws.part(draft.header_sent),
        claims if draft.claims_sent is None else jws.part(draft.claims_sent),
    ]
    signature = base64url(_signature(draft, f"{header}.{claims}".encode("ascii")))
    compact = ".".join([*sent, signature])
    return draft.rewrite(compact) if draft.rewrite else compact


def _signature(draft: IdTokenDraft, covered: bytes) -> bytes:
    if draft.signed_by == "nobody":
        return b""
    if draft.signed_by == "secret":
        return jws.mac(covered, draft.secret, draft.algorithm)
    return jws.signature(covered, _key(draft), draft.algorithm)


def _key(draft: IdTokenDraft) -> SigningKey:
    if draft.signed_by == "foreign":
        return draft.keys.foreign
    if draft.signed_by == "other-provider" and draft.other_keys is not None:
        return draft.other_keys.active
    return draft.keys.retired if draft.signed_by == "retired" else draft.keys.active


def decoded(draft: IdTokenDraft) -> dict[str, Any]:
    """The token for a reader: `header`, `payload` as sent, and phrases about signature and form."""
    payload: Any = dict(draft.claims if draft.claims_sent is None else draft.claims_sent)
    if draft.payload is not None:
        payload = json.loads(draft.payload)
    header = dict(draft.header if draft.header_sent is None else draft.header_sent)
    shown = {"header": header, "payload": payload, "signature": _phrase(draft)}
    return {**shown, "form": draft.form} if draft.rewrite else shown


def shown(draft: IdTokenDraft) -> Shown:
    """`decoded` as indented JSON, one member a line, so that two of them make a readable diff."""
    return Shown({"id_token": decoded(draft)})


def _phrase(draft: IdTokenDraft) -> str:
    if draft.signed_by in PHRASES:
        return PHRASES[draft.signed_by]
    if draft.header_sent is not None:
        return "by the published key, over another header and payload"
    if draft.claims_sent is not None:
        return "by the published key, over another payload"
    by = (
        "by the published key" if draft.algorithm == "RS256" else f"by the published key as {draft.algorithm}"
    )
    return f"{by}, over this payload"
