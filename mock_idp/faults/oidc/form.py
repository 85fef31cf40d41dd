"""Faults in the form of an ID token: its header's members, its payload's type, its text (RFC 7515, 7519)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping

from mock_idp.faults.model import FaultCannotApplyError, Param, Params
from mock_idp.faults.oidc.drafts import IdTokenDraft
from mock_idp.faults.oidc.signature import EMAIL, FORGED, forge_email
from mock_idp.faults.registry import fault


@fault(
    "oidc.id-token.header.remove",
    stage="header",
    fault_class="any",
    params={"member": Param(required=False, default="kid")},
    touches=("id_token.header.{member}",),
)
def header_remove(draft: IdTokenDraft, params: Params) -> str:
    """The header of the ID token lacks `member`; the published key signs what is left."""
    name = str(params["member"])
    if name not in draft.header:
        raise FaultCannotApplyError(f"The header of the ID token has no member {name} that could be removed.")
    return f"The header's member {name}, which was {draft.header.pop(name)!r}, was removed."


@fault(
    "oidc.id-token.header.replace",
    stage="header",
    fault_class="any",
    params={
        "member": Param(required=False, default="kid"),
        "value": Param(required=False),
        "json": Param(required=False),
    },
    touches=("id_token.header.{member}",),
)
def header_replace(draft: IdTokenDraft, params: Params) -> str:
    """The member `member` of the header is `value`, or what `json` says; the published key signs."""
    name = str(params["member"])
    before = draft.header.get(name)
    try:
        said = params.get("value", "")
        draft.header[name] = json.loads(str(params["json"])) if "json" in params else said
    except ValueError as error:
        raise FaultCannotApplyError(f"{params['json']!r} is not JSON: {error}.") from error
    return f"The header's member {name} was changed from {before!r} to {draft.header[name]!r}."


@fault(
    "oidc.id-token.critical-extension",
    stage="header",
    fault_class="signature",
    touches=("id_token.header.crit", "id_token.header.http://evil.test/unknown"),
)
def critical_extension(draft: IdTokenDraft, params: Params) -> str:
    """The header of the ID token demands an extension that nobody knows (RFC 7515 section 4.1.11)."""
    del params
    name = "http://evil.test/unknown"
    draft.header |= {"crit": [name], name: True}
    return f"The header says that whoever does not understand {name} must refuse the ID token."


@fault(
    "oidc.id-token.payload.replace",
    stage="header",
    fault_class="parser",
    params={"json": Param(required=False, default="[]")},
    touches=("id_token.payload",),
)
def payload_replace(draft: IdTokenDraft, params: Params) -> str:
    """The payload of the ID token is the JSON text `json`, well signed, in place of an object with claims."""
    said = str(params["json"])
    draft.payload = json.dumps([draft.claims]) if said == "[claims]" else said
    try:
        json.loads(draft.payload)
    except ValueError as error:
        raise FaultCannotApplyError(f"{said!r} is not JSON: {error}.") from error
    return f"The payload of the ID token is {said} in place of an object."


def _general(compact: str) -> str:
    header, payload, signature = compact.split(".")
    return json.dumps({"payload": payload, "signatures": [{"protected": header, "signature": signature}]})


def _flattened(compact: str) -> str:
    header, payload, signature = compact.split(".")
    return json.dumps({"payload": payload, "protected": header, "signature": signature})


FORMS: Mapping[str, Callable[[str], str]] = {
    "json-general": _general,
    "json-flattened": _flattened,
    "one-part": lambda compact: compact.split(".")[1],
    "two-parts": lambda compact: compact.rpartition(".")[0],
    "trailing-dot": lambda compact: f"{compact}.",
    "four-parts": lambda compact: f"{compact}.{compact.split('.')[2]}",
    "padded": lambda compact: ".".join(part + "=" * (-len(part) % 4) for part in compact.split(".")),
    "blank": lambda compact: f" {compact}",
    "newline": lambda compact: f"{compact}\n",
}
"""Other texts of one and the same token."""


@fault(
    "oidc.id-token.form",
    stage="after-signing",
    fault_class="parser",
    params={"as": Param(required=False, default="json-general", choices=tuple(FORMS))},
    touches=("id_token.form",),
)
def form(draft: IdTokenDraft, params: Params) -> str:
    """The genuine ID token is written in another form `as`: JSON, or too few or many parts."""
    name = str(params["as"])
    draft.rewrite, draft.form = FORMS[name], name
    return f"The ID token was written in another form: {name}."


@fault(
    "oidc.id-token.unsigned-json",
    stage="signature",
    fault_class="signature",
    params={
        **EMAIL,
        "signatures": Param(required=False, default="no", choices=("no", "one-by-an-unprotected-header")),
    },
    touches=("id_token.form", *FORGED),
)
def unsigned_json(draft: IdTokenDraft, params: Params) -> str:
    """The ID token is a JSON serialisation without any signature (RFC 7515 section 7.2.1).

    Its list of `signatures` is empty, or holds an empty one whose unprotected header says alg none."""
    draft.signed_by = "nobody"
    if params["signatures"] == "no":
        draft.rewrite, draft.form = _no_signatures, "JSON with no signatures"
    else:
        draft.rewrite, draft.form = _unprotected, "JSON with alg none in an unprotected header"
    return f"The ID token was written as {draft.form}" + forge_email(draft, params)


def _unprotected(compact: str) -> str:
    signature = {"header": {"alg": "none"}, "signature": ""}
    return json.dumps({"payload": compact.split(".")[1], "signatures": [signature]})


def _no_signatures(compact: str) -> str:
    return json.dumps({"payload": compact.split(".")[1], "signatures": []})


@fault(
    "oidc.id-token.polyglot",
    stage="after-signing",
    fault_class="signature",
    params=EMAIL,
    touches=("id_token.form", *FORGED),
)
def polyglot(draft: IdTokenDraft, params: Params) -> str:
    """The genuine ID token is written as JSON so that, split at its dots, it is a forged compact token.

    Source: the advisory of CVE-2022-39227, by its description.
    """
    forged = {**draft.claims, **({"email": params["email"]} if "email" in params else {})}
    draft.claims_sent = forged
    draft.rewrite = lambda compact: _both(compact, draft.header, draft.claims)
    draft.form = "JSON of the genuine token; between the dots stand the forged claims"
    return f"The genuine ID token was written as JSON around claims with the e-mail {forged.get('email')!r}."


def _both(compact: str, header: Mapping[str, object], genuine: Mapping[str, object]) -> str:
    """The signature covers `genuine`; the compact view's payload is the one sent."""
    _, forged, signature = compact.split(".")
    protected, payload = _part(header), _part(genuine)
    return (
        f'{{"  {protected}.{forged}.":"","protected":"{protected}",'
        f'"payload":"{payload}","signature":"{signature}"}}'
    )


def _part(members: Mapping[str, object]) -> str:
    text = json.dumps(members, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode("ascii")


@fault(
    "oidc.id-token.access-token",
    stage="after-signing",
    fault_class="audience",
    touches=("id_token.form",),
)
def access_token(draft: IdTokenDraft, params: Params) -> str:
    """The access token stands in the ID token's place."""
    del params
    token = draft.access_token
    if not token:
        raise FaultCannotApplyError("No access token is issued beside this ID token.")
    draft.rewrite, draft.form = lambda _compact: token, "the access token"
    return "The access token was sent in place of the ID token."
