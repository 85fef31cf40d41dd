"""Weaknesses in whose words a SAML message is taken for: signature, wrapping, parser."""

from __future__ import annotations

from typing import Final

from platform_stub.weaknesses.model import Weakness, setting

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
        "saml-text-cut-at-comment",
        "parser",
        "An e-mail is read up to the first XML comment inside it.",
        setting(saml_text="first-text-node"),
    ),
)
