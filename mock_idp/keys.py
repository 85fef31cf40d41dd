"""Signing keys: a pool that makes RSA keys once, certificates around them, and the ring of one tenant."""

from __future__ import annotations

import base64
import hashlib
import textwrap
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, Literal, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mock_idp.compact import compact_ascii

POOL_SIZE = 16
KEY_BITS = 2048
MOST_PARSED = 1024  # keys of other processes that are kept parsed
SHA256 = hashes.SHA256()
EXPIRED_SINCE = timedelta(days=1)


class RolloverError(Exception):
    """A rollover step that does not fit the ring's state; the message says which step is due."""


@dataclass(frozen=True)
class CertificateShape:
    """What a vendor's self-signed certificates look like; `serial` is made from the moment of creation."""

    subject: x509.Name
    lifetime: timedelta
    serial: Callable[[datetime], int]


@dataclass(frozen=True)
class Certificate:
    """A certificate with its encodings worked out once."""

    x509: x509.Certificate

    @cached_property
    def der(self) -> bytes:
        """The DER bytes."""
        return self.x509.public_bytes(serialization.Encoding.DER)

    @cached_property
    def pem(self) -> str:
        """The PEM text, ready to paste."""
        return self.x509.public_bytes(serialization.Encoding.PEM).decode("ascii")

    @cached_property
    def one_line(self) -> str:
        """The DER bytes as base64 on one line."""
        return base64.b64encode(self.der).decode("ascii")

    @cached_property
    def wrapped(self) -> str:
        """The DER bytes as base64 in lines of 76 columns, separated by LF."""
        return "\n".join(textwrap.wrap(self.one_line, 76))

    def ended_before(self, now: datetime) -> bool:
        """Whether notAfter is earlier than `now`."""
        return self.x509.not_valid_after_utc < now

    @cached_property
    def sha1_thumbprint(self) -> str:
        """The JWS `x5t` value (RFC 7515 section 4.1.7): 27 base64url characters."""
        digest = hashlib.sha1(self.der).digest()  # noqa: S324 - x5t is SHA-1 by definition
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


@dataclass(frozen=True)
class SigningKey:
    """A parsed private key with the names and certificates under which a vendor publishes it."""

    private_key: rsa.RSAPrivateKey
    kid: str
    saml_certificate: Certificate
    token_certificate: Certificate

    def __reduce__(self) -> tuple[object, ...]:
        """For another process of this server, which parses each key once."""
        certificates = self.saml_certificate.der, self.token_certificate.der
        return _signing_key, (self._der, self.kid, *certificates)

    @cached_property
    def _der(self) -> bytes:
        form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return self.private_key.private_bytes(serialization.Encoding.DER, form, bare)

    def sign(self, data: bytes, digest: hashes.HashAlgorithm = SHA256) -> bytes:
        """RSASSA-PKCS1-v1_5, with SHA-256 unless told otherwise (RS256, rsa-sha256)."""
        return self.private_key.sign(data, padding.PKCS1v15(), digest)


@lru_cache(MOST_PARSED)
def _signing_key(private_key: bytes, kid: str, saml: bytes, token: bytes) -> SigningKey:
    """The same object for the same bytes, so that what is worked out for a key stays worked out."""
    certificates = (Certificate(x509.load_der_x509_certificate(der)) for der in (saml, token))
    return SigningKey(_parsed(private_key), kid, *certificates)


