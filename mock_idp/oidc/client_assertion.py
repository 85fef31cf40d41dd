"""Applications that prove who they are by a signed JWT: client_secret_jwt and private_key_jwt.

Sources: OIDC Core section 9, RFC 7523 section 3. What discovery offers is what works. PyJWT verifies, and is
imported when the first assertion comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mock_idp.apps import OidcApp
from mock_idp.oidc.exchange import Exchange, RefusedError
from mock_idp.personalities.oidc_base import Endpoint
from mock_idp.personalities.oidc_problems import Problem

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
BY_SECRET = ("HS256", "HS384", "HS512")
BY_KEY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
UNJUDGED = dict.fromkeys(("aud", "exp", "iat", "iss", "jti", "nbf", "sub"), False)
"""The claims that PyJWT leaves alone: the tenant's clock decides, and each vendor has words of its own."""


def named_client(form: Mapping[str, str]) -> str:
    """The client ID that an assertion names, not yet believed. Raises RefusedError."""
    import jwt  # noqa: PLC0415 - most tenants never need it

    if form.get("client_assertion_type") != TYPE:
        raise RefusedError(Problem.ASSERTION_MALFORMED, reason=f"client_assertion_type must be {TYPE}")
    try:
        claims = jwt.decode(form["client_assertion"], options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise RefusedError(Problem.ASSERTION_MALFORMED, reason=str(error)) from error
    return str(claims.get("sub", ""))


def check(exchange: Exchange, app: OidcApp, assertion: str) -> None:
    """Raise RefusedError unless the application made the assertion, for this server, a short time ago."""
    claims = _verified(exchange, app, assertion)
    details = {"client_id": app.client_id}
    if not claims.get("iss") == claims.get("sub") == app.client_id:
        raise RefusedError(Problem.ASSERTION_OF_ANOTHER_APP, **details)
    meant = claims.get("aud")
    if not _audiences(exchange).intersection(meant if isinstance(meant, list) else [str(meant)]):
        raise RefusedError(Problem.ASSERTION_AUDIENCE, audience=str(meant), **details)
    ends, begins = _instant(claims.get("exp")), _instant(claims.get("nbf", 0))
    if ends is None or begins is None or not begins <= exchange.tenant.clock.timestamp() < ends:
        raise RefusedError(Problem.ASSERTION_EXPIRED, **details)
    _spend(exchange, app, claims.get("jti"))


def _verified(exchange: Exchange, app: OidcApp, assertion: str) -> Mapping[str, Any]:
    import jwt  # noqa: PLC0415 - as above

    offered = exchange.server.discovery(exchange.org)["token_endpoint_auth_methods_supported"]
    assert isinstance(offered, tuple)  # narrows the type
    try:
        header = jwt.get_unverified_header(assertion)
        algorithm = str(header.get("alg"))
        keys: list[Any] = []
        if algorithm in BY_SECRET and "client_secret_jwt" in offered and app.client_secret:
            keys = [app.client_secret]
        elif algorithm in BY_KEY and "private_key_jwt" in offered:
            keys = [jwt.PyJWK(dict(key), algorithm).key for key in _candidates(app, header)]
    except (jwt.PyJWTError, ValueError) as error:  # ValueError: a registered key that is none
        raise RefusedError(Problem.ASSERTION_MALFORMED, reason=str(error)) from error
    options: Any = {f"verify_{claim}": judged for claim, judged in UNJUDGED.items()}
    for key in keys:
        try:
            claims: Mapping[str, Any] = jwt.decode(assertion, key, [algorithm], options=options)
        except jwt.PyJWTError:
            continue
        return claims
    raise RefusedError(Problem.ASSERTION_SIGNATURE, client_id=app.client_id)


def _candidates(app: OidcApp, header: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The registered keys of the algorithm's kind that the header may mean: all, where it names none."""
    kind, kid = "EC" if header["alg"].startswith("ES") else "RSA", header.get("kid")
    known: Any = (app.jwks or {}).get("keys", ())
    return [key for key in known if key["kty"] == kind and (kid is None or key.get("kid", kid) == kid)]


def _audiences(exchange: Exchange) -> set[str]:
    """Whom an assertion may be for: the endpoint that was called, the token endpoint, or the issuer."""
    server, org = exchange.server, exchange.org
    return {server.url(exchange.endpoint, org), server.url(Endpoint.TOKEN, org), server.issuer(org)}


def _spend(exchange: Exchange, app: OidcApp, name: object) -> None:
    """An assertion with a `jti` works once. Okta documents that; for the others it is unconfirmed."""
    if name is None:
        return
    spent = f"assertion:{app.client_id}:{name}"
    with exchange.tenant.atomic():
        if exchange.tenant.grants.get(spent) is not None:
            raise RefusedError(Problem.ASSERTION_REPLAYED, client_id=app.client_id)
        exchange.tenant.grants.put(spent, True)


def _instant(value: object) -> float | None:
    """A NumericDate (RFC 7519 section 2); None for what is none."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
