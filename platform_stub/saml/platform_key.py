"""The platform's own keys: made once for a platform, kept in its store, shown in the SP metadata.

Nothing of them is documented; single logout needs one that signs (SAML profiles 4.4.3.1), and encrypted
assertions need one to encrypt for.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from platform_stub.context import PlatformContext
from platform_stub.store import KeyUse, PlatformKey

_BITS: Final = 2048
_VALID_FOR: Final = timedelta(days=3650)


def platform_key(ctx: PlatformContext, use: KeyUse = KeyUse.SIGNING) -> PlatformKey:
    """Return the platform's key for this use; the first call of a platform's life makes it."""
    with ctx.store.read() as tx:
        known = tx.logouts.key(use)
    if known is not None:
        return known
    made = _make(ctx, use)  # outside of the transaction: it takes a tenth of a second
    with ctx.store.write() as tx:
        return tx.logouts.keep_key(use, made)


@lru_cache(maxsize=16)
def private_key(pem: str) -> rsa.RSAPrivateKey:
    """Return the parsed private key of a PlatformKey."""
    key = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _make(ctx: PlatformContext, use: KeyUse) -> PlatformKey:
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"LiveVox platform, {use.name.lower()}")])
    now = ctx.clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID_FOR)
        .sign(key, hashes.SHA256())
    )
    return PlatformKey(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        certificate.public_bytes(Encoding.PEM).decode(),
    )
