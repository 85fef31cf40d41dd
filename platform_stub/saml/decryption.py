"""Opening an EncryptedAssertion with the platform's own key (XML Encryption 1.1, SAML core 6.1).

Encryption says who may read, not who wrote: what comes out is as little trusted as what came in. Every
failure is the same refusal, so that nobody learns from it what was wrong with a ciphertext.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from platform_stub.refusals import RefusalError
from platform_stub.saml.document import DS

XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
KEY_TRANSPORT: Final = f"{XENC}rsa-oaep-mgf1p"
_GCM: Final = "http://www.w3.org/2009/xmlenc11#aes{}-gcm"
_CBC: Final = f"{XENC}aes{{}}-cbc"


@dataclass(frozen=True, slots=True)
class _Content:
    """A cipher of content: how long its key is, and whether it notices a change."""

    key_bytes: int
    authenticated: bool


_CONTENTS: Final[dict[str, _Content]] = {
    **{_GCM.format(bits): _Content(bits // 8, authenticated=True) for bits in (256, 128)},
    # Okta's and Entra's own choice. It notices no change, which the signature does; see the module.
    **{_CBC.format(bits): _Content(bits // 8, authenticated=False) for bits in (256, 128)},
}
_DIGESTS: Final[dict[str, hashes.HashAlgorithm]] = {
    f"{DS}sha1": hashes.SHA1(),  # noqa: S303 - rsa-oaep-mgf1p's own; no weakness of OAEP
    f"{XENC}sha256": hashes.SHA256(),
}
_NONCE, _BLOCK = 12, 16
_NS: Final = {"xenc": XENC, "ds": DS}


def content_ciphers(*, cbc: bool) -> tuple[str, ...]:
    """Return the URIs of the ciphers that are taken, best first."""
    return tuple(uri for uri, content in _CONTENTS.items() if content.authenticated or cbc)


def decrypted(encrypted: etree._Element, key: rsa.RSAPrivateKey, *, cbc: bool = True) -> bytes:
    """Return the XML inside a saml:EncryptedAssertion; `cbc` says whether ciphers are taken that notice no
    change. Raises RefusalError `encrypted-assertion`.
    """
    data = encrypted.find("xenc:EncryptedData", _NS)
    keys = encrypted.xpath(
        "xenc:EncryptedKey | xenc:EncryptedData/ds:KeyInfo/xenc:EncryptedKey", namespaces=_NS
    )
    if data is None or len(keys) != 1:
        raise _refusal(f"It holds {len(keys)} EncryptedKeys, or no EncryptedData.")
    content = _CONTENTS.get(_algorithm(data))
    if content is None or not (content.authenticated or cbc):
        raise _refusal(f"The content is encrypted by {_algorithm(data) or 'nothing'}.")
    try:
        secret = key.decrypt(_value(keys[0]), _key_padding(keys[0]))
        if len(secret) != content.key_bytes:
            raise _refusal("The key does not fit the cipher.")
        return _opened(_value(data), secret, authenticated=content.authenticated)
    except (ValueError, InvalidTag) as error:
        raise _refusal("The key of this platform does not open it.") from error


def _key_padding(encrypted_key: etree._Element) -> rsa_padding.OAEP:
    digest = encrypted_key.find("xenc:EncryptionMethod/ds:DigestMethod", _NS)
    uri = f"{DS}sha1" if digest is None else digest.get("Algorithm", "")
    if _algorithm(encrypted_key) != KEY_TRANSPORT or uri not in _DIGESTS:
        raise _refusal(f"The key is encrypted by {_algorithm(encrypted_key) or 'nothing'} with {uri}.")
    mask = rsa_padding.MGF1(hashes.SHA1())  # noqa: S303 - as rsa-oaep-mgf1p says
    return rsa_padding.OAEP(mask, _DIGESTS[uri], None)


def _opened(data: bytes, secret: bytes, *, authenticated: bool) -> bytes:
    """Return the plain text. Raises ValueError, InvalidTag."""
    if authenticated:
        return AESGCM(secret).decrypt(data[:_NONCE], data[_NONCE:], None)
    if len(data) < 2 * _BLOCK:
        raise ValueError("too short")
    decryptor = Cipher(algorithms.AES(secret), modes.CBC(data[:_BLOCK])).decryptor()
    padded = decryptor.update(data[_BLOCK:]) + decryptor.finalize()
    if not 1 <= padded[-1] <= _BLOCK:  # XML Encryption fills up with any bytes; the last one is their number
        raise ValueError("padding")
    return padded[: -padded[-1]]


def _algorithm(element: etree._Element) -> str:
    method = element.find("xenc:EncryptionMethod", _NS)
    return "" if method is None else str(method.get("Algorithm", ""))


def _value(element: etree._Element) -> bytes:
    text = element.findtext("xenc:CipherData/xenc:CipherValue", "", _NS)
    return base64.b64decode("".join(text.split()), validate=True)


def _refusal(detail: str) -> RefusalError:
    return RefusalError("encrypted-assertion", f"The response holds an EncryptedAssertion. {detail}")
