"""Faults in how a SAML Response is signed: not at all, by whom, and what KeyInfo shows of the key."""

from __future__ import annotations

import base64
import hmac

from cryptography.hazmat.primitives import serialization
from lxml import etree

from mock_idp.faults.model import Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import SamlMessage, replace_email
from mock_idp.faults.saml.signing.dsig import DS, Signed, canonical, ds
from mock_idp.keys import SigningKey, base64url_uint

SIGNATURES = ("Response/Signature", "Response/Assertion/Signature")
KEY_INFOS = tuple(f"{signature}/KeyInfo" for signature in SIGNATURES)
IN_SIGNED_INFO = tuple(f"{signature}/SignedInfo" for signature in SIGNATURES)


@fault("saml.signature.strip", stage="signature", fault_class="signature", touches=SIGNATURES)
def strip(message: SamlMessage, params: Params) -> str:
    """Neither the Response nor the Assertion is signed."""
    del params
    message.sign_response = message.sign_assertion = False
    return "The message carries no Signature."


@fault(
    "saml.signature.foreign-key",
    stage="signature",
    fault_class="signature",
    params={
        "shows": Param(
            required=False,
            default="own-certificate",
            choices=(
                "own-certificate",
                "nothing",
                "key-value",
                "certificate-of-the-idp",
                "key-value-and-certificate-of-the-idp",
                "certificate-of-the-idp-and-key-value",
            ),
        )
    },
    touches=KEY_INFOS,
)
def foreign_key(message: SamlMessage, params: Params) -> str:
    """The message is signed with a key that the IdP never published; `shows` is what KeyInfo tells of it."""
    genuine, message.key = message.key, message.foreign_key()
    shown = str(params["shows"])
    if shown == "nothing":
        message.reshape = _without_key_info
    elif shown != "own-certificate":
        parts = {
            "key-value": _key_value(message.key),
            "certificate-of-the-idp": _certificates(genuine.saml_certificate.one_line),
        }
        content = [parts[name] for name in shown.split("-and-")]
        message.reshape = lambda element: _show(element, *content)
    return f"The message is signed with the key {message.key.kid}, not in the metadata; KeyInfo: {shown}."


@fault(
    "saml.signature.retired-key",
    stage="signature",
    fault_class="signature",
    touches=KEY_INFOS,
)
def retired_key(message: SamlMessage, params: Params) -> str:
    """The message is signed with a key that the metadata listed once and lists no more."""
    del params
    message.key = message.retired_key()
    return f"The message is signed with the key {message.key.kid}, which the metadata no longer lists."


@fault(
    "saml.signature.cloned-certificate",
    stage="signature",
    fault_class="signature",
    params={"shows": Param(choices=("clone", "chain"))},
    touches=KEY_INFOS,
)
def cloned_certificate(message: SamlMessage, params: Params) -> str:
    """A foreign key signs; its certificate copies subject, issuer, serial and dates of the IdP's.

    With `chain` the IdP's own certificate stands behind the clone."""
    genuine, message.key = message.key, message.cloned_key()
    if params["shows"] == "chain":
        shown = (message.key.saml_certificate.one_line, genuine.saml_certificate.one_line)
        message.reshape = lambda element: _show(element, _certificates(*shown))
    return (
        f"The message is signed with a key in a clone of the IdP's certificate; it shows: {params['shows']}."
    )


@fault(
    "saml.signature.key-info-by-url",
    stage="signature",
    fault_class="signature",
    params={"url": Param()},
    touches=KEY_INFOS,
)
def key_info_by_url(message: SamlMessage, params: Params) -> str:
    """The right key signs, and KeyInfo says at which `url` its certificate is (XML-DSig 4.5.3)."""
    content = ds("RetrievalMethod", URI=str(params["url"]), Type=f"{DS}rawX509Certificate")
    message.reshape = lambda element: _show(element, content)
    return f"KeyInfo names the address {params['url']}."


