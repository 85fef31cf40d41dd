"""The platform's AuthnRequest: made by pysaml2, signed where the client wants so, and how it travels.

Imports pysaml2, so import it lazily. It travels by HTTP-Redirect or HTTP-POST (SAML bindings 3.4, 3.5).
"""

from __future__ import annotations

import base64
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import urlencode

import xmlsec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from saml2 import BINDING_HTTP_POST

from platform_stub.policy import Policy
from platform_stub.saml.logout_messages import RSA_SHA256
from platform_stub.saml.names import ServiceProvider
from platform_stub.saml.platform_key import private_key
from platform_stub.saml.service_provider import sp_client
from platform_stub.store import PlatformKey

_AFTER_ISSUER: Final = 1
_LOCAL_TIME: Final = timedelta(hours=5)
"""How far off the clock of a weak platform is that writes its local time as if it were UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a login asks of the identity provider, and the policy that counts for the client that asks.

    `key` signs the request; None leaves it unsigned.
    """

    id: str
    single_sign_on_url: str
    acs_url: str
    relay_state: str
    now: datetime
    policy: Policy
    key: PlatformKey | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request on its way: where the browser goes, or the form that it posts there."""

    address: str
    fields: Mapping[str, str] = field(default_factory=dict)
    """Fields of the form; empty for HTTP-Redirect, whose query is in the address."""


def new_request_id(policy: Policy) -> str:
    """Return a fresh ID for a request: an xs:ID of 160 random bits (SAML core 1.3.4 wants 128 at least)."""
    return f"id-{secrets.token_hex(20 if 'fresh-id' in policy.saml_request_rules else 4)}"


def authn_request(provider: ServiceProvider, wish: Wish) -> Outgoing:
    """Return a new AuthnRequest for the wish, addressed and signed."""
    rules = wish.policy.saml_request_rules
    _, request = sp_client(provider).create_authn_request(
        wish.single_sign_on_url if "destination" in rules else provider.entity_id,
        binding=BINDING_HTTP_POST,  # the binding of the answer
        assertion_consumer_service_url=wish.acs_url if "own-surface" in rules else provider.user_acs_url,
        message_id=wish.id,
        sign=False,
    )
    request.issue_instant = _instant(wish.now if "current-time" in rules else wish.now + _LOCAL_TIME)
    if "version" not in rules:
        request.version = "2"
    if "issuer" not in rules:
        request.issuer.text = provider.user_acs_url
    signer = _signing_key(wish)
    if wish.policy.saml_request_binding == "post":
        return Outgoing(wish.single_sign_on_url, _form(str(request), wish, signer))
    return Outgoing(_location(str(request), wish, signer))


def _signing_key(wish: Wish) -> PlatformKey | None:
    """Return the key that signs this request.

    A weak platform declares a signature and makes none, or makes it with a key that the metadata lacks.
    """
    rules = wish.policy.saml_request_rules
    if wish.key is None or "signed-as-declared" not in rules:
        return None
    return wish.key if "own-key" in rules else PlatformKey(_forgotten_key(), wish.key.certificate)


@lru_cache(maxsize=1)
def _forgotten_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _location(xml: str, wish: Wish, key: PlatformKey | None) -> str:
    """Return the URL of HTTP-Redirect, signed over the query as it is written (SAML bindings 3.4.4.1)."""
    rules = wish.policy.saml_request_rules
    fields = [
        ("SAMLRequest", _base64(_deflated(xml) if "deflated-bare" in rules else zlib.compress(xml.encode())))
    ]
    if wish.relay_state:
        fields.append(("RelayState", wish.relay_state))
    if key is not None:
        fields.append(("SigAlg", RSA_SHA256))
        signature = private_key(key.private_key).sign(
            urlencode(fields).encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        fields.append(("Signature", _base64(signature)))
    has_query = "?" in wish.single_sign_on_url and "query-kept" in rules
    return f"{wish.single_sign_on_url}{'&' if has_query else '?'}{urlencode(fields)}"


def _form(xml: str, wish: Wish, key: PlatformKey | None) -> dict[str, str]:
    """Return the fields of HTTP-POST: base64 of the XML itself, with an enveloped signature."""
    text = xml if key is None else _enveloped(xml, key)
    plain = "plain-in-form" in wish.policy.saml_request_rules
    fields = {"SAMLRequest": _base64(text.encode() if plain else _deflated(text))}
    return {**fields, "RelayState": wish.relay_state} if wish.relay_state else fields


def _enveloped(xml: str, key: PlatformKey) -> str:
    """Return the request with a signature behind its Issuer (SAML core 5.4)."""
    root = etree.fromstring(xml.encode())
    signature = xmlsec.template.create(
        root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256
    )
    root.insert(_AFTER_ISSUER, signature)
    reference = xmlsec.template.add_reference(
        signature, xmlsec.constants.TransformSha256, uri=f"#{root.get('ID')}"
    )
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    context = xmlsec.SignatureContext()
    context.register_id(root, "ID")
    context.key = xmlsec.Key.from_memory(key.private_key.encode(), xmlsec.constants.KeyDataFormatPem)
    context.key.load_cert_from_memory(key.certificate.encode(), xmlsec.constants.KeyDataFormatPem)
    context.sign(signature)
    return etree.tostring(root, encoding="unicode")


def _deflated(xml: str) -> bytes:
    """Return the bare DEFLATE stream (RFC 1951), without zlib's header."""
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(xml.encode()) + deflater.flush()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