@lru_cache(MOST_PARSED)
def _parsed(private_key: bytes) -> rsa.RSAPrivateKey:
    parsed = serialization.load_der_private_key(private_key, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(parsed, rsa.RSAPrivateKey)  # narrows the type: it was made by this server
    return parsed


class KeyPool:
    """Makes keys lazily, up to `size`, then hands them out in rotation, because a fresh RSA key costs a tenth
    of a second. One more key, the foreign one, belongs to no tenant."""

    def __init__(self, size: int = POOL_SIZE) -> None:
        self._size = size
        self._keys: list[rsa.RSAPrivateKey] = []
        self._next = 0
        self._foreign: rsa.RSAPrivateKey | None = None
        self._lock = threading.Lock()

    def take(self) -> rsa.RSAPrivateKey:
        """The next key. Two calls in a row never give the same one."""
        with self._lock:
            if len(self._keys) < self._size:
                self._keys.append(_generate())
                return self._keys[-1]
            self._next += 1
            return self._keys[(self._next - 1) % self._size]

    def foreign(self) -> rsa.RSAPrivateKey:
        """A key that no tenant ever publishes."""
        with self._lock:
            if self._foreign is None:
                self._foreign = _generate()
            return self._foreign


class Keys(NamedTuple):
    """What a ring holds; None is what nobody has asked for yet. `previous` are the oldest first."""

    active: SigningKey | None = None
    next: SigningKey | None = None
    previous: tuple[SigningKey, ...] = ()
    foreign: SigningKey | None = None
    expired: SigningKey | None = None
    retired: SigningKey | None = None


Changing = Callable[[], AbstractContextManager[object]]
"""Inside it nobody else changes keys, and what is changed is seen by everybody afterwards."""


class KeyRing:
    """The keys of one tenant: one signs, all are published. The first key is made when it is first needed.

    `held` is replaced as a whole, so that readers need no lock."""

    def __init__(
        self,
        pool: KeyPool,
        dress: Callable[[rsa.RSAPrivateKey], SigningKey],
        changing: Changing | None = None,
    ) -> None:
        self._pool = pool
        self._dress = dress
        lock = threading.RLock()
        self._changing: Changing = changing or (lambda: lock)
        self.held = Keys()

    @property
    def active(self) -> SigningKey:
        """The key that signs now."""
        return self.held.active or self._made("active", lambda: self._dress(self._pool.take()))

    @property
    def published(self) -> tuple[SigningKey, ...]:
        """All keys that metadata and JWKS list: active first, then the next one, then earlier ones."""
        active, held = self.active, self.held
        return (held.active or active, *((held.next,) if held.next else ()), *reversed(held.previous))

    @property
    def foreign(self) -> SigningKey:
        """A key dressed like this tenant's own but never published by it: for forgeries."""
        return self.held.foreign or self._made("foreign", lambda: self._dress(self._pool.foreign()))

    @property
    def retired(self) -> SigningKey:
        """The key that was retired last; before any rollover, one of the time before the first key."""
        return self.held.retired or self._made("retired", self._another)

    def expired(self, now: datetime) -> SigningKey:
        """The active key in a SAML certificate that ended before `now`; the same one while that holds."""
        known = self.held.expired
        if known is not None and known.kid == self.active.kid and known.saml_certificate.ended_before(now):
            return known
        with self._changing():
            until = now.replace(microsecond=0) - EXPIRED_SINCE
            known = replace(self.active, saml_certificate=_ending(self.active, until))
            self.held = self.held._replace(expired=known)
        return known

    @property
    def cloned(self) -> SigningKey:
        """The foreign key in a copy of the active certificate: same names, serial and dates, another key."""
        foreign = self.foreign
        certificate = cloned(self.active.saml_certificate, foreign.private_key)
        return replace(foreign, saml_certificate=certificate)

    def publish_next(self) -> None:
        """Publish the key that will sign next. Raises RolloverError when one is waiting already."""
        with self._changing():
            if self.held.next is not None:
                raise RolloverError("A next key is published already; send activate_next first.")
            another = self._another()
            self.held = self.held._replace(next=another)

    def activate_next(self) -> None:
        """Sign with the next key from now on; the former one stays published."""
        with self._changing():
            held, active = self.held, self.active
            if held.next is None:
                raise RolloverError("No next key is published; send publish_next first.")
            self.held = held._replace(active=held.next, next=None, previous=(*held.previous, active))

    def next_replaces_ended(self, now: datetime) -> bool:
        """Whether the active certificate had ended before `now` and a next one took its place just now."""
        if self.held.next is None or not self.active.saml_certificate.ended_before(now):
            return False
        with self._changing():
            held = self.held  # as it is now that nobody else changes it
            ended = held.next is not None and self.active.saml_certificate.ended_before(now)
            if ended:
                self.activate_next()
            return ended

    def retire_previous(self) -> None:
        """Stop publishing the keys that signed before the active one."""
        with self._changing():
            if not self.held.previous:
                raise RolloverError("There is no previous key to retire; send activate_next first.")
            self.held = self.held._replace(retired=self.held.previous[-1], previous=())

    def _made(
        self, name: Literal["active", "foreign", "retired"], make: Callable[[], SigningKey]
    ) -> SigningKey:
        """The key of that name, which is made now unless somebody else has just done it."""
        with self._changing():
            known: SigningKey | None = getattr(self.held, name)
            if known is None:
                known = make()
                changes: dict[str, Any] = {name: known}
                self.held = self.held._replace(**changes)
            return known

    def _another(self) -> SigningKey:
        """A key that is not published now."""
        taken = {jwk_thumbprint(key.private_key) for key in self.published}
        private_key = self._pool.take()
        while jwk_thumbprint(private_key) in taken:
            private_key = self._pool.take()
        return self._dress(private_key)


def self_signed(private_key: rsa.RSAPrivateKey, shape: CertificateShape, made: datetime) -> Certificate:
    """A self-signed certificate of the vendor's shape around `private_key`, valid from `made` on."""
    made = made.replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(shape.subject)
        .issuer_name(shape.subject)
        .public_key(private_key.public_key())
        .serial_number(shape.serial(made))
        .not_valid_before(made)
        .not_valid_after(made + shape.lifetime)
    )
    return Certificate(builder.sign(private_key, hashes.SHA256()))


