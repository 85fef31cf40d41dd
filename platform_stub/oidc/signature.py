"""An ID token's signature, verified by oic: algorithm pinned, key from the provider's own set only.

Imports oic, so import it lazily.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from jwkest import JWKESTException
from oic.exception import PyoidcError
from oic.oauth2.message import Message
from oic.utils.keyio import KeyBundle

from platform_stub.context import PlatformContext
from platform_stub.oidc import careless
from platform_stub.oidc.id_token import IdToken
from platform_stub.policy import STRICT, Policy
from platform_stub.refusals import RefusalError

Keys = Sequence[Mapping[str, Any]]
_KeyBundle: Any = KeyBundle  # its calls are untyped
_Message: Any = Message  # its calls are untyped; claims are judged in `checks`, each with its own code


def verify(token: IdToken, keys: Callable[[bool], Keys], ctx: PlatformContext) -> None:
    """Raise RefusalError `signature-missing`, `signature-invalid` unless one of the provider's keys signed.

    `keys(anew)` returns the provider's keys; it is called again, with True, for an unknown key ID only.
    """
    policy = ctx.policy
    if policy != STRICT and careless.lets_through(token, keys, ctx):
        return
    algorithm = token.algorithm
    if algorithm not in policy.oidc_algorithms:
        raise _algorithm_refused(algorithm, policy)
    if algorithm == "none":  # only where the policy admits it
        return
    chosen = _named(keys(False), token.kid) or _named(keys(True), token.kid)
    if not chosen:
        raise RefusalError(
            "signature-invalid",
            f"The ID token is signed with the key {token.kid!r}, which the JWKS URI does not publish.",
            sentence="The ID token is signed with a key that the identity provider does not publish.",
        )
    try:
        parsed = [one for key in chosen for one in _parsed(tuple(sorted(key.items())))]
        _Message().from_jwt(token.compact, key=parsed, algs={"sign": algorithm})
    except (JWKESTException, PyoidcError, ValueError, KeyError) as error:
        raise RefusalError(
            "signature-invalid",
            f"The key {token.kid!r} of the JWKS URI did not sign: {type(error).__name__} {error}",
            sentence="The ID token's signature does not fit the key that the identity provider publishes.",
        ) from error


@lru_cache(maxsize=256)
def _parsed(key: tuple[tuple[str, Any], ...]) -> tuple[Any, ...]:
    """Return oic's form of one JWK, whose members are all text (`discovered` sees to it)."""
    return tuple(_KeyBundle([dict(key)]).keys())


def _named(keys: Keys, kid: str) -> Keys:
    return [key for key in keys if not kid or key.get("kid") == kid]


def _algorithm_refused(algorithm: str, policy: Policy) -> RefusalError:
    accepted = ", ".join(policy.oidc_algorithms)
    if not algorithm or algorithm.lower() == "none":
        return RefusalError(
            "signature-missing",
            f"The ID token's alg is {algorithm!r}; accepted: {accepted}.",
            sentence="The identity provider's ID token is not signed.",
        )
    return RefusalError(
        "signature-invalid",
        f"The ID token's alg is {algorithm!r}; accepted: {accepted}.",
        sentence=f"The ID token is signed with a method that is not accepted here ({algorithm[:40]}).",
    )
