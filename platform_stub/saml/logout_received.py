"""A logout message as it came by either binding, and whether the identity provider signed it.

HTTP-Redirect signs the query as it travelled (SAML bindings 3.4.4.1), HTTP-POST the element. pysaml2 encodes
the query again before it verifies, which breaks what other programs encoded their way, so that is done here.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_plus, unquote_plus

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from platform_stub.policy import Policy
from platform_stub.refusals import RefusalError
from platform_stub.saml.document import (
    LOGOUT_REQUEST,
    LOGOUT_RESPONSE,
    decode,
    inflate,
    malformed,
    parse,
)

PARAMETERS: Final = {"SAMLRequest": LOGOUT_REQUEST, "SAMLResponse": LOGOUT_RESPONSE}
_SIGNED: Final = ("RelayState", "SigAlg")
_ALGORITHMS: Final[dict[str, hashes.HashAlgorithm]] = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": hashes.SHA256(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": hashes.SHA384(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class Received:
    """A logout message; `root` was parsed from the signed bytes where a signature covers the element."""

    root: etree._Element
    signed: bool
    relay_state: str

    @property
    def is_request(self) -> bool:
        """Whether the identity provider asks for a logout; else it answers one."""
        return bool(self.root.tag == LOGOUT_REQUEST)


def from_query(query: str, certificates: Sequence[x509.Certificate], policy: Policy) -> Received:
    """Return the message of an HTTP-Redirect, given the raw query string.

    Raises RefusalError `malformed`, `signature-invalid`.
    """
    obeyed, verified = [_raw_fields(query)] * 2 if "one-message" in policy.slo_checks else _two_views(query)
    name = _parameter(obeyed)
    xml = inflate(decode(unquote_plus(obeyed[name]), name), policy)
    root = parse(xml, policy, (PARAMETERS[name],)).root
    signed = _is_signed(verified, _parameter(verified), certificates, policy)
    return Received(root, signed, unquote_plus(obeyed.get("RelayState", "")))


def from_form(form: Mapping[str, str], certificates: Sequence[x509.Certificate], policy: Policy) -> Received:
    """Return the message of an HTTP-POST. Raises RefusalError `malformed`, `signature-invalid`."""
    from platform_stub.saml.signature import signed_root  # noqa: PLC0415 - pysaml2 is slow to import

    name = _parameter(form)
    document = parse(decode(form[name], name), policy, (PARAMETERS[name],))
    verified = signed_root(document, certificates, policy)
    return Received(
        document.root if verified is None else verified, verified is not None, form.get("RelayState", "")
    )


def _parameter(fields: Mapping[str, str]) -> str:
    found = [name for name in PARAMETERS if name in fields]
    if len(found) != 1:
        raise malformed("Expected one SAMLRequest or SAMLResponse, and got none or both.")
    return found[0]


def _raw_fields(query: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name in fields:
            raise malformed(f"The query names {name} twice.")
        fields[name] = value
    return fields


def _two_views(query: str) -> list[dict[str, str]]:
    """Return the query with the last message alone, and with the first alone; only a weak policy does so."""
    pairs = [pair.partition("=")[::2] for pair in query.split("&")]
    messages = [pair for pair in pairs if pair[0] in PARAMETERS] or [("", "")]
    others = [pair for pair in pairs if pair[0] not in PARAMETERS]
    return [dict([*others, messages[-1]]), dict([*others, messages[0]])]


def _is_signed(
    raw: Mapping[str, str], name: str, certificates: Sequence[x509.Certificate], policy: Policy
) -> bool:
    """Say whether the query is signed. Raises RefusalError for half a signature, or a wrong one."""
    present = [field for field in ("SigAlg", "Signature") if field in raw]
    if len(present) == 1 and "whole-signature" in policy.slo_checks:
        raise RefusalError("signature-invalid", f"The query has {present[0]} alone; they come together.")
    if len(present) == 2 and "signature" in policy.slo_checks:
        _verify_query(raw if "raw-query" in policy.slo_checks else _encoded_again(raw), name, certificates)
    return bool(present)


def _encoded_again(raw: Mapping[str, str]) -> dict[str, str]:
    """Return the fields as this program would have encoded them; only a weak policy verifies over that."""
    return {name: quote_plus(unquote_plus(value)) for name, value in raw.items()}


def _verify_query(raw: Mapping[str, str], name: str, certificates: Sequence[x509.Certificate]) -> None:
    named = unquote_plus(raw.get("SigAlg", ""))
    algorithm = _ALGORITHMS.get(named)
    if algorithm is None:
        raise RefusalError("signature-invalid", f"SigAlg is {named!r}; allowed: {', '.join(_ALGORITHMS)}.")
    octets = "&".join(f"{field}={raw[field]}" for field in (name, *_SIGNED) if field in raw).encode()
    try:
        value = base64.b64decode(unquote_plus(raw["Signature"]), validate=True)
    except binascii.Error as error:
        raise malformed(f"Signature is not base64: {error}.") from error
    if not any(_made(certificate, value, octets, algorithm) for certificate in certificates):
        raise RefusalError(
            "signature-invalid",
            "No saved certificate's key made the signature of the query.",
            evidence={"saved": [entry.fingerprint(hashes.SHA256()).hex(":") for entry in certificates]},
        )


def _made(
    certificate: x509.Certificate, value: bytes, octets: bytes, algorithm: hashes.HashAlgorithm
) -> bool:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(value, octets, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True
