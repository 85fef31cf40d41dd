"""Certificates made on the spot."""

from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_KEY = ec.generate_private_key(ec.SECP256R1())
PRIVATE_KEY = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@cache
def pem(name: str = "idp.acme.test", *, first_year: int = 2020, last_year: int = 2040) -> str:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(_KEY.public_key())
        .serial_number(1)
        .not_valid_before(datetime(first_year, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(last_year, 1, 1, tzinfo=UTC))
        .sign(_KEY, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


def base64_only(text: str) -> str:
    """Return what is between the BEGIN and END lines, on one line."""
    return "".join(text.strip().splitlines()[1:-1])
