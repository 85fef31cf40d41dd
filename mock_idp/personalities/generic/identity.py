"""Identifiers of a plain IdP: GUIDs for people, the application's own name as client ID."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from mock_idp.keys import CertificateShape, SigningKey, jwk_thumbprint, self_signed
from mock_idp.personalities.place import Place, stable_guid


def directory_id(tenant: str) -> str:
    """A GUID."""
    return stable_guid("generic", tenant)


def application_id(place: Place, app: str) -> str:
    """The application's name."""
    del place
    return app


def user_id(place: Place, persona: str) -> str:
    """A GUID."""
    return stable_guid(place.directory_id, "user", persona)


def dress_key(private_key: rsa.RSAPrivateKey, tenant: str, made: datetime) -> SigningKey:
    """kid is the RFC 7638 thumbprint; one self-signed certificate of ten years."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, tenant)])
    shape = CertificateShape(name, timedelta(days=3650), lambda _made: x509.random_serial_number())
    certificate = self_signed(private_key, shape, made)
    return SigningKey(private_key, jwk_thumbprint(private_key), certificate, certificate)
