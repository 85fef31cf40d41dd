"""What in an IdP's SAML metadata would lock out everybody (SAMLMETA 2.3-2.4), from the file alone."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from lxml import etree

from conformance.forecast.locations import has_placeholder, location_problem
from conformance.forecast.model import Fault

MAX_BYTES: Final = 5 * 1024 * 1024
_MD: Final = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
_SAML2: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
_BINDINGS: Final = (
    "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
    "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
)
_PEM_FRAME: Final = re.compile(r"-----(BEGIN|END) [A-Z ]+-----")
_SOON: Final = timedelta(days=30)
_GET_ANOTHER: Final = "Download the metadata of this application from the identity provider again."
_OKTA_WAY: Final = "Okta: Sign On → Metadata URL. Entra ID: Single sign-on → Federation Metadata XML."


@dataclass(slots=True)
class Metadata:
    """What the metadata says, and every fault in it."""

    issuer: str = ""
    locations: list[str] = field(default_factory=list)
    fingerprints: list[str] = field(default_factory=list)
    """SHA-256 of each signing certificate, as hex."""
    faults: list[Fault] = field(default_factory=list)


def read_metadata(document: bytes, file: str, now: datetime) -> Metadata:
    """Return what the metadata says on the day `now`. Never raises for what stands in the document.

    The XML is read without entities, DTD and network. The metadata's own signature is not checked.
    """
    return _Reader(file, now).read(document)


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 fingerprint as hex without colons."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def load_certificate(text: str) -> x509.Certificate:
    """Return the certificate of PEM or bare base64 text. Raises ValueError."""
    body = "".join(_PEM_FRAME.sub("", text).split())
    if not body:
        raise ValueError("it is empty")
    try:
        return x509.load_der_x509_certificate(base64.b64decode(body, validate=True))
    except binascii.Error as error:
        raise ValueError("it is not base64") from error
    except (x509.InvalidVersion, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from error


class _Reader:
    def __init__(self, file: str, now: datetime) -> None:
        self._file = file
        self._now = now
        self._found = Metadata()

    def read(self, document: bytes) -> Metadata:
        root = self._parse(document)
        entity = None if root is None else self._entity(root)
        if entity is not None:
            self._read_entity(entity)
        return self._found

    def _fault(self, code: str, found: str, do: str, line: int | None = 0, *, fatal: bool = True) -> None:
        where = f"{self._file}:{line}" if line else self._file
        self._found.faults.append(Fault(code, fatal, found, do, where))

    def _parse(self, document: bytes) -> etree._Element | None:
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
        )
        try:
            root = etree.fromstring(document, parser)
        except etree.XMLSyntaxError as error:
            page = b"<html" in document[:2000].lower()
            what = "a web page, perhaps a login page" if page else f"no well-formed XML ({error.msg})"
            self._fault(
                "metadata-not-xml", f"The file is {what}.", f"{_GET_ANOTHER} {_OKTA_WAY}", error.lineno
            )
            return None
        if root.getroottree().docinfo.internalDTD is not None:
            self._fault("metadata-dtd", "The file has a DTD, which SAML metadata never needs.", _GET_ANOTHER)
            return None
        return root

    def _entity(self, root: etree._Element) -> etree._Element | None:
        if root.tag not in {f"{_MD}EntityDescriptor", f"{_MD}EntitiesDescriptor"}:
            name = etree.QName(root).localname
            self._fault(
                "metadata-wrong-root",
                f"The file is XML but no SAML metadata: it begins with <{name}>, not <EntityDescriptor>.",
                f"{_GET_ANOTHER} {_OKTA_WAY}",
                root.sourceline,
            )
            return None
        entities = list(root.iter(f"{_MD}EntityDescriptor"))
        providers = [entity for entity in entities if _roles(entity)]
        if len(providers) == 1:
            return providers[0]
        if providers:
            found = f"The metadata describes {len(providers)} identity providers; one is needed."
        elif any(entity.find(f"{_MD}SPSSODescriptor") is not None for entity in entities):
            found = "This is the metadata of a service provider; an identity provider's is needed."
        else:
            found = "There is no IDPSSODescriptor for SAML 2.0 in the metadata."
        self._fault(
            "metadata-several" if providers else "metadata-no-idp", found, _GET_ANOTHER, root.sourceline
        )
        return None

    def _read_entity(self, entity: etree._Element) -> None:
        role = _roles(entity)[0]
        self._check_issuer(entity)
        for element in (entity, *entity.iterancestors(), role):
            self._check_valid_until(element)
        self._check_locations(role)
        self._check_certificates(role)

    def _check_issuer(self, entity: etree._Element) -> None:
        issuer = entity.get("entityID", "")
        self._found.issuer = issuer
        if not issuer.strip():
            self._fault(
                "issuer-missing", "The metadata has no entityID, so there is no Issuer URL.", _GET_ANOTHER
            )
        elif has_placeholder(issuer):
            self._fault(
                "issuer-placeholder",
                f"The issuer “{issuer}” is a template; no message will ever carry it.",
                "Use your own tenant's metadata, with the tenant's ID in the address instead of “common”.",
                entity.sourceline,
            )
        elif issuer != issuer.strip():
            self._fault(
                "issuer-white-space",
                f"The issuer “{issuer}” has white space around it; the platform compares it exactly.",
                "Save it as the messages carry it.",
                entity.sourceline,
                fatal=False,
            )

    def _check_valid_until(self, element: etree._Element) -> None:
        text = element.get("validUntil")
        if text is None:
            return
        try:
            until = datetime.fromisoformat(text)
        except ValueError:
            found = f"validUntil “{text}” is not a time."
            self._fault("metadata-valid-until", found, _GET_ANOTHER, element.sourceline)
            return
        if until.replace(tzinfo=until.tzinfo or UTC) <= self._now:
            found = f"The metadata was valid until {text} only."
            self._fault("metadata-expired", found, _GET_ANOTHER, element.sourceline)

    def _check_locations(self, role: etree._Element) -> None:
        services = role.findall(f"{_MD}SingleSignOnService")
        usable = [service for service in services if service.get("Binding") in _BINDINGS]
        if not usable:
            others = ", ".join(
                sorted({service.get("Binding", "").rpartition(":")[2] for service in services})
            )
            self._fault(
                "sso-url-missing",
                "No SingleSignOnService with the HTTP-Redirect or HTTP-POST binding"
                + (f"; there is only {others}." if others else "."),
                _GET_ANOTHER,
                role.sourceline,
            )
        sound = [service for service in usable if not location_problem(service.get("Location", ""))]
        for service in usable:
            location = service.get("Location", "")
            self._found.locations.append(location)
            problem = location_problem(location)
            if problem:
                self._fault(
                    "sso-url-unusable",
                    f"Single Sign On URL: {problem}.",
                    "Take the https address from the identity provider.",
                    service.sourceline,
                    fatal=not sound,
                )

    def _check_certificates(self, role: etree._Element) -> None:
        elements = list(_signing_certificates(role))
        if not elements:
            found = "There is no signing certificate, so no signature can be verified."
            self._fault("certificate-missing", found, _GET_ANOTHER, role.sourceline)
            return
        certificates = []
        for element in elements:
            try:
                certificates.append((load_certificate(element.text or ""), element.sourceline))
            except ValueError as error:
                found = f"A signing certificate cannot be read: {error}."
                only = len(elements) == 1
                self._fault("certificate-unreadable", found, _GET_ANOTHER, element.sourceline, fatal=only)
        self._found.fingerprints = [fingerprint(certificate) for certificate, _ in certificates]
        if certificates and all(one.not_valid_after_utc <= self._now for one, _ in certificates):
            days = ", ".join(sorted(f"{one.not_valid_after_utc:%Y-%m-%d}" for one, _ in certificates))
            self._fault(
                "certificates-all-expired",
                f"Every signing certificate has expired ({days}). Some platforms refuse that.",
                "Roll the certificate over at the identity provider before the switch.",
                certificates[0][1],
                fatal=False,
            )
            return
        for certificate, line in certificates:
            self._check_age(certificate, line)

    def _check_age(self, certificate: x509.Certificate, line: int | None) -> None:
        until, since = certificate.not_valid_after_utc, certificate.not_valid_before_utc
        do = "Roll the certificate over at the identity provider, and import the metadata again afterwards."
        if until <= self._now:
            found = f"A signing certificate expired on {until:%Y-%m-%d}."
            self._fault("certificate-expired", found, do, line, fatal=False)
        elif since > self._now:
            found = f"A signing certificate is valid from {since:%Y-%m-%d} only."
            self._fault(
                "certificate-not-yet-valid", found, "Wait, or use the current one.", line, fatal=False
            )
        elif until <= self._now + _SOON:
            found = f"A signing certificate expires on {until:%Y-%m-%d}."
            self._fault("certificate-expires-soon", found, do, line, fatal=False)


def _roles(entity: etree._Element) -> list[etree._Element]:
    roles = entity.findall(f"{_MD}IDPSSODescriptor")
    return [role for role in roles if _SAML2 in role.get("protocolSupportEnumeration", "").split()]


def _signing_certificates(role: etree._Element) -> Iterator[etree._Element]:
    """Yield the certificates that sign; a key without `use` signs too (SAMLMETA 2.4.1.1)."""
    for key in role.iterfind(f"{_MD}KeyDescriptor"):
        if key.get("use", "signing") == "signing":
            yield from key.iter(f"{_DS}X509Certificate")