@fault("saml.signature.no-key-info", stage="signature", fault_class="signature", touches=KEY_INFOS)
def no_key_info(message: SamlMessage, params: Params) -> str:
    """The right key signs, and the Signature has no KeyInfo, which is optional (XML-DSig 4.5)."""
    del params
    message.reshape = _without_key_info
    return "KeyInfo was left out."


@fault(
    "saml.signature.key-of-another-idp",
    stage="signature",
    fault_class="signature",
    params={"provider": Param()},
    touches=KEY_INFOS,
)
def key_of_another_idp(message: SamlMessage, params: Params) -> str:
    """The message is signed with the key of the tenant whose URL is `provider`."""
    message.key = message.key_of(str(params["provider"]))
    return f"The message is signed with the key {message.key.kid} of {params['provider']}."


SECRETS = {
    "pem": lambda key: key.saml_certificate.pem.encode(),
    "pem-stripped": lambda key: key.saml_certificate.pem.strip().encode(),
    "der-base64": lambda key: key.saml_certificate.one_line.encode(),
    "der": lambda key: key.saml_certificate.der,
    "spki-pem": lambda key: key.private_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ),
    "modulus": lambda key: key.private_key.public_key().public_numbers().n.to_bytes(256, "big"),
}
"""What everybody knows of the IdP's key, in the renderings that software keeps it in."""
_HMACS = {
    "sha1": (f"{DS}hmac-sha1", "sha1"),
    "sha256": ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", "sha256"),
}


@fault(
    "saml.signature.hmac",
    stage="signature",
    fault_class="signature",
    params={"secret": Param(choices=tuple(SECRETS)), "hash": Param(choices=tuple(_HMACS))},
    touches=IN_SIGNED_INFO,
)
def hmac_with_public_key(message: SamlMessage, params: Params) -> str:
    """The SignatureMethod is HMAC, and its secret is the IdP's public certificate or key, as `secret`."""
    secret = SECRETS[str(params["secret"])](message.key)
    method, name = _HMACS[str(params["hash"])]

    def reshape(element: etree._Element) -> None:
        signed = Signed(element)
        signed.part("ds:SignedInfo/ds:SignatureMethod").set("Algorithm", method)
        code = hmac.new(secret, canonical(signed.part("ds:SignedInfo")), name).digest()
        signed.part("ds:SignatureValue").text = base64.b64encode(code).decode("ascii")

    message.reshape = reshape
    return f"SignatureMethod is {method}, keyed with the IdP's public {params['secret']}."


@fault(
    "saml.signature.tamper",
    stage="after-signing",
    fault_class="signature",
    params={"email": Param()},
    touches=(
        "Response/Assertion/Subject/NameID",
        "Response/Assertion/AttributeStatement/Attribute/AttributeValue",
    ),
)
def tamper(message: SamlMessage, params: Params) -> str:
    """The e-mail is replaced in NameID and attribute after signing; the digest is left as it was."""
    return " ".join(replace_email(message.assertion, str(params["email"])))


def _without_key_info(element: etree._Element) -> None:
    signature = Signed(element).signature
    signature.remove(Signed(element).part("ds:KeyInfo"))


def _show(element: etree._Element, *content: etree._Element) -> None:
    """Replace what KeyInfo holds. It is not signed, so the signature holds as before."""
    info = Signed(element).part("ds:KeyInfo")
    for child in list(info):
        info.remove(child)
    info.extend([etree.fromstring(etree.tostring(part)) for part in content])


def _certificates(*one_line: str) -> etree._Element:
    data = ds("X509Data")
    for certificate in one_line:
        data.append(ds("X509Certificate", certificate))
    return data


def _key_value(key: SigningKey) -> etree._Element:
    numbers = key.private_key.public_key().public_numbers()
    value, rsa = ds("KeyValue"), ds("RSAKeyValue")
    value.append(rsa)
    for name, number in (("Modulus", numbers.n), ("Exponent", numbers.e)):
        rsa.append(ds(name, _base64(number)))
    return value


def _base64(number: int) -> str:
    """ds:CryptoBinary (XML-DSig 4.1): base64url with the other alphabet and its padding."""
    text = base64url_uint(number).replace("-", "+").replace("_", "/")
    return text + "=" * (-len(text) % 4)
