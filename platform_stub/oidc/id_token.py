"""Taking an ID token apart: header and claims of a compact JWS. Nothing here is verified."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field, replace
from typing import Any, Final

from platform_stub.oidc import careless
from platform_stub.policy import STRICT, Policy
from platform_stub.refusals import RefusalError

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*")
_MAX_CHARACTERS: Final = 64 * 1024
# Header parameters by which a token would say which key to believe, or that it needs more than is done here.
_REFUSED_HEADERS: Final = frozenset(("jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc"))


@dataclass(frozen=True, slots=True)
class IdToken:
    """A compact JWS; `header` and `claims` are its first two parts, decoded."""

    compact: str = field(repr=False)
    header: dict[str, Any]
    claims: dict[str, Any]

    @property
    def algorithm(self) -> str:
        """The header's alg, "" when there is none."""
        value = self.header.get("alg", "")
        return value if isinstance(value, str) else ""

    @property
    def kid(self) -> str:
        """The header's key ID, "" when there is none."""
        value = self.header.get("kid", "")
        return value if isinstance(value, str) else ""

    def text(self, claim: str) -> str:
        """Return a claim that must be a string, "" when absent; raises RefusalError `malformed`."""
        value = self.claims.get(claim, "")
        if not isinstance(value, str):
            raise malformed(f"The claim {claim} is {value!r}, expected a string.")
        return value

    def number(self, claim: str) -> float | None:
        """Return a NumericDate claim (seconds), None when absent; raises RefusalError `malformed`."""
        value = self.claims.get(claim)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise malformed(f"The claim {claim} is {value!r}, expected a number of seconds.")
        return float(value)

    def audiences(self) -> tuple[str, ...]:
        """Return the claim aud as a tuple; raises RefusalError `malformed`."""
        value = self.claims.get("aud", [])
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise malformed(f"The claim aud is {value!r}, expected a string or a list of strings.")
        return tuple(found)

    def described(self) -> dict[str, str]:
        """Return what an administrator compares when a login fails."""
        names = ("iss", "aud", "azp", "sub", "email", "email_verified", "exp", "iat")
        found = {f"received_{name}": str(self.claims[name])[:300] for name in names if name in self.claims}
        return {**found, "received_alg": self.algorithm, "received_kid": self.kid}


def parse(compact: str, policy: Policy = STRICT) -> IdToken:
    """Return the parts of a compact JWS; raises RefusalError `malformed`, `signature-invalid`."""
    if len(compact) > _MAX_CHARACTERS:
        raise malformed(f"The ID token is longer than {_MAX_CHARACTERS} characters.")
    text, compact = compact, careless.as_compact(compact, policy)
    token = _strict(compact) if policy.oidc_odd_tokens == "refuse" else _stumbled(compact)
    token = replace(token, claims=careless.claims_read(text, policy) or token.claims)
    refused = sorted(_refused_headers(policy) & token.header.keys())
    if refused:
        raise RefusalError(
            "signature-invalid",
            f"The ID token's header has {', '.join(refused)}; keys come from the saved JWKS URI only.",
            sentence="The ID token is signed in a way that this platform does not accept.",
        )
    return token


def _strict(compact: str) -> IdToken:
    parts = compact.split(".")
    if len(parts) != 3 or not all(_BASE64URL.fullmatch(part) for part in parts):
        raise malformed(f"The ID token is not a compact JWS of three base64url parts; it has {len(parts)}.")
    return IdToken(compact, _object(parts[0], "header"), _object(parts[1], "payload"))


def _refused_headers(policy: Policy) -> frozenset[str]:
    crit = frozenset() if "critical-headers" in policy.oidc_checks else frozenset(("crit",))
    return _REFUSED_HEADERS - policy.oidc_header_keys - crit


def malformed(detail: str) -> RefusalError:
    """Return the refusal of a token that cannot be read."""
    return RefusalError("malformed", detail)


def _object(part: str, name: str) -> dict[str, Any]:
    try:
        value = _json(part)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise malformed(f"The ID token's {name} cannot be read: {error}.") from error
    if not isinstance(value, dict):
        raise malformed(f"The ID token's {name} is a JSON {type(value).__name__}, expected an object.")
    return value


def _json(part: str) -> Any:  # noqa: ANN401 - whatever the JSON is
    text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    return json.loads(text, object_pairs_hook=_without_duplicates)


def _stumbled(compact: str) -> IdToken:
    """Expect a token to be in order, as a weak policy does: what is not ends in an error of the server."""
    header, payload, _ = compact.split(".")
    return IdToken(compact, _json(header), _json(payload))


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member occurs twice")
    return found
