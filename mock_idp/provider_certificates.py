"""Certificates of service providers: what they sign requests with, and what assertions are encrypted for."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from mock_idp.keys import Certificate


class UnusableCertificateError(ValueError):
    """The text holds no certificate of an RSA key; the message says what was expected."""


class ProviderCertificate(NamedTuple):
    """A certificate and the RSA key in it. Its validity period is not looked at: vendors ignore it."""

    certificate: Certificate
    public_key: rsa.RSAPublicKey


@lru_cache(maxsize=256)
def provider_certificate(pem: str) -> ProviderCertificate:
    """The certificate in `pem`. Raises UnusableCertificateError."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise UnusableCertificateError(
            "expected one certificate as PEM, from -----BEGIN CERTIFICATE----- on"
        ) from error
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise UnusableCertificateError(
            "expected a certificate of an RSA key, the only kind both vendors take"
        )
    return ProviderCertificate(Certificate(certificate), key)
