"""A service provider's own key: it signs requests by either binding, and decrypts by python-xmlsec."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID
from lxml import etree

from tests.mock_idp.saml.support import NS, deflated

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


@dataclass(frozen=True)
class ProviderKey:
    """A key with a certificate around it."""

    private: rsa.RSAPrivateKey
    certificate: str

    def signed_query(self, xml: str, relay_state: str | None = None, *, name: str = "SAMLRequest") -> str:
        """The query of HTTP-Redirect with its signature."""
        fields = [(name, deflated(xml.encode()))]
        if relay_state is not None:
            fields.append(("RelayState", relay_state))
        query = urlencode([*fields, ("SigAlg", RSA_SHA256)])
        signature = self.private.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{query}&{urlencode({'Signature': base64.b64encode(signature).decode()})}"

    def signed_form(self, xml: str) -> str:
        """The base64 of the message with an enveloped signature behind its Issuer."""
        root = etree.fromstring(xml.encode())
        signature = xmlsec.template.create(
            root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256
        )
        root.insert(1, signature)
        reference = xmlsec.template.add_reference(
            signature, xmlsec.constants.TransformSha256, uri=f"#{root.get('ID')}"
        )
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
        context = xmlsec.SignatureContext()
        context.key = self._xmlsec_key()
        context.register_id(root, "ID")
        context.sign(signature)
        return base64.b64encode(etree.tostring(root)).decode()

    def plain_text(self, response: etree._Element) -> str:
        """The bytes inside the only EncryptedData, decrypted by hand, as text."""
        names = {"xenc": "http://www.w3.org/2001/04/xmlenc#"}
        wrapped, data = (
            base64.b64decode(
                response.findtext(f".//xenc:{element}/xenc:CipherData/xenc:CipherValue", "", names)
            )
            for element in ("EncryptedKey", "EncryptedData")
        )
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - rsa-oaep-mgf1p
        cipher = Cipher(algorithms.AES(self.private.decrypt(wrapped, oaep)), modes.CBC(data[:16]))
        padded = cipher.decryptor().update(data[16:])
        return padded[: -padded[-1]].decode()

    def decrypted(self, response: etree._Element) -> etree._Element:
        """The assertion inside the only EncryptedAssertion, as a document of its own."""
        data = response.find(".//xenc:EncryptedData", {"xenc": "http://www.w3.org/2001/04/xmlenc#"})
        assert data is not None
        manager = xmlsec.KeysManager()
        manager.add_key(self._xmlsec_key())
        context = xmlsec.EncryptionContext(manager)
        root = response.getroottree().getroot()
        xmlsec.tree.add_ids(root, ["Id", "ID"])
        plain = context.decrypt(data)
        return etree.fromstring(etree.tostring(plain))

    def _xmlsec_key(self) -> xmlsec.Key:
        pem = self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)


def provider_key(*, expired: bool = False) -> ProviderKey:
    """A fresh key; its certificate may have ended years ago."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    start = datetime.now(UTC) - timedelta(days=2000 if expired else 1)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sp.example")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365))
        .sign(private, hashes.SHA256())
    )
    return ProviderKey(private, certificate.public_bytes(serialization.Encoding.PEM).decode())


def issuer_of(xml: etree._Element) -> str | None:
    """The message's Issuer."""
    return xml.findtext("saml:Issuer", None, NS)
