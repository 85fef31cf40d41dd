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
        "Some assertion's signature is verified, and the first assertion of the document is read.",
        setting(saml_identity_from="first-assertion"),
    ),
    Weakness(
        "saml-text-cut-at-comment",
        "parser",
        "An e-mail is read up to the first XML comment inside it.",
        setting(saml_text="first-text-node"),
    ),
)
