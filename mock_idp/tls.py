"""A certificate authority of our own and one server certificate, for `--tls`.

They end with the process, or stay in a folder (`--tls-dir`), so that whoever must trust the authority can be
set up before the server starts. The authority's own key is never written, so it signs nothing else.
"""

from __future__ import annotations

import ipaddress
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=365)
HOSTS = ("localhost", "127.0.0.1", "::1")


_SIGNS_CERTIFICATES = x509.KeyUsage(
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


class TlsFilesError(Exception):
    """The files of a folder cannot be used; the message says which, why, and what to do."""


@dataclass(frozen=True)
class TlsFiles:
    """Files of a server's certificate and key, and of the CA to trust; all PEM."""

    folder: Path
    is_kept: bool = True

    @property
    def certificate(self) -> Path:
        """The server's certificate."""
        return self.folder / "server.pem"

    @property
    def private_key(self) -> Path:
        """The server's private key."""
        return self.folder / "server-key.pem"

    @property
    def ca(self) -> Path:
        """The certificate of the authority to trust."""
        return self.folder / "ca.pem"

    def close(self) -> None:
        """Remove the files, unless they are to be kept."""
        if not self.is_kept:
            shutil.rmtree(self.folder, ignore_errors=True)


def throw_away_tls_files(host: str) -> TlsFiles:
    """Files for one process, which closes them in the end."""
    files = TlsFiles(Path(tempfile.mkdtemp(prefix="mock-idp-tls-")), is_kept=False)
    _make(files, host)
    return files


def kept_tls_files(folder: Path, host: str) -> TlsFiles:
    """The files of a folder, made when it has none. Raises TlsFilesError."""
    files = TlsFiles(folder.absolute())
    wanted = (files.ca, files.certificate, files.private_key)
    there = [path for path in wanted if path.exists()]
    if not there:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _make(files, host)
        except OSError as error:
            raise TlsFilesError(f"No certificate can be kept in {folder}: {error}") from error
        return files
    if len(there) < len(wanted):
        missing = ", ".join(path.name for path in wanted if path not in there)
        raise TlsFilesError(f"{folder} lacks {missing}. Remove {_names_of(there)} to have all made anew.")
    _check(files, host)
    return files


def _check(files: TlsFiles, host: str) -> None:
    again = f"Remove {_names_of([files.ca, files.certificate, files.private_key])} to have all made anew."
    try:
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, OSError, x509.ExtensionNotFound) as error:
        raise TlsFilesError(f"{files.certificate} is no certificate of ours ({error}). {again}") from error
    if certificate.not_valid_after_utc <= datetime.now(UTC):
        ended = certificate.not_valid_after_utc.date()
        raise TlsFilesError(f"{files.certificate} ended on {ended}. {again}")
    if not set(_names((host,))) <= set(names):
        raise TlsFilesError(f"{files.certificate} is not for {host}. {again}")


def _names_of(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths)


def _make(files: TlsFiles, host: str) -> None:
    """A fresh CA and a server certificate for `host`, localhost, 127.0.0.1 and ::1."""
    ca_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mock IdP throw-away CA")])
    ca = (
        _builder(ca_name, ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGNS_CERTIFICATES, critical=True)  # strict verification (Python 3.13) asks for it
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    server_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mock IdP")])
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    server = (
        _builder(server_name, ca_name, server_key.public_key())
        .add_extension(x509.SubjectAlternativeName(_names((*HOSTS, host))), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(issuer_id, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    files.private_key.touch(mode=0o600)
    files.private_key.write_bytes(
        server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    files.certificate.write_bytes(server.public_bytes(serialization.Encoding.PEM))
    files.ca.write_bytes(ca.public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
    )


def _names(hosts: Sequence[str]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for name in dict.fromkeys(hosts):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            names.append(x509.DNSName(name))
    return names
