"""The shape of JSON and of JWTs: members in their order, values by kind, tokens opened."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from mock_idp.shape.certificates import certificate_kind
from mock_idp.shape.node import REDACTED, SPELLING, Node
from mock_idp.shape.values import FIXED_HOSTS, SAME_HOST, Context, kind_of, split_url

JWT = re.compile(r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\Z")
OWN_BASES = ("issuer", "authorization_endpoint", "iss")
"""Members whose host is the IdP's own."""
TICKETS = ("refresh_token", "code")
SET = "_supported"


def layout(text: str) -> Node:
    """Whether a JSON text is on one line."""
    body = text.strip()
    if "\n" in body:
        return Node(f"{SPELLING}layout", "pretty-printed")
    spaced = re.match(r'\{\s*"[^"]*"\s*:\s', body) is not None
    return Node(f"{SPELLING}layout", "one line with blanks" if spaced else "one line")


def members(value: Any, context: Context, name: str = "") -> tuple[Node, ...]:  # noqa: ANN401 - JSON
    """The nodes of an object's members."""
    return tuple(node(member, found, context) for member, found in value.items())


def node(name: str, value: Any, context: Context) -> Node:  # noqa: ANN401 - JSON
    """The node of one member."""
    if isinstance(value, Mapping):
        return Node(name, "object", members(value, context))
    if isinstance(value, list):
        return _list(name, value, context)
    if isinstance(value, str) and JWT.match(value) and value.startswith("eyJ"):
        return jwt_node(name, value, context)
    if name in TICKETS and isinstance(value, str):
        return Node(name, "ticket 0.A or 1.A" if re.match(r"[01]\.A", value) else "opaque")
    if isinstance(value, str) and value.startswith("eyJ") and ".." not in value:
        return _client_info(name, value, context)
    return Node(name, kind_of(value, name, context))


def _list(name: str, values: list[Any], context: Context) -> Node:
    if name == "x5c":
        return Node(name, f"list of {len(values)}", tuple(Node("item", certificate_kind(v)) for v in values))
    if any(isinstance(value, Mapping) for value in values):
        items = tuple(Node("item", "object", members(value, context)) for value in values)
        return Node(name, f"list of {len(values)}", items)
    kinds = [kind_of(value, name, context) for value in values]
    if name.endswith(SET) or name in ("amr", "scp"):
        return Node(name, "list", tuple(Node("item", kind, key=kind) for kind in kinds))
    same = set(kinds)
    return Node(
        name, f"list of {same.pop()}" if len(same) == 1 else f"list of {', '.join(kinds) or 'nothing'}"
    )


def _client_info(name: str, value: str, context: Context) -> Node:
    """Base64url JSON, as Entra's client_info is; a token that was cut short is redacted."""
    try:
        return Node(name, "base64url JSON", members(part(value), context))
    except ValueError:
        return Node(name, REDACTED)


def jwt_node(name: str, token: str, context: Context) -> Node:
    """A JWT opened: header, claims, length of the signature."""
    header, claims, signature = token.split(".")
    try:
        parts = part(header), part(claims)
    except ValueError:
        return Node(name, "three parts that are no JWT")
    return Node(
        name,
        "JWT",
        (
            Node("header", "object", members(parts[0], context)),
            Node("claims", "object", members(parts[1], context)),
            Node("signature", f"base64url {len(signature)}"),
        ),
    )


def part(text: str) -> dict[str, Any]:
    """One base64url part of a JWT as JSON. Raises ValueError when it is none."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError) as error:  # binascii's, the decoder's and JSON's
        raise ValueError(f"the part {text[:12]}… is not base64url of JSON") from error
    if not isinstance(found, dict):
        raise ValueError(f"the part {text[:12]}… is not a JSON object")  # noqa: TRY004 - one error for all
    return found


def bases_of_tokens(value: Mapping[str, Any]) -> tuple[str, ...]:
    """The same for the tokens in a token response."""
    found: list[str] = []
    for text in value.values():
        if isinstance(text, str) and JWT.match(text):
            try:
                found += bases_of(part(text.split(".")[1]))
            except ValueError:
                continue  # not a JWT, which its own node says
    return tuple(found)


def bases_of(value: Mapping[str, Any]) -> tuple[str, ...]:
    """The origins that are the IdP's own in this message, as far as it tells."""
    found = []
    for name in OWN_BASES:
        url = value.get(name)
        if isinstance(url, str) and "://" in url:
            parts = split_url(url)
            if SAME_HOST.get(parts.netloc, parts.netloc) not in FIXED_HOSTS:
                found.append(f"{parts.scheme}://{parts.netloc}")
    return tuple(dict.fromkeys(found))
