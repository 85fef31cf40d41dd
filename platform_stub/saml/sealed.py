"""The assertion inside an EncryptedAssertion, believed only for a signature that is in or around it.

What was wrong with a ciphertext is told to nobody: from the decryption to a verified signature there is one
refusal, or whoever changes ciphertexts and compares answers could read them (Jager and Somorovsky 2011).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from platform_stub.policy import Policy
from platform_stub.refusals import RefusalError
from platform_stub.saml.decryption import decrypted
from platform_stub.saml.document import ASSERTION, ENCRYPTED, SIGNATURE, Document, parse, parse_safely
from platform_stub.saml.signature import SignedContent, verify_all

_Certificates = Sequence[x509.Certificate]


def sealed_content(
    document: Document, certificates: _Certificates, policy: Policy, key: Callable[[], rsa.RSAPrivateKey]
) -> SignedContent:
    """Verify the Response's own signature if there is one, open the one EncryptedAssertion, verify its own.

    Raises RefusalError `assertion-count`, `encrypted-assertion`, `signature-invalid`, `certificate-unusable`,
    `malformed`.
    """
    count = len(document.encrypted) + len(document.assertions)
    alone = count == 1 and document.encrypted[0].getparent() is document.root
    if not alone and policy.saml_encrypted != "preferred":
        raise RefusalError("assertion-count", f"Expected one Assertion inside the Response, found {count}.")
    verified = {} if policy.saml_signature == "ignored" else verify_all(document, certificates, policy)
    response_id = document.root.get("ID", "")
    is_signed = response_id in verified
    response = parse_safely(verified[response_id]) if is_signed else document.root
    sealed = next(response.iter(ENCRYPTED))
    believed = is_signed or (policy.saml_encrypted == "preferred" and bool(verified))
    try:
        inside = parse(decrypted(sealed, key(), cbc=policy.saml_cbc == "accept"), policy, roots=(ASSERTION,))
        assertion = _believable(inside, certificates, policy, believed=believed)
    except RefusalError as refusal:
        if refusal.code == "certificate-unusable":
            raise
        raise RefusalError("encrypted-assertion", refusal.detail) from refusal
    own = inside.root.find(SIGNATURE) is not None and policy.saml_signature != "ignored"
    return SignedContent(response, assertion, is_signed, assertion_signed=own)


def _believable(
    inside: Document, certificates: _Certificates, policy: Policy, *, believed: bool
) -> etree._Element:
    """Return the decrypted assertion: from its verified bytes, or as it is where the Response is signed."""
    if len(inside.assertions) != 1 or inside.encrypted:
        raise RefusalError("assertion-count", "The encrypted Assertion holds further ones.")
    if inside.root.find(SIGNATURE) is not None and policy.saml_signature != "ignored":
        return parse_safely(verify_all(inside, certificates, policy)[inside.root.get("ID", "")])
    if believed or policy.saml_signature != "required" or policy.saml_encrypted == "trusted":
        return inside.root
    raise RefusalError("signature-missing", "Neither the Response nor the encrypted Assertion is signed.")
