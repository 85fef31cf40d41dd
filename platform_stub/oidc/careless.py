"""Mistakes in verifying ID tokens that published advisories describe. Only a weakened policy comes here.

Each says in one sentence what it believes; the strict way is in `id_token`, `signature` and `checks`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from platform_stub.context import PlatformContext
from platform_stub.fetch import FetchError, fetch
from platform_stub.policy import Policy

if TYPE_CHECKING:
    from platform_stub.oidc.id_token import IdToken  # which asks here what a weakened policy reads

Keys = Sequence[Mapping[str, Any]]
_REDIRECTS = 3
_GUESSED = (b"", b"null", b"secret")
_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_KINDS = ("", "no", "HS", "RS", "PS")
"""How algorithms begin that a verifier with RSA keys knows or refuses by name."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A token before its signature is verified, the provider's keys, and who verifies."""

    token: IdToken
    keys: Callable[[bool], Keys]
    ctx: PlatformContext

    @property
    def policy(self) -> Policy:
        return self.ctx.policy

    @property
    def is_unsigned(self) -> bool:
        return self.token.compact.endswith(".")


def lets_through(token: IdToken, keys: Callable[[bool], Keys], ctx: PlatformContext) -> bool:
    """Say whether a mistake of the policy takes this token for signed."""
    return any(mistake(_Case(token, keys, ctx)) for mistake in _MISTAKES)


def _misses_no_signature(case: _Case) -> bool:
    return case.policy.oidc_signature == "if-present" and case.is_unsigned


def _finds_none_of_no_signatures_wrong(case: _Case) -> bool:
    json_too = case.policy.oidc_form == "compact-or-json"
    return json_too and case.is_unsigned and case.token.algorithm == "none"


def _forbids_none_as_it_is_written(case: _Case) -> bool:
    algorithm = case.token.algorithm
    return (
        case.policy.oidc_none == "in-any-case" and algorithm != "none" and algorithm.strip().lower() == "none"
    )


def _knows_the_secret_as_everybody_does(case: _Case) -> bool:
    if case.token.algorithm not in _HASHES or case.policy.oidc_hmac == "never":
        return False
    return any(_mac_fits(case.token, secret) for secret in _secrets(case.keys(False), case.policy))


def _assumes_an_algorithm(case: _Case) -> bool:
    if case.token.algorithm or case.policy.oidc_missing_algorithm == "refuse":
        return False
    return any(_signed(case.token, _public(key)) for key in case.keys(False))


def _believes_the_header(case: _Case) -> bool:
    return any(_signed(case.token, key) for key in _header_keys(case.token.header, case.ctx))


def _does_not_verify_without_a_key(case: _Case) -> bool:
    if case.policy.oidc_unknown_key == "refuse":
        return False
    return case.token.kid not in {key.get("kid") for key in case.keys(False)}


def _takes_a_failure_for_a_yes(case: _Case) -> bool:
    return case.policy.oidc_failing_verifier == "accept" and case.token.algorithm[:2] not in _KINDS


_MISTAKES = (
    _misses_no_signature,
    _finds_none_of_no_signatures_wrong,
    _forbids_none_as_it_is_written,
    _knows_the_secret_as_everybody_does,
    _assumes_an_algorithm,
    _believes_the_header,
    _does_not_verify_without_a_key,
    _takes_a_failure_for_a_yes,
)


_TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def expected_issuer(ctx: PlatformContext, saved: str, claims: dict[str, Any]) -> str:
    """Return the issuer that a token must name: the saved one, or what a weak comparison takes for it.

    Where a list counts, the one of it that fits is read as the token's issuer.
    """
    how, named = ctx.policy.oidc_issuer, claims.get("iss")
    if how == "one-of-a-list" and isinstance(named, list) and saved in named:
        claims["iss"] = saved
    if how == "exact" or not isinstance(named, str):
        return saved
    if how == "prefix" and named and (named.startswith(saved) or saved.startswith(named)):
        return named
    if how == "loose" and _loosened(named) == _loosened(saved):
        return named
    if how == "any-tenant" and _TENANT.sub("", named) == _TENANT.sub("", saved):
        return named
    if how == "of-any-client":
        with ctx.store.read() as tx:
            issuers = {tx.configurations.current(client).oidc.issuer for client in tx.clients.all()}
        return named if named in issuers else saved
    return saved


