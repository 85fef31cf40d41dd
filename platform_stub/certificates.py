"""Reading the field *Certificate X.509*: PEM or bare base64, one certificate or several."""

import base64
import binascii
import re
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_MAX_CHARACTERS = 100_000


class CertificateError(ValueError):
    """The text is not a usable certificate; the message says why and what to paste instead."""


def parse_certificates(text: str) -> tuple[x509.Certificate, ...]:
    """Return the certificates of the field, at least one.

    Accepts PEM blocks with any line ends and text around them, or one certificate as bare base64.
    Raises CertificateError.
    """
    if len(text) > _MAX_CHARACTERS:
        raise CertificateError(f"The certificate text is longer than {_MAX_CHARACTERS} characters.")
    if "PRIVATE KEY" in text:
        raise CertificateError(
            "This is a private key. Paste the identity provider's public certificate, "
            "and treat the key as exposed."
        )
    blocks = _BLOCK.findall(text)
    for label, _ in blocks:
        if label != "CERTIFICATE":
            raise CertificateError(f"This is a {label.lower()}; expected a CERTIFICATE.")
    if not blocks and "-----" in text:
        raise CertificateError("The BEGIN or END line of the certificate is missing; copy the whole text.")
    bodies = [body for _, body in blocks] or [text]
    return tuple(_certificate(body) for body in bodies)


def to_pem(certificates: tuple[x509.Certificate, ...]) -> str:
    """Return the certificates as PEM blocks, the form in which they are saved."""
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in certificates)


def warnings(certificates: tuple[x509.Certificate, ...], now: datetime) -> list[str]:
    """Return a sentence for every certificate that is not valid at ``now``; they are saved all the same."""
    found = []
    for certificate in certificates:
        name = certificate.subject.rfc4514_string() or "without a name"
        if certificate.not_valid_after_utc < now:
            found.append(f"The certificate {name} expired on {certificate.not_valid_after_utc:%Y-%m-%d}.")
        if certificate.not_valid_before_utc > now:
            found.append(f"The certificate {name} starts on {certificate.not_valid_before_utc:%Y-%m-%d}.")
    return found


def _certificate(body: str) -> x509.Certificate:
    compact = "".join(body.split())
    try:
        der = base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CertificateError(
            "The text is neither a PEM certificate nor base64. Expected -----BEGIN CERTIFICATE----- … "
            "-----END CERTIFICATE-----, or the base64 between those lines."
        ) from error
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
    except ValueError as error:
        raise CertificateError("The base64 text does not hold an X.509 certificate.") from error
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise CertificateError("The certificate's key is neither RSA nor elliptic-curve.")
    return certificate
