"""Faults in which an ID token brings its own key along, or says where to fetch it (RFC 7515 section 4.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

from mock_idp.faults.model import Param, Params
from mock_idp.faults.oidc.drafts import IdTokenDraft
from mock_idp.faults.oidc.public_key import FORGERS_KID, forgers_jwk
from mock_idp.faults.oidc.signature import EMAIL, FORGED, forge_email
from mock_idp.faults.registry import fault


def _elsewhere(document: str, own: str) -> str:
    del own
    return document


def _userinfo(document: str, own: str) -> str:
    """The IdP's host stands before the `@`, where it is a user name."""
    return document.replace("://", f"://{urlsplit(own).netloc.replace(':', '%3A')}@", 1)


def _redirect(document: str, own: str) -> str:
    """The IdP's own address, which redirects to wherever it is told."""
    return f"{own}/redirect?to={quote(document, safe='')}"


def _fragment(document: str, own: str) -> str:
    """The IdP's address stands in the fragment, which is not sent."""
    return f"{document}#{own}"


ADDRESSES: Mapping[str, Callable[[str, str], str]] = {
    "other-origin": _elsewhere,
    "userinfo": _userinfo,
    "open-redirect": _redirect,
    "fragment": _fragment,
}
"""How the address of the forger's document is dressed, from it and from the IdP's own."""
DOCUMENTS: Mapping[str, str] = {"jku": "keys", "x5u": "certificate"}
"""The forger's document that each member of the header leads to."""


@fault(
    "oidc.id-token.key-in-header",
    stage="signature",
    fault_class="signature",
    params={"as": Param(required=False, default="jwk", choices=("jwk", "x5c", "x5c-chain")), **EMAIL},
    touches=("id_token.header.jwk", "id_token.header.x5c", "id_token.header.kid", *FORGED),
)
def key_in_header(draft: IdTokenDraft, params: Params) -> str:
    """The ID token is signed with a foreign key that its header carries: `as` is jwk, x5c or x5c-chain.

    The chain ends in the tenant's own certificate, which has nothing to do with the key.
    """
    kind, key = str(params["as"]), draft.keys.foreign
    members: Mapping[str, tuple[str, object]] = {
        "jwk": ("jwk", forgers_jwk(key)),
        "x5c": ("x5c", [key.token_certificate.one_line]),
        "x5c-chain": (
            "x5c",
            [key.token_certificate.one_line, draft.keys.active.token_certificate.one_line],
        ),
    }
    name, value = members[kind]
    draft.header |= {"kid": FORGERS_KID, name: value}
    draft.signed_by = "foreign"
    return f"The ID token was signed with a foreign key that its header carries as {kind}" + (
        forge_email(draft, params)
    )


@fault(
    "oidc.id-token.key-by-url",
    stage="signature",
    fault_class="signature",
    params={
        "member": Param(required=False, default="jku", choices=tuple(DOCUMENTS)),
        "address": Param(required=False, default="other-origin", choices=tuple(ADDRESSES)),
        "url": Param(required=False),
        **EMAIL,
    },
    touches=("id_token.header.jku", "id_token.header.x5u", "id_token.header.kid", *FORGED),
)
def key_by_url(draft: IdTokenDraft, params: Params) -> str:
    """The ID token is signed with a foreign key, and its `member` jku or x5u says where to fetch it.

    That is the forger's document, at a URL that `address` dresses (other-origin, userinfo, open-redirect or
    fragment), or at `url`.
    """
    member, how = str(params["member"]), str(params["address"])
    own = draft.forger_url.replace("://localhost:", "://127.0.0.1:", 1)
    dressed = ADDRESSES[how](f"{draft.forger_url}/{DOCUMENTS[member]}", own)
    where = str(params.get("url", dressed))
    draft.header |= {"kid": FORGERS_KID, member: where}
    draft.signed_by = "foreign"
    return f"The ID token was signed with a foreign key, which its {member} says is at {where}" + (
        forge_email(draft, params)
    )