def as_compact(text: str, policy: Policy) -> str:
    """Return the compact form of a token that a weak policy also takes in other forms."""
    if "none" in policy.oidc_algorithms and text.count(".") == 1:
        return f"{text}."
    if policy.oidc_form == "compact" or not text.startswith("{"):
        return text
    try:
        found = json.loads(text)
        signature = (found.get("signatures") or [found])[0]
    except (ValueError, AttributeError, IndexError, TypeError):
        return text
    protected = signature.get("protected") or _base64url(b'{"alg":"none"}')
    return f"{protected}.{found.get('payload', '')}.{signature.get('signature', '')}"


def claims_read(text: str, policy: Policy) -> dict[str, Any] | None:
    """Return claims that are read from other bytes than those whose signature is verified, if any are."""
    if policy.oidc_form == "compact" or not text.startswith("{") or text.count(".") < 2:
        return None
    try:
        found = json.loads(_decoded(text.split(".")[1]))
    except (ValueError, binascii.Error):
        return None
    return found if isinstance(found, dict) else None


def _loosened(issuer: str) -> tuple[str, str]:
    parts = urlsplit(issuer.strip().lower())
    return parts.hostname or "", parts.path.rstrip("/")


def _secrets(keys: Keys, policy: Policy) -> Iterator[bytes]:
    if policy.oidc_hmac == "guessable":
        yield from _GUESSED
        return
    for key in keys:
        public = _public(key)
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        pkcs1 = public.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
        bare = {name: key[name] for name in ("e", "kty", "n")}
        yield from (pem, pem.rstrip(b"\n"), pkcs1, pkcs1.rstrip(b"\n"), b"\n" + pem, b" " + pem)
        yield from (pem.replace(b"\n", b"\r\n"), b"Bag Attributes\n    friendlyName: signing\n" + pem)
        yield from (json.dumps(bare).encode(), json.dumps(bare, separators=(",", ":")).encode())
        yield public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        yield public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        yield from (b"".join(pem.splitlines()[1:-1]), str(key["n"]).encode())


def _mac_fits(token: IdToken, secret: bytes) -> bool:
    covered, _, signature = token.compact.rpartition(".")
    made = hmac.digest(secret, covered.encode(), _HASHES[token.algorithm])
    return hmac.compare_digest(made, _decoded(signature))


def _header_keys(header: Mapping[str, Any], ctx: PlatformContext) -> Iterator[RSAPublicKey]:
    """Yield the keys that the token itself brings, or that are where it says."""
    trusted = ctx.policy.oidc_header_keys & header.keys()
    if "jwk" in trusted:
        yield _public(header["jwk"])
    if "x5c" in trusted:
        yield _of_certificate(x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0])))
    if "jku" in trusted:
        yield from (_public(key) for key in json.loads(_fetched(str(header["jku"]), ctx))["keys"])
    if "x5u" in trusted:
        yield _of_certificate(x509.load_pem_x509_certificate(_fetched(str(header["x5u"]), ctx)))


def _fetched(url: str, ctx: PlatformContext) -> bytes:
    """Fetch as a browser would: without fragment and user name, and wherever it is redirected to."""
    address, parts = urldefrag(url).url, urlsplit(url)
    address = address.replace(parts.netloc, parts.netloc.rpartition("@")[2], 1)
    seconds, most = ctx.settings.import_timeout_seconds, ctx.settings.import_max_bytes
    try:
        return fetch(
            address, timeout_seconds=seconds, max_bytes=most, anywhere=True, redirects=_REDIRECTS
        ).body
    except FetchError:
        return b'{"keys": []}'


def _signed(token: IdToken, key: RSAPublicKey) -> bool:
    covered, _, signature = token.compact.rpartition(".")
    try:
        key.verify(_decoded(signature), covered.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _public(jwk: Mapping[str, Any]) -> RSAPublicKey:
    n, e = (int.from_bytes(_decoded(str(jwk[name])), "big") for name in ("n", "e"))
    return RSAPublicNumbers(e, n).public_key()


def _of_certificate(certificate: x509.Certificate) -> RSAPublicKey:
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)  # what the forgers here have
    return key


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
