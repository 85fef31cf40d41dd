"""From an ID token draft to the token as sent, and to the JSON in which the journal shows it."""

from __future__ import annotations

from typing import Any

from mock_idp.faults.oidc_drafts import IdTokenDraft
from mock_idp.indented import indented
from mock_idp.keys import KeyRing, SigningKey
from mock_idp.oidc import jws
from mock_idp.personalities.oidc_base import base64url


def mint(draft: IdTokenDraft, keys: KeyRing) -> str:
    """The compact token that the draft describes, lies included."""
    header, claims = jws.part(draft.header), jws.part(draft.claims)
    sent = claims if draft.claims_sent is None else jws.part(draft.claims_sent)
    covered = f"{header}.{claims}".encode("ascii")
    signature = b""
    if draft.signed_by != "nobody":
        signature = _key(draft, keys).sign(covered)
    return f"{header}.{sent}.{base64url(signature)}"


def _key(draft: IdTokenDraft, keys: KeyRing) -> SigningKey:
    if draft.signed_by == "foreign":
        return keys.foreign
    return keys.retired if draft.signed_by == "retired" else keys.active


def decoded(draft: IdTokenDraft) -> dict[str, Any]:
    """The token for a reader: `header`, `payload` as sent, and one phrase about the signature."""
    return {
        "header": dict(draft.header),
        "payload": dict(draft.claims if draft.claims_sent is None else draft.claims_sent),
        "signature": _phrase(draft),
    }


def as_text(draft: IdTokenDraft) -> str:
    """`decoded` as indented JSON, one member a line, so that two of them make a readable diff."""
    return indented({"id_token": decoded(draft)})


def _phrase(draft: IdTokenDraft) -> str:
    if draft.signed_by == "nobody":
        return "none"
    if draft.signed_by == "foreign":
        return "by a key that the tenant never published"
    if draft.signed_by == "retired":
        return "by a key that is no longer published"
    if draft.claims_sent is not None:
        return "by the published key, over another payload"
    return "by the published key, over this payload"
