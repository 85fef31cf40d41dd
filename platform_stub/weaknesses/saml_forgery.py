"""Weaknesses in whose words a SAML message is taken for: signature, wrapping, parser."""

from __future__ import annotations

from typing import Final

from platform_stub.reader_names import SamlReader
from platform_stub.weaknesses.model import Weakness, setting

_SIGNATURE_READERS: Final[tuple[tuple[str, SamlReader, str], ...]] = (
    (
        "saml-signature-anywhere-accepted",
        "signature-anywhere",
        "The first Signature counts wherever in the document it stands.",
    ),
    (
        "saml-one-good-signature-suffices",
        "some-signature",
        "Of several Signatures one has to hold, and the others may be bad.",
    ),
    (
        "saml-signature-value-not-checked",
        "digest-only",
        "The digest is compared, and the SignatureValue is not verified.",
    ),
    (
        "saml-missing-digest-accepted",
        "missing-digest",
        "Where the DigestValue is empty or missing, nothing is compared.",
    ),
    (
        "saml-digest-first-node-read",
        "digest-first-node",
        "The first child node of DigestValue is compared, even a comment (CVE-2025-29775).",
    ),
    (
        "saml-digest-first-of-document-read",
        "digest-first-of-document",
        "The document's first DigestValue is compared, wherever it stands (CVE-2024-45409).",
    ),
    (
        "saml-two-signed-infos-accepted",
        "first-signed-info",
        "The first SignedInfo is verified and the References of all are followed (CVE-2025-29774).",
    ),
    (
        "saml-nothing-referenced-accepted",
        "nothing-referenced",
        "A Signature whose References name nothing, or that has none, holds.",
    ),
    (
        "saml-first-reference-only",
        "first-reference",
        "Only the first Reference is verified, and the element around the Signature is read.",
    ),
    (
        "saml-signed-element-not-compared",
        "around-signature",
        "The element around the Signature is read, whatever the Reference names.",
    ),
    (
        "saml-references-fetched",
        "fetched-references",
        "What a Reference or KeyInfo names at another address is fetched.",
    ),
    (
        "saml-every-transform-run",
        "every-transform",
        "Every Transform that a message names is run: XSLT, XPath filters.",
    ),
    (
        "saml-certificate-known-by-name",
        "certificate-by-name",
        "A certificate in the message is known by subject, issuer and serial, not by its key.",
    ),
    (
        "saml-key-value-trusted",
        "shown-key-value",
        "The bare RSA key inside the SAML message is trusted instead of the saved certificate.",
    ),
    (
        "saml-hmac-keyed-with-certificate",
        "hmac-by-certificate",
        "For an HMAC signature the public certificate is taken as the secret key.",
    ),
    (
        "saml-hmac-of-any-length",
        "hmac-of-any-length",
        "Of an HMAC only as many bits are compared as the message says, even none (CVE-2009-0217).",
    ),
    (
        "saml-failure-to-verify-accepted",
        "failure-to-verify",
        "Where the key does not fit the algorithm, the verifier's error counts as true (CVE-2016-9814).",
    ),
)
"""Name, reader of the policy, and one sentence."""

_PARSERS: Final[tuple[tuple[str, str, SamlReader, str], ...]] = (
    (
        "saml-text-cut-at-comment",
        "parser",
        "first-text-node",
        "Of an element's text the first node is read: up to a comment or CDATA section (CERT VU#475445).",
    ),
    (
        "saml-last-text-node-read",
        "parser",
        "last-text-node",
        "Of an element's text the last node is read: what stands behind a comment.",
    ),
    (
        "saml-audience-cut-at-comment",
        "audience",
        "first-text-node",
        "The Audience is read up to the first comment inside it.",
    ),
    (
        "saml-instruction-data-digested",
        "parser",
        "instruction-data",
        "The data of processing instructions is digested like text, and left out when text is read.",
    ),
    (
        "saml-entities-left-out",
        "parser",
        "entity-dropped",
        "Entities are expanded for the digest, and left out when text is read.",
    ),
    (
        "saml-id-entities-not-expanded",
        "parser",
        "entity-in-id",
        "The verifying parser does not expand entities, and the reading one does (CVE-2025-23369).",
    ),
    (
        "saml-read-by-pattern",
        "parser",
        "pattern-cleaned-reading",
        "DOCTYPE and comments are taken out by patterns before reading, not before verifying.",
    ),
    (
        "saml-verified-by-pattern",
        "parser",
        "pattern-cleaned-verifying",
        "DOCTYPE and comments are taken out by patterns before verifying, not before reading.",
    ),
    (
        "saml-dtd-attributes-not-read",
        "parser",
        "undeclared-attributes",
        "The verifying parser takes attributes from the DTD, and the reading one does not (CVE-2025-25292).",
    ),
    (
        "saml-names-without-namespace",
        "parser",
        "local-names",
        "Elements are found by their local names: one of another namespace is read for an assertion.",
    ),
    (
        "saml-void-canonical-form-accepted",
        "parser",
        "void-is-nothing",
        "Where canonicalisation fails, an empty text is digested (CVE-2025-66475).",
    ),
    (
        "saml-last-root-read",
        "parser",
        "last-root",
        "Of several root elements any may be signed, and the last is read.",
    ),
    (
        "saml-first-root-read",
        "parser",
        "first-root",
        "Of several root elements any may be signed, and the first is read.",
    ),
    (
        "saml-dtd-obeyed",
        "secrecy",
        "dtd-obeyed",
        "The document type of a message is obeyed: its entities are loaded and expanded.",
    ),
    (
        "saml-entities-expanded-without-limit",
        "availability",
        "entities-without-limit",
        "Entities of a message are expanded, however often they nest.",
    ),
)
"""Name, class, reader of the policy, and one sentence."""

