"""Metadata and discovery documents for tests, sound unless a test says otherwise."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ISSUER = "http://www.okta.com/exk1"
SSO_URL = "https://acme.okta.com/app/exk1/sso/saml"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


@cache
def certificate(since_days: int = -100, until_days: int = 900, name: str = "signer") -> str:
    """Return a certificate as bare base64; days count from NOW."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=since_days))
        .not_valid_after(NOW + timedelta(days=until_days))
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def pem(body: str) -> str:
    """Return bare base64 as PEM."""
    lines = "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


def key_descriptor(body: str, use: str = ' use="signing"') -> str:
    """Return a KeyDescriptor."""
    return (
        f'<md:KeyDescriptor{use}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
        f"<ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )


def metadata(
    *,
    issuer: str = ISSUER,
    keys: str | None = None,
    location: str = SSO_URL,
    binding: str = REDIRECT,
    valid_until: str = "",
    role: str = "IDPSSODescriptor",
) -> bytes:
    """Return an IdP's metadata."""
    until = f' validUntil="{valid_until}"' if valid_until else ""
    return f"""<?xml version="1.0"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{issuer}"{until}>
<md:{role} protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
{key_descriptor(certificate()) if keys is None else keys}
<md:SingleSignOnService Binding="{binding}" Location="{location}"/>
</md:{role}>
</md:EntityDescriptor>""".encode()


def discovery(**changes: object) -> bytes:
    """Return a discovery document; a name that is None is left out."""
    base = "https://acme.okta.com"
    document: dict[str, object] = {
        "issuer": base,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "jwks_uri": f"{base}/keys",
        "response_types_supported": ["code", "id_token"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "scopes_supported": ["openid", "email"],
    }
    return json.dumps({k: v for k, v in {**document, **changes}.items() if v is not None}).encode()
