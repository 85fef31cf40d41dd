"""Taking an ID token apart: header and claims of a compact JWS. Nothing here is verified."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
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
    parts = compact.split(".")
    well_formed = len(parts) == 3 and all(_BASE64URL.fullmatch(part) for part in parts)
    if not well_formed and policy.oidc_odd_tokens == "refuse":
        raise malformed(f"The ID token is not a compact JWS of three base64url parts; it has {len(parts)}.")
    header, payload = _object(parts[0], "header", policy), _object(parts[1], "payload", policy)
    token = IdToken(compact, header, careless.claims_read(text, policy) or payload)
    refused = sorted(_refused_headers(policy) & token.header.keys())
    if refused:
        raise RefusalError(
            "signature-invalid",
            f"The ID token's header has {', '.join(refused)}; keys come from the saved JWKS URI only.",
            sentence="The ID token is signed in a way that this platform does not accept.",
        )
    return token


def _refused_headers(policy: Policy) -> frozenset[str]:
    crit = frozenset() if "critical-headers" in policy.oidc_checks else frozenset(("crit",))
    return _REFUSED_HEADERS - policy.oidc_header_keys - crit


def malformed(detail: str) -> RefusalError:
    """Return the refusal of a token that cannot be read."""
    return RefusalError("malformed", detail)


def _object(part: str, name: str, policy: Policy) -> dict[str, Any]:
    try:
        text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        value: Any = json.loads(text, object_pairs_hook=_without_duplicates)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise malformed(f"The ID token's {name} cannot be read: {error}.") from error
    if not isinstance(value, dict) and policy.oidc_odd_tokens == "refuse":
        raise malformed(f"The ID token's {name} is a JSON {type(value).__name__}, expected an object.")
    found: dict[str, Any] = value  # whatever it is: a policy that stumbles does not look
    return found


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member occurs twice")
    return found
