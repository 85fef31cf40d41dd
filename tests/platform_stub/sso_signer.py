"""A small identity provider for tests: SAML responses and ID tokens, by lxml and cryptography alone."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

ISSUER = "http://www.okta.com/exktest"
DS = "http://www.w3.org/2000/09/xmldsig#"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
NS = {"ds": DS, "saml": SAML, "samlp": SAMLP}
EMAIL_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
Edit = Callable[[etree._Element], None]


@dataclass(frozen=True)
class Signer:
    """A key and its self-signed certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def base64_der(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()


@lru_cache
def signer(name: str) -> Signer:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2024, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2044, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    return Signer(key, certificate)


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass(frozen=True)
class SamlMessage:
    """The values of one response; every field is honest until a test changes it."""

    acs: str
    audience: str
    request_id: str
    now: datetime
    email: str = "alice@acme.test"
    name_id_format: str = EMAIL_FORMAT
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    issuer: str = ISSUER
    status: str = "urn:oasis:names:tc:SAML:2.0:status:Success"
    id: str = "id7001"

    def tree(self) -> etree._Element:
        early, late = stamp(self.now - timedelta(minutes=5)), stamp(self.now + timedelta(minutes=5))
        attributes = "".join(
            f'<saml2:Attribute Name="{name}">'
            + "".join(f"<saml2:AttributeValue>{value}</saml2:AttributeValue>" for value in values)
            + "</saml2:Attribute>"
            for name, values in self.attributes.items()
        )
        answers = f' InResponseTo="{self.request_id}"' if self.request_id else ""
        text = (
            f'<saml2p:Response xmlns:saml2p="{SAMLP}" xmlns:saml2="{SAML}" ID="{self.id}r" Version="2.0"'
            f' IssueInstant="{stamp(self.now)}" Destination="{self.acs}"{answers}>'
            f"<saml2:Issuer>{self.issuer}</saml2:Issuer>"
            f'<saml2p:Status><saml2p:StatusCode Value="{self.status}"/></saml2p:Status>'
            f'<saml2:Assertion ID="{self.id}a" IssueInstant="{stamp(self.now)}" Version="2.0">'
            f"<saml2:Issuer>{self.issuer}</saml2:Issuer><saml2:Subject>"
            f'<saml2:NameID Format="{self.name_id_format}">{self.email}</saml2:NameID>'
            '<saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
            f'<saml2:SubjectConfirmationData NotOnOrAfter="{late}" Recipient="{self.acs}"{answers}/>'
            "</saml2:SubjectConfirmation></saml2:Subject>"
            f'<saml2:Conditions NotBefore="{early}" NotOnOrAfter="{late}"><saml2:AudienceRestriction>'
            f"<saml2:Audience>{self.audience}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions>"
            f'<saml2:AuthnStatement AuthnInstant="{stamp(self.now)}"><saml2:AuthnContext>'
            "<saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
            "</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement>"
            + (f"<saml2:AttributeStatement>{attributes}</saml2:AttributeStatement>" if attributes else "")
            + "</saml2:Assertion></saml2p:Response>"
        )
        return etree.fromstring(text.encode())


def saml_response(
    message: SamlMessage,
    *,
    sign: str = "assertion",
    by: str = "idp",
    before: Edit | None = None,
    after: Edit | None = None,
) -> str:
    """Return the form field: compose, `before`, sign ("assertion", "response", "both", "none"), `after`."""
    root = message.tree()
    if before:
        before(root)
    assertion = root.find("saml:Assertion", NS)
    if sign in {"assertion", "both"} and assertion is not None:
        enveloped(assertion, signer(by))
    if sign in {"response", "both"}:
        enveloped(root, signer(by))
    if after:
        after(root)
    return encode(root)


def encode(root: etree._Element) -> str:
    return base64.b64encode(etree.tostring(root)).decode()


def enveloped(
    element: etree._Element, by: Signer, *, hash_name: str = "sha256", prefixes: list[str] | None = None
) -> None:
    """Sign the element in place, the Signature right after its Issuer; `prefixes` are InclusiveNamespaces."""
    canonical = etree.tostring(element, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes)
    digest = hashlib.new(hash_name, canonical).digest()
    ec = "http://www.w3.org/2001/10/xml-exc-c14n#"
    listed = f'<ec:InclusiveNamespaces xmlns:ec="{ec}" PrefixList="{" ".join(prefixes or [])}"/>'
    methods = {
        "sha256": (
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "http://www.w3.org/2001/04/xmlenc#sha256",
            hashes.SHA256(),
        ),
        "sha1": (f"{DS}rsa-sha1", f"{DS}sha1", hashes.SHA1()),  # noqa: S303 - the platform must refuse it
    }
    signature_method, digest_method, algorithm = methods[hash_name]
    signature = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>'
        '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
        f'<ds:SignatureMethod Algorithm="{signature_method}"/><ds:Reference URI="#{element.get("ID")}">'
        f'<ds:Transforms><ds:Transform Algorithm="{DS}enveloped-signature"/>'
        f'<ds:Transform Algorithm="{ec}">{listed if prefixes else ""}</ds:Transform></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{digest_method}"/>'
        f"<ds:DigestValue>{base64.b64encode(digest).decode()}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        "<ds:SignatureValue/><ds:KeyInfo><ds:X509Data>"
        f"<ds:X509Certificate>{by.base64_der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
    )
    element.insert(1, signature)
    info = signature.find("ds:SignedInfo", NS)
    value = signature.find("ds:SignatureValue", NS)
    assert info is not None
    assert value is not None
    signed = etree.tostring(info, method="c14n", exclusive=True)
    value.text = base64.b64encode(by.key.sign(signed, padding.PKCS1v15(), algorithm)).decode()


def id_token(
    claims: Mapping[str, Any],
    *,
    by: str = "idp",
    kid: str = "key-1",
    alg: str = "RS256",
    tamper: Mapping[str, Any] | None = None,
    header: Mapping[str, Any] | None = None,
) -> str:
    """Return a JWS; `alg` "none" has no signature, `tamper` changes claims under the old signature."""
    header = {**({"kid": kid} if kid else {}), "alg": alg, **(header or {})}
    signed = f"{_segment(header)}.{_segment(claims)}"
    signature = b""
    if alg != "none":
        signature = signer(by).key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    if tamper:
        signed = f"{_segment(header)}.{_segment({**claims, **tamper})}"
    return f"{signed}.{_b64(signature)}"


def jwks(names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return a key set: kid to signer's name."""
    keys = []
    for kid, name in (names or {"key-1": "idp"}).items():
        numbers = signer(name).key.public_key().public_numbers()
        keys.append(
            {
                "kty": "RSA",
                "alg": "RS256",
                "kid": kid,
                "use": "sig",
                "e": _b64(numbers.e.to_bytes(3, "big")),
                "n": _b64(numbers.n.to_bytes(256, "big")),
            }
        )
    return {"keys": keys}


def at_hash(access_token: str) -> str:
    return _b64(hashlib.sha256(access_token.encode()).digest()[:16])


def _segment(value: Mapping[str, Any]) -> str:
    return _b64(json.dumps(value).encode())


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