WEAKNESSES: Final = (
    Weakness(
        "saml-signature-not-checked",
        "signature",
        "SAML signatures are not verified at all.",
        setting(saml_signature="ignored"),
    ),
    Weakness(
        "saml-unsigned-accepted",
        "signature",
        "A SAML signature is verified when there is one, and not missed when there is none.",
        setting(saml_signature="if-present"),
    ),
    Weakness(
        "saml-key-info-trusted",
        "signature",
        "The certificate inside the SAML message is trusted instead of the saved one.",
        setting(saml_keys="key-info"),
    ),
    Weakness(
        "saml-wanted-signature-not-missed",
        "signature",
        "The metadata wants assertions signed, and an unsigned one in a signed Response is accepted.",
        setting(saml_wanted_signature="announced-only"),
    ),
    Weakness(
        "saml-unverified-without-certificate",
        "signature",
        "While no certificate is saved, logins start and their signatures are not verified.",
        setting(saml_without_certificate="unverified"),
    ),
    Weakness(
        "saml-envelope-believed",
        "signature",
        "Issuer, address and request are read from the Response, which is not signed, not the assertion.",
        setting(saml_values_from="response"),
    ),
    Weakness(
        "saml-several-assertions-accepted",
        "identity",
        "Of several signed assertions the first is read.",
        setting(saml_reader="first-signed-assertion"),
    ),
    Weakness(
        "saml-inflated-without-limit",
        "availability",
        "A message in a query, or one in a form that is no XML, is inflated whole, however long it becomes.",
        setting(saml_inflates="whole"),
    ),
    Weakness(
        "saml-sha1-accepted",
        "signature",
        "Signatures and digests with SHA-1 are accepted.",
        setting(saml_hashes="any"),
    ),
    Weakness(
        "saml-certificates-of-any-client-trusted",
        "signature",
        "The saved certificates of every client count, not only of the one that is addressed.",
        setting(saml_keys="any-client"),
    ),
    *(
        Weakness(name, "signature", summary, setting(saml_reader=reader))
        for name, reader, summary in _SIGNATURE_READERS
    ),
    Weakness(
        "saml-first-assertion-read",
        "wrapping",
        "The document's first signature is verified, and the first assertion of the document is read.",
        setting(saml_reader="first-assertion"),
    ),
    Weakness(
        "saml-response-child-read",
        "wrapping",
        "The document's first signature is verified, and the assertion below the Response is read.",
        setting(saml_reader="response-child"),
    ),
    Weakness(
        "saml-last-assertion-read",
        "wrapping",
        "The document's first signature is verified, and the last assertion is read (CVE-2022-41912).",
        setting(saml_reader="last-assertion"),
    ),
    Weakness(
        "saml-one-id-twice-accepted",
        "wrapping",
        "Of two elements with one ID the last is verified, and the first assertion is read.",
        setting(saml_reader="last-of-one-id"),
    ),
    Weakness(
        "saml-any-id-attribute-read",
        "wrapping",
        "The verified assertion is looked up by any attribute that looks like an ID.",
        setting(saml_reader="any-id"),
    ),
    Weakness(
        "saml-encryption-taken-for-signature",
        "signature",
        "An assertion that can be decrypted needs no signature, although anybody can encrypt.",
        setting(saml_encrypted="trusted"),
    ),
    Weakness(
        "saml-encrypted-assertion-preferred",
        "wrapping",
        "Some assertion's signature is verified, and the encrypted one beside it is read.",
        setting(saml_encrypted="preferred"),
    ),
    *(
        Weakness(name, family, summary, setting(saml_reader=reader))
        for name, family, reader, summary in _PARSERS
    ),
)