def _ending(key: SigningKey, until: datetime) -> Certificate:
    """The key's SAML certificate with the same names, serial and lifetime, but with notAfter `until`."""
    known = key.saml_certificate.x509
    begins = until - (known.not_valid_after_utc - known.not_valid_before_utc)
    return _like(known, key.private_key, begins, until)


def cloned(known: Certificate, private_key: rsa.RSAPrivateKey) -> Certificate:
    """A certificate that copies all of `known` but the key: what a forger shows (SAML Raider's clone)."""
    return _like(known.x509, private_key, known.x509.not_valid_before_utc, known.x509.not_valid_after_utc)


def _like(
    known: x509.Certificate, private_key: rsa.RSAPrivateKey, begins: datetime, ends: datetime
) -> Certificate:
    """A self-signed certificate of `private_key` with the names, serial and extensions of `known`."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(known.subject)
        .issuer_name(known.issuer)
        .public_key(private_key.public_key())
        .serial_number(known.serial_number)
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    for extension in known.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return Certificate(builder.sign(private_key, hashes.SHA256()))


SHA256_WITH_RSA = bytes.fromhex("2a864886f70d01010b")
SHA1_WITH_RSA = bytes.fromhex("2a864886f70d010105")
"""Object identifiers of signature algorithms (RFC 8017 appendix C)."""


def with_sha1(certificate: Certificate, private_key: rsa.RSAPrivateKey) -> Certificate:
    """The same certificate signed with SHA-1, as vendors did until about 2016.

    The builder refuses SHA-1. As both algorithms' names and signatures are equally long, the names are
    exchanged in place and the signature, which ends the DER, is made again."""
    signed = certificate.x509.tbs_certificate_bytes
    unsigned = signed.replace(SHA256_WITH_RSA, SHA1_WITH_RSA)
    signature = private_key.sign(unsigned, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - SHA-1 is meant
    der = certificate.der.replace(signed, unsigned).replace(SHA256_WITH_RSA, SHA1_WITH_RSA)
    return Certificate(x509.load_der_x509_certificate(der[: -len(signature)] + signature))


def jwk_thumbprint(private_key: rsa.RSAPrivateKey) -> str:
    """The RFC 7638 SHA-256 thumbprint of the public key: 43 base64url characters."""
    numbers = private_key.public_key().public_numbers()
    members = {"e": base64url_uint(numbers.e), "kty": "RSA", "n": base64url_uint(numbers.n)}
    digest = hashlib.sha256(compact_ascii(members).encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def base64url_uint(value: int) -> str:
    """RFC 7518 section 2: an unsigned integer in big-endian base64url without padding."""
    octets = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def _generate() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
