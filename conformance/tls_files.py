"""An authority for one run, which a platform that the suite starts trusts, and certificates good and bad.

Every bad one is wrong in one way alone: `expired` and `wrong-host` are signed by the trusted authority.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY: Final = "authority.pem"
_DAY: Final = timedelta(days=1)
_CERTIFICATES: Final[Mapping[str, tuple[str, timedelta]]] = {
    "good": ("localhost", _DAY),
    "expired": ("localhost", -_DAY),
    "wrong-host": ("another-host.test", _DAY),
    "self-signed": ("localhost", _DAY),
}
"""Each certificate's host, and when it ends from now on."""


def make_tls_files(folder: Path) -> Path:
    """Write the authority's certificate and, for each name, certificate and key in one PEM file.

    Returns the authority's file. Its key is not written, so that it signs nothing else.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named("Authority of one run of the suite")
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (_SIGNS, True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    ]
    authority = _signed((name, name), key, key, _DAY, extensions)
    for kind, (host, ends) in _CERTIFICATES.items():
        own = ec.generate_private_key(ec.SECP256R1())
        signer = own if kind == "self-signed" else key
        subject = _named(host)
        told: list[tuple[x509.ExtensionType, bool]] = [
            (x509.SubjectAlternativeName([x509.DNSName(host)]), False),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False),
        ]
        made = _signed((subject, subject if signer is own else name), own, signer, ends, told)
        path = folder / f"{kind}.pem"
        path.touch(mode=0o600)
        path.write_bytes(_pem(made) + _private(own))
    (folder / AUTHORITY).write_bytes(_pem(authority))
    return folder / AUTHORITY


_SIGNS: Final = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


def _signed(
    names: tuple[x509.Name, x509.Name],
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    ends: timedelta,
    extensions: list[tuple[x509.ExtensionType, bool]],
) -> x509.Certificate:
    """Return a certificate; `names` are its subject's and its issuer's."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 10 * _DAY)
        .not_valid_after(now + ends)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(signer, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
