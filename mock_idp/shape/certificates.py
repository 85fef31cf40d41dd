"""The kind of a certificate: key, subject and how its base64 is laid out."""

from __future__ import annotations

import base64

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa


def certificate_kind(text: str) -> str:
    """Key size, signature hash, subject attributes, whether self-signed, and the layout of the base64."""
    lines = text.strip().splitlines()
    layout = "on one line" if len(lines) == 1 else f"in lines of {len(lines[0].strip())}"
    if text != text.strip():
        layout += " with blanks around it"
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode("".join(text.split())))
        key, digest = certificate.public_key(), certificate.signature_hash_algorithm
        subject = " ".join(name.rfc4514_attribute_name for name in certificate.subject)
        own = "self-signed" if certificate.subject == certificate.issuer else "issued by another"
    except (ValueError, UnsupportedAlgorithm):
        return f"certificate that cannot be read, {layout}"
    size = f"RSA-{key.key_size}" if isinstance(key, rsa.RSAPublicKey) else type(key).__name__
    return f"certificate {size} {digest.name if digest else 'no hash'}, {own}, subject {subject}, {layout}"
