"""Okta's identifiers and certificates: the forms of its IDs and the subject of its signing certificate."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from mock_idp.keys import CertificateShape, SigningKey, jwk_thumbprint, self_signed
from mock_idp.personalities.place import Place, stable_alphanumeric


def directory_id(tenant: str) -> str:
    """An Okta org ID: 00o and 17 alphanumerics."""
    return "00o" + stable_alphanumeric(17, "okta", tenant)


def application_id(place: Place, app: str) -> str:
    """An Okta application and OIDC client ID: 0oa and 17 alphanumerics."""
    return "0oa" + stable_alphanumeric(17, place.directory_id, "app", app)


def saml_key_id(place: Place, app: str) -> str:
    """The SAML key of an application, which its URLs and entity ID carry: exk and 17 alphanumerics."""
    return "exk" + stable_alphanumeric(17, place.directory_id, "saml", app)


def user_id(place: Place, persona: str) -> str:
    """An Okta user ID: 00u and 17 alphanumerics."""
    return "00u" + stable_alphanumeric(17, place.directory_id, "user", persona)


def dress_key(private_key: rsa.RSAPrivateKey, tenant: str, made: datetime) -> SigningKey:
    """kid of 43 base64url characters; a self-signed certificate of ten years and one minute, as captured."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "California"),
            x509.NameAttribute(NameOID.LOCALITY_NAME, "San Francisco"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Okta"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "SSOProvider"),
            x509.NameAttribute(NameOID.COMMON_NAME, tenant),
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, "info@okta.com"),
        ]
    )
    lifetime = timedelta(days=3652, minutes=1)
    certificate = self_signed(private_key, CertificateShape(name, lifetime, _serial), made)
    return SigningKey(private_key, jwk_thumbprint(private_key), certificate, certificate)


def _serial(made: datetime) -> int:
    """Six bytes that begin with 01: the moment of creation in milliseconds."""
    return int(made.timestamp() * 1000)
